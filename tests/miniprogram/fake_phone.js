// A phone for the tests: a strict `wx` (what is not written here throws), storage that outlives a restart, a server
// that answers each declared call. What nobody declared, and an answer's field that does not exist, fail the test
// even where the page would hide it.

const path = require("node:path");
const { ANSWERS, ME } = require("./answers.js");
const { declaredCalls, nameOf, undeclaredIn } = require("./declared.js");

const FOLDER = path.join(__dirname, "../../miniprogram_stub");
const API = "/api/v1";

class FakePhone {
  constructor() {
    this.storage = new Map();
    this.requests = [];
    this.logins = 0;
    this.loginCode = () => `code-${this.logins}`;
    this.fixes = 0;
    this.visited = [];
    this.opened = [];
    this.asked = [];
    this.subscribed = [];
    this.agrees = true;
    this.isOnline = true;
    this.fix = { latitude: 25.85, longitude: 114.93, accuracy: 20, altitude: 120, speed: -1 };
    this.locationFailure = null;
    this.systemSetting = { locationEnabled: true };
    this.authorizeSetting = { locationAuthorized: "authorized", locationReducedAccuracy: false };
    this.answers = {};
    this.server = (request) => this.answer(request);
    this.listeners = new Set();
    this.files = new Set();
    this.photosTaken = 0;
    this.previewed = [];
    this.roomForFiles = true;
    this.limitKb = 10240;
    this.install();
    this.calls = declaredCalls();
    this.restart();
  }

  /** The same phone with the app opened anew: only what was stored remains. */
  restart() {
    for (const file of Object.keys(require.cache)) {
      if (file.startsWith(FOLDER)) delete require.cache[file];
    }
    return this;
  }

  load(file) {
    return require(path.join(FOLDER, file));
  }

  signIn(person = ME) {
    this.storage.set("session", JSON.stringify({ token: "token-0", person }));
    return this;
  }

  /** The page as WeChat would make it, with its data. */
  openPage(file) {
    let page = null;
    globalThis.Page = (definition) => {
      page = { ...definition, data: structuredClone(definition.data) };
      page.setData = (news) => Object.assign(page.data, asShown(news));
    };
    delete require.cache[path.join(FOLDER, file)];
    this.load(file);
    return page;
  }

  /** A page opened with its options and shown, once it is at rest. */
  async visit(place, options = {}) {
    const page = this.openPage(`${place}.js`);
    if (page.onLoad) await page.onLoad(options);
    if (page.onShow) await page.onShow();
    return page;
  }

  /** The bodies sent to an address, the first one first. */
  sent(address) {
    return this.requests.filter(({ url }) => pathOf(url) === address).map(({ data }) => data);
  }

  /** The network goes or comes back. */
  turnNetwork(isOnline) {
    this.isOnline = isOnline;
    for (const listener of this.listeners) listener({ isConnected: isOnline });
  }

  /** The answer of this.answers or of answers.js: a body, an answer with its status, or a function of the request. */
  async answer(request) {
    const name = nameOf(request.method, request.path, this.calls);
    const known = name in this.answers ? this.answers[name] : ANSWERS[name];
    const found = await (typeof known === "function" ? known(request) : known);
    if (found === null || found === undefined) return { statusCode: 204, data: "" };
    if (found === "lost" || found.statusCode) return found;
    const { client_key } = request.data || {};
    return { statusCode: 200, data: client_key ? { ...found, client_key } : found };
  }

