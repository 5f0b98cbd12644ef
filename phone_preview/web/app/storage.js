// wx.…Storage: a store of its own for each account, as if each held a phone of their own.

import { account } from "./device.js";
import { Failure, asynchronous, synchronous } from "./failure.js";

const KEY_LIMIT_BYTES = 1024 * 1024;
const WHOLE_LIMIT_BYTES = 10 * 1024 * 1024;
const KB = 1024;

const prefix = () => `phone:${account().openid}:`;
const bytesOf = (text) => new TextEncoder().encode(text).length;

function keys() {
  const own = prefix();
  return Object.keys(localStorage).filter((key) => key.startsWith(own)).map((key) => key.slice(own.length));
}

function size_bytes() {
  return keys().reduce((sum, key) => sum + bytesOf(key) + bytesOf(localStorage.getItem(prefix() + key)), 0);
}

function read(key) {
  const kept = localStorage.getItem(prefix() + key);
  return kept === null ? "" : JSON.parse(kept).value;
}

function write(key, value) {
  if (typeof key !== "string" || !key) throw new Failure("parameter error: parameter.key should be String");
  const text = JSON.stringify({ value });
  if (bytesOf(text) > KEY_LIMIT_BYTES) throw new Failure("entry size limit reached");
  const before = bytesOf(localStorage.getItem(prefix() + key) ?? "");
  if (size_bytes() - before + bytesOf(text) > WHOLE_LIMIT_BYTES) throw new Failure("storage is full");
  try {
    localStorage.setItem(prefix() + key, text);
  } catch {
    throw new Failure("storage is full");
  }
}

function info() {
  return { keys: keys(), currentSize: Math.ceil(size_bytes() / KB), limitSize: WHOLE_LIMIT_BYTES / KB };
}

/** Forget what the account's phone has stored. */
export function clearStorage() {
  for (const key of keys()) localStorage.removeItem(prefix() + key);
}

function existing(key) {
  if (!keys().includes(key)) throw new Failure("data not found");
  return { data: read(key) };
}

export const storage = {
  getStorageSync: synchronous("getStorageSync", read),
  setStorageSync: synchronous("setStorageSync", write),
  removeStorageSync: (key) => localStorage.removeItem(prefix() + key),
  clearStorageSync: clearStorage,
  getStorageInfoSync: info,
  getStorage: asynchronous("getStorage", ({ key }) => existing(key)),
  setStorage: asynchronous("setStorage", ({ key, data }) => write(key, data)),
  removeStorage: asynchronous("removeStorage", ({ key }) => localStorage.removeItem(prefix() + key)),
  clearStorage: asynchronous("clearStorage", clearStorage),
  getStorageInfo: asynchronous("getStorageInfo", info),
};
