// What the phone says of itself, and the small things it can do.

import { device } from "./device.js";
import { actionSheet, hideToast, modal, showToast } from "./dialogs.js";
import { Failure, asynchronous } from "./failure.js";
import { run } from "./report.js";
import { state } from "./state.js";

const SDK_VERSION = "3.8.12";
const WECHAT_VERSION = "8.0.50";
const STATUS_BAR_PX = 0;
const STANDARD_FONT_PX = 16;

function windowInfo() {
  const view = document.querySelector(".preview-view:not([hidden]) .preview-frame");
  const { clientWidth: screenWidth, clientHeight: screenHeight } = document.documentElement;
  const safeArea = { left: 0, right: screenWidth, top: 0, bottom: screenHeight, width: screenWidth, height: screenHeight };
  return {
    pixelRatio: devicePixelRatio,
    screenWidth,
    screenHeight,
    windowWidth: screenWidth,
    windowHeight: view?.clientHeight ?? screenHeight,
    statusBarHeight: STATUS_BAR_PX,
    safeArea,
    screenTop: view?.getBoundingClientRect().top ?? 0,
  };
}

function appBaseInfo() {
  return {
    SDKVersion: SDK_VERSION,
    enableDebug: false,
    host: { appId: "", env: "WeChat" },
    language: "zh_CN",
    version: WECHAT_VERSION,
    theme: "light",
    fontSizeSetting: device().fontSize_px,
    fontSizeScaleFactor: device().fontSize_px / STANDARD_FONT_PX,
  };
}

function deviceInfo() {
  return { abi: "", brand: "preview", model: "preview", system: "preview 1.0", platform: "android", benchmarkLevel: -1, memorySize: "4096" };
}

function systemSetting() {
  return { bluetoothEnabled: false, locationEnabled: device().position !== "off", wifiEnabled: true, deviceOrientation: "portrait" };
}

function appAuthorizeSetting() {
  const { position } = device();
  return {
    albumAuthorized: "authorized",
    bluetoothAuthorized: "not determined",
    cameraAuthorized: "authorized",
    locationAuthorized: position === "forbidden" ? "denied" : "authorized",
    locationReducedAccuracy: position === "reduced",
    microphoneAuthorized: "not determined",
    notificationAuthorized: "authorized",
    phoneCalendarAuthorized: "not determined",
  };
}

const systemInfo = () => ({ ...deviceInfo(), ...windowInfo(), ...appBaseInfo(), ...systemSetting(), ...appAuthorizeSetting() });

async function showActionSheet({ itemList, alertText }) {
  const tapIndex = await actionSheet(itemList, alertText);
  if (tapIndex === null) throw new Failure("cancel");
  return { tapIndex };
}

async function setClipboardData({ data }) {
  await navigator.clipboard?.writeText(data).catch(() => null);
  showToast({ title: "内容已复制" });
}

/** WeChat asks for updates by itself; here there are none. */
const updateManager = { onCheckForUpdate: (listener) => setTimeout(() => run(listener, { hasUpdate: false })), onUpdateReady() {}, onUpdateFailed() {}, applyUpdate() {} };

const logger = Object.fromEntries(["debug", "info", "log", "warn", "error", "addFilterMsg", "setFilterMsg", "in"].map((name) => [name, (...words) => console.debug(...words)]));

export const system = {
  getSystemInfo: asynchronous("getSystemInfo", systemInfo),
  getSystemInfoSync: systemInfo,
  getWindowInfo: windowInfo,
  getAppBaseInfo: appBaseInfo,
  getDeviceInfo: deviceInfo,
  getSystemSetting: systemSetting,
  getAppAuthorizeSetting: appAuthorizeSetting,
  openAppAuthorizeSetting: asynchronous("openAppAuthorizeSetting", async () => void (await modal({ title: "手机设置", content: "这里会打开手机“设置”里的微信一页；预览中请用旁边的面板改。", showCancel: false }))),
  openSystemLocationSetting: asynchronous("openSystemLocationSetting", async () => void (await modal({ title: "手机设置", content: "这里会打开手机的定位设置；预览中请用旁边的面板改。", showCancel: false }))),
  getLaunchOptionsSync: () => state.router.launchOptions,
  getEnterOptionsSync: () => state.router.launchOptions,
  showModal: asynchronous("showModal", (options) => modal(options)),
  showActionSheet: asynchronous("showActionSheet", showActionSheet),
  showToast: asynchronous("showToast", (options) => showToast(options)),
  hideToast: asynchronous("hideToast", hideToast),
  showLoading: asynchronous("showLoading", ({ title, mask }) => showToast({ title, mask, icon: "loading", stays: true })),
  hideLoading: asynchronous("hideLoading", hideToast),
  vibrateShort: asynchronous("vibrateShort", () => void navigator.vibrate?.(15)),
  vibrateLong: asynchronous("vibrateLong", () => void navigator.vibrate?.(400)),
  setClipboardData: asynchronous("setClipboardData", setClipboardData),
  makePhoneCall: asynchronous("makePhoneCall", async ({ phoneNumber }) => {
    const { confirm } = await modal({ title: "拨打电话", content: phoneNumber, confirmText: "呼叫" });
    if (!confirm) throw new Failure("cancel");
  }),
  hideKeyboard: asynchronous("hideKeyboard", () => document.activeElement?.blur()),
  nextTick: (work) => queueMicrotask(() => run(work)),
  getUpdateManager: () => updateManager,
  getLogManager: () => logger,
  getRealtimeLogManager: () => logger,
  arrayBufferToBase64: (buffer) => btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("")),
  base64ToArrayBuffer: (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer,
  onError: (listener) => addEventListener("error", ({ message }) => listener(message)),
  onUnhandledRejection: (listener) => addEventListener("unhandledrejection", ({ reason }) => listener({ reason })),
};