  install() {
    const known = {
      getStorageSync: (key) => (this.storage.has(key) ? JSON.parse(this.storage.get(key)) : ""),
      setStorageSync: (key, value) => this.storage.set(key, JSON.stringify(value)),
      removeStorageSync: (key) => this.storage.delete(key),
      getStorageInfoSync: () => ({ keys: [...this.storage.keys()], currentSize: this.storedKb(), limitSize: this.limitKb }),
      env: { USER_DATA_PATH: "wxfile://usr" },
      getFileSystemManager: () => this.fileManager(),
      chooseMedia: (options) => this.photograph(options),
      uploadFile: (request) => this.upload(request),
      previewImage: ({ urls }) => this.previewed.push(...urls),
      login: ({ success }) => this.logIn(success),
      request: (request) => this.request(request),
      downloadFile: (request) => this.download(request),
      openDocument: ({ filePath, fileType, success }) => {
        this.opened.push([filePath, fileType]);
        setImmediate(success);
      },
      getLocation: (options) => this.locate(options),
      getSystemSetting: () => this.systemSetting,
      getAppAuthorizeSetting: () => this.authorizeSetting,
      openAppAuthorizeSetting: () => this.visited.push("system settings"),
      onNetworkStatusChange: (listener) => this.listeners.add(listener),
      offNetworkStatusChange: (listener) => this.listeners.delete(listener),
      showModal: ({ title, content, success }) => {
        this.asked.push(`${title}：${content}`);
        success({ confirm: this.agrees });
      },
      requestSubscribeMessage: ({ tmplIds, success }) => {
        this.subscribed.push(...tmplIds);
        setImmediate(success, Object.fromEntries(tmplIds.map((id) => [id, this.agrees ? "accept" : "reject"])));
      },
      stopPullDownRefresh: () => {},
      navigateTo: ({ url }) => this.visited.push(url),
      navigateBack: () => this.visited.push("back"),
      redirectTo: ({ url }) => this.visited.push(url),
      switchTab: ({ url }) => this.visited.push(url),
      reLaunch: ({ url }) => this.visited.push(url),
    };
    globalThis.wx = new Proxy(known, {
      get: (target, name) => (name in target ? target[name] : fail(`wx.${String(name)} is not known to the tests`)),
    });
  }

  storedKb() {
    return Math.ceil([...this.storage.values()].join("").length / 1024);
  }

  /** The folder of the user's files; what else is asked of it throws. */
  fileManager() {
    const known = {
      mkdirSync: () => {},
      accessSync: (file) => this.files.has(file) || [...this.files].some((each) => each.startsWith(`${file}/`)) || missing(file),
      unlinkSync: (file) => this.files.delete(file) || missing(file),
      readdirSync: (folder) => [...this.files].filter((each) => each.startsWith(folder)).map((each) => each.split("/").pop()),
      saveFileSync: (temporary, file) => {
        if (!this.roomForFiles) throw new Error("saveFileSync:fail the maximum size of the file storage limit is exceeded");
        this.files.add(file);
      },
    };
    return new Proxy(known, {
      get: (target, name) => (name in target ? target[name] : fail(`FileSystemManager.${String(name)} is not known to the tests`)),
    });
  }

  photograph({ count, mediaType, sourceType, sizeType, success, fail: failed }) {
    if (mediaType.join() !== "image" || sourceType.join() !== "camera" || sizeType.join() !== "compressed") {
      fail("photos come from the camera, compressed");
    }
    setImmediate(() => {
      if (!this.agrees) return failed({ errMsg: "chooseMedia:fail cancel" });
      this.photosTaken += 1;
      return success({ tempFiles: [{ tempFilePath: `wxfile://tmp_${this.photosTaken}.jpg`, size: 1000, fileType: "image" }].slice(0, count) });
    });
  }

  upload({ url, filePath, name, formData, header, success, fail: failed }) {
    const data = { ...formData, [name]: filePath };
    this.check({ url, method: "POST", data });
    if (!this.files.has(filePath)) fail(`there is no file ${filePath}`);
    this.requests.push({ url, method: "POST", data, header });
    setImmediate(async () => {
      if (!this.isOnline) return failed({ errMsg: "uploadFile:fail " });
      const answer = await this.server({ path: pathOf(url), method: "POST", data, header });
      if (answer === "lost") return failed({ errMsg: "uploadFile:fail timeout" });
      return success({ ...answer, data: typeof answer.data === "string" ? answer.data : JSON.stringify(answer.data) });
    });
  }

  logIn(success) {
    this.logins += 1;
    setImmediate(success, { code: this.loginCode() });
  }

