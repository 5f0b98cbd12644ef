// What a person has entered and the server does not have yet: kept in storage until the server has answered for
// good, so that nothing is lost or doubled. An item is `waiting`, or `refused` and kept only to be shown.
// A photo is an item of its own, with its file; it waits until the server knows what it belongs to.
// Each person has their own outbox.

const api = require("./api.js");
const drafts = require("./drafts.js");
const pictures = require("./pictures.js");

const FINAL_STATUSES = [409, 413, 415, 422];
const NEARLY = 0.8;
const MOST_CHARACTERS = 300000; // WeChat keeps 1 MB under a key, and a character of Chinese takes three bytes
const TICKET_REFUSALS = ["ticket_invalid", "ticket_used"];

/** Everything kept for the signed-in person, the oldest first. */
function items() {
  return api.person() ? wx.getStorageSync(storageKey()) || [] : [];
}

function storageKey() {
  return `outbox:${api.person().id}`;
}

function save(changed) {
  wx.setStorageSync(storageKey(), changed);
}

/**
 * Keep what is to be created by a declared call, and return the item; its `client_key` is made here, once.
 * Photos, `{declared, files}`, are kept in the same moment. `replaces` names what the new one stands for.
 */
function put(kind, declared, { params = {}, body, photos = null, replaces = "" }) {
  if (!api.person()) throw new api.ApiError(0, "not_signed_in", "请先在有网络时登录一次");
  const item = newItem(kind, api.addressOf(declared, params), { body });
  const files = photos ? photos.files : [];
  const parts = files.map((file) => newItem("photo", photos.declared.path, { body: {}, file, after: item.client_key }));
  saveOrRefuse([...items().filter((each) => !belongsTo(each, replaces)), item, ...parts]);
  return item;
}

/** Keep photos of what the server has already. */
function putPhotos(declared, { params, files }) {
  const path = api.addressOf(declared, params);
  saveOrRefuse([...items(), ...files.map((file) => newItem("photo", path, { body: {}, file, after: "" }))]);
}

function newItem(kind, path, what) {
  const made = { client_key: uuid(), kind, path, made_at: new Date().toISOString(), state: "waiting", reason: "" };
  return { file: "", after: "", ...made, ...what };
}

function saveOrRefuse(changed) {
  try {
    save(changed);
  } catch (error) {
    throw new api.ApiError(0, "storage", "手机上存不下了，这次没有保存；请清理微信存储空间后再试");
  }
}

function belongsTo(item, key) {
  return Boolean(key) && (item.client_key === key || item.after === key);
}

/** The key must be new, not secret, so Math.random is enough. */
function uuid() {
  return "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx".replace(/[xy]/g, (place) => {
    const digit = Math.floor(Math.random() * 16);
    return (place === "x" ? digit : (digit % 4) + 8).toString(16);
  });
}

const awaited = new Map();

/** Keep and send; resolves to `{item, answer}`, `{item, error}`, or `{item}` while it waits. Photos go on behind. */
async function putAndSend(kind, declared, given) {
  const item = put(kind, declared, given);
  const own = new Promise((resolve) => awaited.set(item.client_key, resolve));
  const isIt = ({ client_key }) => client_key === item.client_key;
  const rest = send().then((settled) => settled.find((result) => isIt(result.item)) || { item: items().find(isIt) || item });
  try {
    return await Promise.race([own, rest]);
  } finally {
    awaited.delete(item.client_key);
  }
}

/**
 * Keep and send a form: what is refused at once is mended there, thrown here and not kept; `{item}` while it waits.
 * `mends` names the refused item the form began with, which the new one stands for.
 */
async function submit(kind, declared, { mends = "", ...given }) {
  const { item, answer, error } = await putAndSend(kind, declared, given);
  discard(error ? item.client_key : mends);
  if (error) throw error;
  return { item, answer };
}

/**
 * Create at once what is of no use later: nothing waits. Until the server has answered, the same `name` goes under the
 * same key, so that a second tap after a lost answer counts once.
 */
