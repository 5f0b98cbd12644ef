// wx.request and its kin: every status is a success, nothing but the declared server is reached, and no network is none.

import { device, onDeviceChange } from "./device.js";
import { Failure, asynchronous, task } from "./failure.js";
import { blobOf, keepAt, keepTemporary } from "./files.js";
import { run } from "./report.js";
import { state } from "./state.js";

const METHODS = ["OPTIONS", "GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "CONNECT"];
const USUAL_TIMEOUT_MS = 60000;
const SLOW_MS = 3000;
const DISCONNECTED = "net::ERR_INTERNET_DISCONNECTED";

/** Requests under way, so that a network that goes takes them along. */
const underWay = new Set();

export function isConnected() {
  return device().network !== "none" && navigator.onLine;
}

function networkType() {
  if (!isConnected()) return "none";
  return device().network === "slow" ? "2g" : "wifi";
}

const listeners = new Set();
let told = null;

function networkChanged() {
  const now = { isConnected: isConnected(), networkType: networkType() };
  if (JSON.stringify(now) === told) return;
  told = JSON.stringify(now);
  if (!now.isConnected) for (const controller of underWay) controller.abort(DISCONNECTED);
  for (const listener of listeners) run(listener, now);
}

/** Watch the panel's network and the browser's own. */
export function watchNetwork() {
  told = JSON.stringify({ isConnected: isConnected(), networkType: networkType() });
  onDeviceChange(networkChanged);
  addEventListener("online", networkChanged);
  addEventListener("offline", networkChanged);
}

/** The mini-program names its server in config.js; here that server is the one this page came from. */
function localAddress(url, kind) {
  const { origin } = new URL(state.serverAddress);
  if (!url?.startsWith(`${origin}/`)) throw new Failure(`url not in domain list: ${url} (${kind})`, { errno: 600002 });
  return location.origin + url.slice(origin.length);
}

async function send(url, init, timeout_ms, made) {
  if (!isConnected()) throw new Failure(DISCONNECTED, { errno: 600001 });
  const controller = new AbortController();
  const { signal } = controller;
  underWay.add(controller);
  made.abort = () => controller.abort("abort");
  const timer = setTimeout(() => controller.abort("timeout"), timeout_ms);
  try {
    if (device().network === "slow") await pause(SLOW_MS, signal);
    const answer = await fetch(url, { credentials: "omit", cache: "no-store", ...init, signal });
    const body = await answer.arrayBuffer();
    if (device().network === "lost") throw new Failure("timeout", { errno: 5 });
    return { statusCode: answer.status, header: Object.fromEntries(answer.headers), cookies: [], body };
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(signal.aborted ? String(signal.reason) : "net::ERR_CONNECTION_REFUSED", { errno: 600001 });
  } finally {
    clearTimeout(timer);
    underWay.delete(controller);
  }
}

function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

function headersOf(header, without = []) {
  const headers = new Headers();
  for (const [name, value] of Object.entries(header ?? {})) {
    if (/^referer$/i.test(name)) throw new Failure("header can not include referer");
    if (!without.includes(name.toLowerCase())) headers.set(name, value);
  }
  return headers;
}

const pairs = (data) => Object.entries(data).filter(([, value]) => value !== undefined);

async function request(options, made) {
  const method = (options.method ?? "GET").toUpperCase();
  if (!METHODS.includes(method)) throw new Error(`wx.request knows no method ${method}`);
  const url = new URL(localAddress(options.url, "request"));
  const headers = headersOf(options.header);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  const init = { method, headers };
  if (method === "GET" || method === "HEAD") {
    for (const [name, value] of pairs(options.data ?? {})) url.searchParams.append(name, typeof value === "object" ? JSON.stringify(value) : value);
  } else init.body = bodyOf(options.data, headers.get("content-type"));
  const { body, ...answer } = await send(url, init, options.timeout ?? USUAL_TIMEOUT_MS, made);
  return { ...answer, data: readBody(body, options) };
}

function bodyOf(data, contentType) {
  if (data === undefined || typeof data === "string" || data instanceof ArrayBuffer) return data;
  if (contentType.includes("application/x-www-form-urlencoded")) return new URLSearchParams(pairs(data)).toString();
  return JSON.stringify(data);
}

function readBody(body, { responseType = "text", dataType = "json" }) {
  if (responseType === "arraybuffer") return body;
  const text = new TextDecoder().decode(body);
  if (dataType !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function uploadFile(options, made) {
  const url = localAddress(options.url, "uploadFile");
  const form = new FormData();
  for (const [name, value] of pairs(options.formData ?? {})) form.append(name, value);
  form.append(options.name, blobOf(options.filePath), options.filePath.split("/").pop());
  const headers = headersOf(options.header, ["content-type"]);
  const { body, ...answer } = await send(url, { method: "POST", headers, body: form }, options.timeout ?? USUAL_TIMEOUT_MS, made);
  return { ...answer, data: new TextDecoder().decode(body) };
}

const SUFFIXES = { "image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf", "text/csv": "csv",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx" };

async function downloadFile(options, made) {
  const url = localAddress(options.url, "downloadFile");
  const { body, ...answer } = await send(url, { headers: headersOf(options.header) }, options.timeout ?? USUAL_TIMEOUT_MS, made);
  const type = (answer.header["content-type"] ?? "").split(";")[0];
  const blob = new Blob([body], { type });
  if (options.filePath) {
    await keepAt(options.filePath, blob);
    return { ...answer, filePath: options.filePath };
  }
  return { ...answer, tempFilePath: await keepTemporary(blob, SUFFIXES[type] ?? "bin") };
}

export const network = {
  request: task("request", request),
  uploadFile: task("uploadFile", uploadFile),
  downloadFile: task("downloadFile", downloadFile),
  getNetworkType: asynchronous("getNetworkType", () => ({ networkType: networkType(), weakNet: device().network === "slow", signalStrength: 0, hasSystemProxy: false })),
  onNetworkStatusChange: (listener) => void listeners.add(listener),
  offNetworkStatusChange: (listener) => (listener ? void listeners.delete(listener) : listeners.clear()),
};