  request({ url, method, data, header, success, fail: failed }) {
    this.check({ url, method, data });
    this.requests.push(structuredClone({ url, method, data, header }));
    setImmediate(async () => {
      if (!this.isOnline) return failed({ errMsg: "request:fail " });
      const answer = await this.server({ path: pathOf(url), method, data, header });
      if (answer === "lost") return failed({ errMsg: "request:fail timeout" });
      return success({ header: {}, ...answer, data: strict(answer.data) });
    });
  }

  download({ url, header, success, fail: failed }) {
    this.check({ url, method: "GET" });
    this.requests.push({ url, method: "GET", header });
    setImmediate(async () => {
      if (!this.isOnline) return failed({ errMsg: "downloadFile:fail " });
      const { statusCode } = await this.server({ path: pathOf(url), method: "GET", header });
      return success({ statusCode: statusCode === 204 ? 200 : statusCode, tempFilePath: `tmp:${pathOf(url)}` });
    });
  }

  check({ url, method, data }) {
    const name = nameOf(method, pathOf(url), this.calls);
    if (!name) fail(`${method} ${pathOf(url)} is declared by no service`);
    const undeclared = undeclaredIn(this.calls[name], { search: new URL(url).search, data });
    if (undeclared.length) fail(`${name} sends what it does not declare: ${undeclared.join(", ")}`);
  }

  locate({ type, success, fail: failed, complete }) {
    this.fixes += 1;
    setImmediate(() => {
      if (type !== "wgs84") fail("the position must be asked for in WGS-84");
      const fix = Array.isArray(this.fix) ? this.fix[Math.min(this.fixes, this.fix.length) - 1] : this.fix;
      if (this.locationFailure) failed({ errMsg: `getLocation:fail ${this.locationFailure}` });
      else success({ ...fix, errMsg: "getLocation:ok" });
      complete();
    });
  }
}

/** Fail the test, also where the page catches what is thrown. */
function fail(message) {
  const error = new Error(message);
  setImmediate(() => {
    throw error;
  });
  throw error;
}

function missing(file) {
  throw new Error(`no such file or directory ${file}`);
}

function pathOf(url) {
  return new URL(url).pathname.replace(API, "");
}

const DICTIONARIES = new Set(["days", "afternoons", "marks", "details", "content", "checklist", "topics"]);
const READ_OF_EVERYTHING = new Set(["then", "toJSON"]);

/** An answer in which only what is there can be read. */
function strict(value, isDictionary = false) {
  if (value === null || typeof value !== "object") return value;
  return new Proxy(value, {
    get: (target, name) => {
      if (typeof name === "symbol") return target[name];
      const mayLack = isDictionary || Array.isArray(target) || READ_OF_EVERYTHING.has(name);
      if (!(name in target || mayLack)) fail(`the server's answer has no ${name}: ${Object.keys(target)}`);
      return strict(target[name], DICTIONARIES.has(name));
    },
  });
}

/** What a page shows has gone through JSON; nothing unknown may be in it, nor in its words. */
function asShown(news) {
  const look = (name, value) => {
    const isOdd = value === undefined || Number.isNaN(value) || /undefined|NaN|null|\[object/.test(String(value ?? ""));
    return isOdd && typeof value !== "object" ? fail(`the page shows ${name}: ${value}`) : value;
  };
  return JSON.parse(JSON.stringify(news, look));
}

/** A refusal in the server's one shape. */
function refusal(statusCode, code, message = "不行", details = {}) {
  return { statusCode, data: { error: { code, message, details } } };
}

/** Let everything under way come to rest. */
async function rest(turns = 30) {
  for (let turn = 0; turn < turns; turn += 1) await new Promise(setImmediate);
}

/** What a tap on an element with these data-* attributes brings. */
function tap(dataset = {}) {
  return { currentTarget: { dataset } };
}

/** What typing or choosing brings. */
function input(value, dataset = {}) {
  return { currentTarget: { dataset }, detail: { value } };
}

module.exports = { FOLDER, FakePhone, input, refusal, rest, tap };