async function sendNow(declared, { name, params = {}, body = {} }) {
  const client_key = drafts.recall(name) || uuid();
  drafts.keep(name, client_key);
  const answer = await api.call(declared, { params, body: { client_key, ...body } });
  drafts.forget(name);
  return answer;
}

let sending = null;

/** Send what waits, one after another; resolves to what was settled, `{item, answer}` or `{item, error}`. */
function send() {
  if (!sending) {
    sending = sendAll().finally(() => {
      sending = null;
    });
  }
  return sending;
}

async function sendAll() {
  const settled = [];
  const tried = new Set();
  const next = () => inOrder(items()).find((item) => isReady(item) && !tried.has(item.client_key));
  for (let item = next(); item; item = next()) {
    tried.add(item.client_key);
    const { isSettled, canGoOn, ...result } = await deliver(item);
    if (isSettled) settled.push(result);
    if (isSettled && awaited.has(item.client_key)) awaited.get(item.client_key)(result);
    if (!canGoOn) break;
  }
  return settled;
}

/** What people wrote goes before their photos, which take long. */
function inOrder(all) {
  return [...all.filter(({ file }) => !file), ...all.filter(({ file }) => file)];
}

function isReady({ state, after }) {
  return state === "waiting" && !after;
}

async function deliver(item) {
  const { client_key, body } = item;
  if (item.file && !pictures.isThere(item.file)) {
    return refuse(item, new api.ApiError(0, "file_lost", "这张照片已不在手机上"));
  }
  try {
    const answer = await transmit(item);
    if (answer.client_key !== client_key) throw new api.ApiError(200, "unreadable", "服务器的回答无法识别");
    settle(item, answer);
    return { item, answer, isSettled: true, canGoOn: true };
  } catch (error) {
    if (body.time_ticket && TICKET_REFUSALS.includes(error.code)) return deliverWithoutTicket(item);
    if (FINAL_STATUSES.includes(error.status) && error.code !== "unreadable") return refuse(item, error);
    if (error.status !== 0) change(item, { reason: error.message });
    return { item, error, isSettled: false, canGoOn: [400, 403, 404].includes(error.status) };
  }
}

function transmit({ client_key, path, body, file }) {
  if (!file) return api.request("POST", path, { client_key, ...body });
  return api.upload(path, { name: "photo", file, fields: { client_key } });
}

/** The server has it: in one step forget it and let go what waited for the id in its answer. */
function settle({ client_key, file }, answer) {
  const rest = items().filter((each) => each.client_key !== client_key);
  save(rest.map((each) => (each.after === client_key ? { ...each, after: "", path: each.path.replace(/\{\w+\}/, answer.id) } : each)));
  if (file) pictures.forget(file);
}

/** A ticket that is not taken must not cost the day; without one the township looks at it. */
function deliverWithoutTicket(item) {
  const body = { ...item.body, time_ticket: null };
  change(item, { body });
  return deliver({ ...item, body });
}

function refuse(item, error) {
  change(item, { state: "refused", reason: error.message });
  return { item, error, isSettled: true, canGoOn: true };
}

function change({ client_key }, news) {
  save(items().map((item) => (item.client_key === client_key ? { ...item, ...news } : item)));
}

/** Forget an item with its photos: the person has read why not, or gives it up. */
function discard(clientKey) {
  const gone = items().filter((item) => belongsTo(item, clientKey));
  save(items().filter((item) => !belongsTo(item, clientKey)));
  gone.filter(({ file }) => file).forEach(({ file }) => pictures.forget(file));
}

/** Forget every attempt with a position. */
function dropFixes() {
  save(items().filter((item) => !item.body.fix));
}

/** Whether the phone has so little room left that what waits should be sent first. */
function isNearlyFull() {
  const { currentSize, limitSize } = wx.getStorageInfoSync();
  return currentSize > limitSize * NEARLY || JSON.stringify(items()).length > MOST_CHARACTERS * NEARLY;
}

module.exports = { discard, dropFixes, isNearlyFull, items, put, putAndSend, putPhotos, send, sendNow, submit };
