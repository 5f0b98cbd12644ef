// What the person has allowed this mini-program: WeChat's privacy guideline, and scopes such as the position.

import { account } from "./device.js";
import { ask, screen } from "./dialogs.js";
import { h } from "./dom.js";
import { Failure, asynchronous } from "./failure.js";
import { run } from "./report.js";
import { appName, state } from "./state.js";

const SCOPE_WORDS = { "scope.userLocation": "使用你的位置信息", "scope.camera": "使用你的摄像头", "scope.writePhotosAlbum": "保存图片到相册" };
const QUIET_AFTER_REFUSAL_MS = 10000;

const key = () => `wechat:${account().openid}`;
const kept = () => ({ privacy: false, scopes: {}, ...JSON.parse(localStorage.getItem(key()) ?? "{}") });
const keep = (news) => localStorage.setItem(key(), JSON.stringify({ ...kept(), ...news }));

/** Forget every answer the person gave, as deleting the mini-program does. */
export function forgetPermissions() {
  localStorage.removeItem(key());
}

function setScope(scope, isAllowed) {
  keep({ scopes: { ...kept().scopes, [scope]: isAllowed } });
}

const contractName = () => `《${appName()}小程序隐私保护指引》`;

function contractLink() {
  return h("button", { class: "preview-link", onclick: showContract }, contractName());
}

function showContract() {
  return screen("隐私保护指引", h("p", {}, `这里是微信后台登记的${contractName()}。预览没有微信后台，正式使用时由运营单位填写。`));
}

const privacyListeners = new Set();
let refusedAt_ms = -Infinity;

/** Let a private interface through, or a Failure; asks by the page's own dialog if it has one. */
export async function requirePrivacy(api) {
  if (!state.manifest.app.__usePrivacyCheck__ || kept().privacy) return;
  if (performance.now() - refusedAt_ms > QUIET_AFTER_REFUSAL_MS && (await askPrivacy(api))) {
    keep({ privacy: true });
    return;
  }
  refusedAt_ms = performance.now();
  throw new Failure("privacy permission is not authorized", { errno: 104 });
}

function askPrivacy(api) {
  if (privacyListeners.size) {
    return new Promise((resolve) => {
      const answer = ({ event }) => event !== "exposureAuthorization" && resolve(event === "agree");
      for (const listener of privacyListeners) run(listener, answer, { referrer: api });
    });
  }
  return ask({ title: "用户隐私保护提示", body: [h("p", {}, `在你使用${appName()}之前，请阅读并同意`, contractLink())], yes: "同意" });
}

/** The answer of a button with open-type="agreePrivacyAuthorization". */
export function agreeToPrivacy() {
  keep({ privacy: true });
}

/** Let a scope through: asked once, remembered for good; a Failure where it was refused. */
export async function requireScope(scope) {
  const { scopes, privacy } = kept();
  if (scopes[scope] === undefined) {
    const words = state.manifest.app.permission?.[scope]?.desc;
    const title = `${appName()} 申请${SCOPE_WORDS[scope] ?? scope}`;
    const isAllowed = await ask({ title, body: [words && h("p", {}, words), !privacy && h("p", {}, "允许即同意", contractLink())] });
    setScope(scope, isAllowed);
    if (isAllowed) keep({ privacy: true });
  }
  if (!kept().scopes[scope]) throw new Failure("auth deny", { errno: 103 });
}

/** WeChat's own settings page of the mini-program. */
async function showSettings() {
  const rows = Object.entries(kept().scopes).map(([scope, isAllowed]) =>
    h("label", { class: "preview-setting" }, SCOPE_WORDS[scope] ?? scope, h("input", { type: "checkbox", checked: isAllowed, onchange: ({ target }) => setScope(scope, target.checked) })),
  );
  state.router.hideApp();
  await screen("设置", ...(rows.length ? rows : [h("p", {}, "还没有申请过授权。")]));
  state.router.showApp();
  return { authSetting: kept().scopes };
}

/** Open the settings for a button with open-type="openSetting". */
export async function openSettings() {
  return showSettings();
}

/** WeChat opens its own windows only from a tap. */
export function requireTap() {
  if (!navigator.userActivation.isActive) throw new Failure("can only be invoked by user TAP gesture.");
}

export const permissions = {
  getSetting: asynchronous("getSetting", () => ({ authSetting: kept().scopes, subscriptionsSetting: { mainSwitch: true, itemSettings: {} } })),
  openSetting: asynchronous("openSetting", () => {
    requireTap();
    return showSettings();
  }),
  authorize: asynchronous("authorize", async ({ scope }) => {
    if (!SCOPE_WORDS[scope]) throw new Error(`wx.authorize of ${scope} is not in the preview`);
    await requireScope(scope);
  }),
  getPrivacySetting: asynchronous("getPrivacySetting", () => ({ needAuthorization: !kept().privacy, privacyContractName: contractName() })),
  requirePrivacyAuthorize: asynchronous("requirePrivacyAuthorize", () => requirePrivacy("requirePrivacyAuthorize")),
  onNeedPrivacyAuthorization: (listener) => void privacyListeners.add(listener),
  openPrivacyContract: asynchronous("openPrivacyContract", async () => void showContract()),
};
