// The way to the server: session, time ticket, one shape of error. Nothing else speaks to the network.

const { API_URL } = require("../config.js");

const TIMEOUT_MS = 20000;
const UPLOAD_TIMEOUT_MS = 60000;
const TICKET_HEADER = "x-time-ticket";

const CALLS = {
  signIn: { method: "POST", path: "/sessions", body: ["code"] },
};

/** What did not work: HTTP status (0 without an answer), stable English code, Chinese sentence, details. */
class ApiError extends Error {
  constructor(status, code, message, details) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details || {};
  }
}

/** Carry out a declared call; `params` fill the {names} of its path. */
function call(declared, { params = {}, query = {}, body = undefined } = {}) {
  return request(declared.method, addressOf(declared, params, query), body);
}

/** Carry out a declared call without a session. */
function callOpenly(declared, body) {
  return send(declared.method, declared.path, body);
}

/** The path of a declared call with its values; what is null or empty is not asked for. */
function addressOf({ path }, params = {}, query = {}) {
  const place = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(params[name]));
  const asked = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return asked.length ? `${place}?${asked.join("&")}` : place;
}

/** Send with the session. */
function request(method, path, data) {
  return withSession((session) => send(method, path, data, session));
}

/** Fetch a file with the session; resolves to its place on the phone. */
function download(declared, { params = {}, query = {} } = {}) {
  return withSession((session) => fetchFile(addressOf(declared, params, query), session));
}

/** Send one file under a field's name, with text fields beside it; resolves to the JSON of a 2xx answer. */
function upload(path, { name, file, fields }) {
  return withSession((session) => sendFile(path, { name, file, fields }, session));
}

/** A 401 signs in again and works once more. */
async function withSession(work) {
  const session = readSession() || (await signIn());
  try {
    return await work(session);
  } catch (error) {
    if (error.status !== 401) throw error;
    return work(await renewed(session));
  }
}

/** Send once, with a session or without; resolves to the JSON of a 2xx answer. */
function send(method, path, data, session = null) {
  return new Promise((resolve, reject) => {
    wx.request({
      url: API_URL + path,
      method,
      data,
      header: { "content-type": "application/json", ...authorization(session) },
      timeout: TIMEOUT_MS,
      success: (answer) => {
        if (session) keepTicket(session.person.id, answer.header || {});
        const error = errorIn(answer);
        if (error) reject(error);
        else resolve(answer.data);
      },
      fail: ({ errMsg }) => reject(offline(errMsg)),
    });
  });
}

/** WeChat hands the answer over as text. */
function sendFile(path, { name, file, fields }, session) {
  return new Promise((resolve, reject) => {
    wx.uploadFile({
      url: API_URL + path,
      filePath: file,
      name,
      formData: fields,
      header: authorization(session),
      timeout: UPLOAD_TIMEOUT_MS,
      success: ({ statusCode, data }) => {
        const answer = { statusCode, data: parsed(data) };
        const error = errorIn(answer);
        if (error) reject(error);
        else resolve(answer.data);
      },
      fail: ({ errMsg }) => reject(offline(errMsg)),
    });
  });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    return text;
  }
}

function fetchFile(path, session) {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: API_URL + path,
      header: authorization(session),
      timeout: TIMEOUT_MS,
      success: ({ statusCode, tempFilePath }) => {
        if (statusCode === 200) resolve(tempFilePath);
        else reject(new ApiError(statusCode, "no_file", "没有取到文件，请稍后再试"));
      },
      fail: ({ errMsg }) => reject(offline(errMsg)),
    });
  });
}

function authorization(session) {
  return session ? { authorization: `Bearer ${session.token}` } : {};
}

function offline(errMsg) {
  return new ApiError(0, "offline", "现在连不上网络，请稍后再试", { errMsg });
}

/** WeChat calls every status a success, and leaves text that is no JSON as it is. */
function errorIn({ statusCode, data }) {
  const isDone = statusCode >= 200 && statusCode < 300;
  const isJson = data !== null && typeof data === "object";
  if (isDone && (statusCode === 204 || isJson)) return null;
  const told = (!isDone && isJson && data.error) || {};
  const message = told.message || "服务器的回答无法识别，请稍后再试";
  return new ApiError(statusCode, told.code || "unreadable", message, told.details);
}

let signingIn = null;

/** Start a session with a fresh WeChat code; error `not_bound` carries details.binding_ticket. */
function signIn() {
  if (wx.getStorageSync("signed_out")) throw new ApiError(0, "signed_out", "您已退出登录");
  if (!signingIn) {
    signingIn = startSession().finally(() => {
      signingIn = null;
    });
  }
  return signingIn;
}

async function startSession() {
  const code = await loginCode();
  try {
    return keepSession(await callOpenly(CALLS.signIn, { code }));
  } catch (error) {
    if (error.code === "not_bound") wx.removeStorageSync("session");
    throw error;
  }
}

function loginCode() {
  return new Promise((resolve, reject) => {
    wx.login({
      success: ({ code }) => resolve(code),
      fail: ({ errMsg }) => reject(new ApiError(0, "login_failed", "微信登录没有成功，请稍后再试", { errMsg })),
    });
  });
}

/** A session newer than the one refused; what one person began is never finished as another. */
async function renewed(refused) {
  const present = readSession();
  const session = present && present.token !== refused.token ? present : await signIn();
  if (session.person.id !== refused.person.id) {
    throw new ApiError(401, "person_changed", "此微信已改绑他人，请重新打开小程序");
  }
  return session;
}

function readSession() {
  return wx.getStorageSync("session") || null;
}

function keepSession({ token, person }) {
  const session = { token, person };
  wx.setStorageSync("session", session);
  return session;
}

/** Forget the session; no other begins until the person asks for it. */
function dropSession() {
  wx.removeStorageSync("session");
  wx.setStorageSync("signed_out", true);
}

/** Let a session begin again. */
function admitSession() {
  wx.removeStorageSync("signed_out");
}

/** Who is signed in on this phone; null before the first time. */
function person() {
  const session = readSession();
  return session && session.person;
}

function keepTicket(personId, header) {
  const name = Object.keys(header).find((key) => key.toLowerCase() === TICKET_HEADER);
  if (name) wx.setStorageSync(`ticket:${personId}`, header[name]);
}

/** The latest proof of contact with the server, or null. */
function ticket() {
  return wx.getStorageSync(`ticket:${person().id}`) || null;
}

/** A ticket proves one attempt. */
function dropTicket() {
  wx.removeStorageSync(`ticket:${person().id}`);
}

module.exports = {
  ApiError,
  CALLS,
  addressOf,
  admitSession,
  call,
  callOpenly,
  download,
  dropSession,
  dropTicket,
  keepSession,
  person,
  request,
  signIn,
  ticket,
  upload,
};
