// The phone's files: temporary ones, gone when the mini-program ends, and the user data folder, kept in IndexedDB.

import { account } from "./device.js";
import { Failure, asynchronous, synchronous } from "./failure.js";
import { state } from "./state.js";

export const USER_DATA_PATH = "wxfile://usr";
const LIMIT_BYTES = 200 * 1024 * 1024;
const STORE = "files";

/** Path → {bytes: Uint8Array | null for a folder, type, at_ms}; the whole of the account's files. */
const files = new Map();
const addresses = new Map();
let database = null;
let saving = Promise.resolve();

function awaited(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function store(mode) {
  return database.transaction(STORE, mode).objectStore(STORE);
}

/** Read the account's files; called once before the mini-program starts. */
export async function openFiles() {
  const opening = indexedDB.open("phone", 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  database = await awaited(opening);
  const own = [account().openid];
  const range = IDBKeyRange.bound([...own], [...own, []]);
  const [keys, kept] = await Promise.all([awaited(store("readonly").getAllKeys(range)), awaited(store("readonly").getAll(range))]);
  keys.forEach(([, path], number) => files.set(path, kept[number]));
  files.set(USER_DATA_PATH, folder());
}

/** Forget the account's files. */
export async function clearFiles() {
  const own = [account().openid];
  await awaited(store("readwrite").delete(IDBKeyRange.bound(own, [...own, []])));
}

function folder() {
  return { bytes: null, type: "", at_ms: Date.now() };
}

const isKept = (path) => path.startsWith(USER_DATA_PATH) || path.startsWith("wxfile://store_");

function put(path, file) {
  const grown = file.bytes ? keptBytes() + file.bytes.length : 0;
  if (isKept(path) && grown > LIMIT_BYTES) throw new Failure("the maximum size of the file storage limit is exceeded", { errCode: 1300202 });
  files.set(path, file);
  forget(path);
  if (isKept(path)) save(() => store("readwrite").put(file, [account().openid, path]));
}

function drop(path) {
  files.delete(path);
  forget(path);
  if (isKept(path)) save(() => store("readwrite").delete([account().openid, path]));
}

function save(work) {
  saving = saving.then(() => awaited(work()));
}

function forget(path) {
  if (addresses.has(path)) URL.revokeObjectURL(addresses.get(path));
  addresses.delete(path);
}

function keptBytes() {
  return [...files].filter(([path]) => isKept(path)).reduce((sum, [, { bytes }]) => sum + (bytes?.length ?? 0), 0);
}

let made = 0;

/** Keep a blob as a temporary file; returns its path. */
export async function keepTemporary(blob, suffix) {
  made += 1;
  const path = `wxfile://tmp_${Date.now()}_${made}.${suffix}`;
  put(path, { bytes: new Uint8Array(await blob.arrayBuffer()), type: blob.type, at_ms: Date.now() });
  return path;
}

/** A file as a blob, or a Failure where there is none. */
export function blobOf(path) {
  const { bytes, type } = found(path);
  return new Blob([bytes], { type });
}

/** Keep a blob at a path of the user data folder. */
export async function keepAt(path, blob) {
  checkWritable(path);
  put(path, { bytes: new Uint8Array(await blob.arrayBuffer()), type: blob.type, at_ms: Date.now() });
  await saving;
}

/** Where the browser finds a picture that a page names. */
export function addressOf(path, route) {
  if (/^(https?|data|blob):/.test(path)) return path;
  if (path.startsWith("wxfile://")) {
    if (!addresses.has(path) && files.has(path)) addresses.set(path, URL.createObjectURL(blobOf(path)));
    return addresses.get(path) ?? "missing";
  }
  const inFolder = new URL(path, `https://folder/${route}`).pathname;
  return `${state.base}source${inFolder}`;
}

function found(path) {
  const file = files.get(path);
  if (!file) throw new Failure(`no such file or directory ${path}`, { errCode: 1300002 });
  return file;
}

function foundFile(path) {
  const file = found(path);
  if (!file.bytes) throw new Failure(`illegal operation on a directory, open ${path}`, { errCode: 1300021 });
  return file;
}

const parentOf = (path) => path.slice(0, path.lastIndexOf("/"));

function checkWritable(path) {
  if (!path?.startsWith(`${USER_DATA_PATH}/`)) throw new Failure(`permission denied, open ${path}`, { errCode: 1300013 });
  if (files.get(parentOf(path))?.bytes !== null) throw new Failure(`no such file or directory ${path}`, { errCode: 1300002 });
}

const ENCODINGS = {
  base64: {
    decode: (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")),
    encode: (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)),
  },
  utf8: { decode: (bytes) => new TextDecoder().decode(bytes), encode: (text) => new TextEncoder().encode(text) },
  hex: { decode: (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") },
};
ENCODINGS["utf-8"] = ENCODINGS.utf8;

function encoding(name, direction) {
  const known = ENCODINGS[name]?.[direction];
  if (!known) throw new Error(`the encoding ${name} is not in the preview`);
  return known;
}

/** The operations, each once; below they become asynchronous and synchronous calls. */
const operations = {
  access: ({ path }) => void found(path),
  mkdir: ({ dirPath, recursive = false }) => {
    if (files.has(dirPath) && !recursive) throw new Failure(`file already exists ${dirPath}`, { errCode: 1301005 });
    if (recursive && !files.has(parentOf(dirPath))) operations.mkdir({ dirPath: parentOf(dirPath), recursive });
    checkWritable(dirPath);
    if (!files.has(dirPath)) put(dirPath, folder());
  },
  readdir: ({ dirPath }) => {
    found(dirPath);
    const below = [...files.keys()].filter((path) => path.startsWith(`${dirPath}/`));
    return { files: below.map((path) => path.slice(dirPath.length + 1)).filter((name) => !name.includes("/")) };
  },
  rmdir: ({ dirPath, recursive = false }) => {
    const below = [...files.keys()].filter((path) => path.startsWith(`${dirPath}/`));
    if (below.length && !recursive) throw new Failure("directory not empty", { errCode: 1300066 });
    for (const path of [...below, dirPath]) drop(path);
  },
  stat: ({ path }) => {
    const { bytes, at_ms } = found(path);
    const seconds = Math.floor(at_ms / 1000);
    const stats = { size: bytes?.length ?? 0, mode: bytes ? 33206 : 16822, lastAccessedTime: seconds, lastModifiedTime: seconds };
    return { stats: { ...stats, isFile: () => bytes !== null, isDirectory: () => bytes === null } };
  },
  readFile: ({ filePath, encoding: name }) => {
    const { bytes } = foundFile(filePath);
    return { data: name ? encoding(name, "decode")(bytes) : bytes.slice().buffer };
  },
  writeFile: ({ filePath, data, encoding: name = "utf8" }) => {
    checkWritable(filePath);
    const bytes = typeof data === "string" ? encoding(name, "encode")(data) : new Uint8Array(data.slice(0));
    put(filePath, { bytes, type: "", at_ms: Date.now() });
  },
  copyFile: ({ srcPath, destPath }) => {
    const file = foundFile(srcPath);
    checkWritable(destPath);
    put(destPath, { ...file, at_ms: Date.now() });
  },
  rename: ({ oldPath, newPath }) => {
    operations.copyFile({ srcPath: oldPath, destPath: newPath });
    drop(oldPath);
  },
  unlink: ({ filePath }) => {
    foundFile(filePath);
    drop(filePath);
  },
  saveFile: ({ tempFilePath, filePath }) => {
    const file = foundFile(tempFilePath);
    const savedFilePath = filePath ?? tempFilePath.replace("wxfile://tmp_", "wxfile://store_");
    if (filePath) checkWritable(filePath);
    put(savedFilePath, { ...file, at_ms: Date.now() });
    if (tempFilePath.startsWith("wxfile://tmp_")) drop(tempFilePath);
    return { savedFilePath };
  },
  getFileInfo: ({ filePath }) => ({ size: foundFile(filePath).bytes.length }),
  getSavedFileList: () => {
    const saved = [...files].filter(([path]) => path.startsWith("wxfile://store_"));
    return { fileList: saved.map(([filePath, { bytes, at_ms }]) => ({ filePath, size: bytes.length, createTime: Math.floor(at_ms / 1000) })) };
  },
  removeSavedFile: ({ filePath }) => operations.unlink({ filePath }),
};

/** Names of the arguments of the calls that end in Sync, and what they return. */
const SYNC = {
  access: [["path"]],
  mkdir: [["dirPath", "recursive"]],
  readdir: [["dirPath"], "files"],
  rmdir: [["dirPath", "recursive"]],
  stat: [["path"], "stats"],
  readFile: [["filePath", "encoding"], "data"],
  writeFile: [["filePath", "data", "encoding"]],
  copyFile: [["srcPath", "destPath"]],
  rename: [["oldPath", "newPath"]],
  unlink: [["filePath"]],
  saveFile: [["tempFilePath", "filePath"], "savedFilePath"],
};

function makeManager() {
  const manager = {};
  for (const [name, work] of Object.entries(operations)) {
    manager[name] = asynchronous(name, async (options) => {
      const result = work(options);
      await saving;
      return result;
    });
  }
  for (const [name, [names, part]] of Object.entries(SYNC)) {
    manager[`${name}Sync`] = synchronous(`${name}Sync`, (...given) => {
      const options = Object.fromEntries(names.map((argument, at) => [argument, given[at]]).filter(([, value]) => value !== undefined));
      const result = operations[name](options);
      return part ? result[part] : undefined;
    });
  }
  return manager;
}

const manager = makeManager();

/** wx.getFileSystemManager; what it lacks throws with its name. */
export function getFileSystemManager() {
  return new Proxy(manager, {
    get(target, name) {
      if (!(name in target)) throw new Error(`FileSystemManager.${String(name)} is not in the preview`);
      return target[name];
    },
  });
}
