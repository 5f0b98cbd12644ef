// Who holds the phone, towards WeChat: login codes, the phone number, subscriptions, the signing key.

import { account } from "./device.js";
import { ask } from "./dialogs.js";
import { h } from "./dom.js";
import { Failure, asynchronous } from "./failure.js";
import { agreeToPrivacy, openSettings, requirePrivacy, requireTap } from "./permissions.js";
import { appName } from "./state.js";

const TEMPLATES_AT_ONCE = 5;

/** Codes work once, as WeChat's do; the stand-in for its servers knows these. */
function once(kind, about) {
  const nonce = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36)).join("");
  return `${kind}-${about}-${nonce}`;
}

async function phoneCode() {
  await requirePrivacy("getPhoneNumber");
  const { phone } = account();
  if (!phone) throw new Failure("user has no phone number");
  const isAllowed = await ask({ title: `${appName()} 申请获取并验证你的手机号`, body: [h("p", {}, phone)], no: "不允许", yes: "允许" });
  if (!isAllowed) throw new Failure("user deny");
  return once("phone-once", phone);
}

/** What a button with an open-type does on a tap; `emit(event, detail)` tells the page. */
export const openTypes = {
  async getPhoneNumber(emit) {
    try {
      emit("getphonenumber", { errMsg: "getPhoneNumber:ok", code: await phoneCode() });
    } catch (error) {
      emit("getphonenumber", { errMsg: `getPhoneNumber:fail ${error.message}`, ...error.codes });
    }
  },
  async openSetting(emit) {
    emit("opensetting", { ...(await openSettings()), errMsg: "openSetting:ok" });
  },
  agreePrivacyAuthorization(emit) {
    agreeToPrivacy();
    emit("agreeprivacyauthorization", { errMsg: "agreePrivacyAuthorization:ok" });
  },
};

async function requestSubscribeMessage({ tmplIds }) {
  requireTap();
  if (!tmplIds?.length) throw new Failure("TmplIds can not be empty", { errCode: 10001 });
  if (tmplIds.length > TEMPLATES_AT_ONCE) throw new Failure("too many templates", { errCode: 20003 });
  const boxes = tmplIds.map((id) => h("input", { type: "checkbox", checked: true, value: id }));
  const lines = boxes.map((box) => h("label", { class: "preview-setting" }, box.value, box));
  const isAllowed = await ask({ title: `${appName()} 申请发送一次以下消息`, body: lines, no: "取消" });
  const answers = Object.fromEntries(boxes.map((box) => [box.value, isAllowed && box.checked ? "accept" : "reject"]));
  for (const [template_id, answer] of Object.entries(answers)) {
    if (answer === "accept") await tell("wechat/grants", { openid: account().openid, template_id });
  }
  return answers;
}

function tell(address, body) {
  return fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

const cryptoManager = {
  getLatestUserKey: asynchronous("getLatestUserKey", async () => (await fetch(`wechat/user-key?openid=${account().openid}`)).json()),
};

export const identity = {
  login: asynchronous("login", () => ({ code: once("once", account().openid) })),
  checkSession: asynchronous("checkSession", () => ({})),
  getAccountInfoSync: () => ({ miniProgram: { appId: "wx-demo", envVersion: "develop", version: "" } }),
  requestSubscribeMessage: asynchronous("requestSubscribeMessage", requestSubscribeMessage),
  getUserCryptoManager: () => cryptoManager,
};
