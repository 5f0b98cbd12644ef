// The panel beside the phone: who holds it, where it is, what its switches say.

import { account, changeDevice, device, holdAs, onDeviceChange, openScene, villageOf } from "./app/device.js";
import { h } from "./app/dom.js";
import { drawMap, placeIn } from "./map.js";

const MESSAGES_EVERY_MS = 5000;
const SIGNALS = { wifi: "Wi-Fi ▮▮▮", slow: "2G ▮▯▯", none: "无网络", lost: "Wi-Fi ▮▯▯" };
const USUAL_WIDTH_PX = 375;

const at = (id) => document.getElementById(id);
const frame = at("app");

function reopen() {
  const page = new URLSearchParams(location.search).get("page");
  const search = page ? `?${new URLSearchParams({ page })}` : "";
  frame.contentWindow.location.replace(`app.html${search}`);
  at("background").textContent = "切到后台";
}

function listAccounts({ accounts }) {
  at("account").replaceChildren(...accounts.map(({ openid, person, role, place }) => h("option", { value: openid }, [person, role, place].filter(Boolean).join(" · "))));
  at("account").addEventListener("change", () => {
    holdAs(at("account").value);
    at("messages").replaceChildren();
    reopen();
  });
}

function listenToButtons() {
  at("reopen").addEventListener("click", reopen);
  at("forget").addEventListener("click", async () => {
    await frame.contentWindow.preview.forget();
    reopen();
  });
  at("background").addEventListener("click", () => {
    const { router } = frame.contentWindow.preview;
    if (router.isShown) router.hideApp();
    else router.showApp();
    at("background").textContent = router.isShown ? "切到后台" : "回到小程序";
  });
  for (const button of document.querySelectorAll("#places button")) {
    button.addEventListener("click", () => changeDevice({ place: placeIn(villageOf(device().openid), button.dataset.place) }));
  }
  for (const name of ["position", "network"]) at(name).addEventListener("change", ({ target }) => changeDevice({ [name]: target.value }));
  for (const name of ["fontSize_px", "width_px"]) at(name).addEventListener("change", ({ target }) => changeDevice({ [name]: Number(target.value) }));
}

function show(scene) {
  const phone = { width_px: USUAL_WIDTH_PX, ...device() };
  at("account").value = phone.openid;
  for (const name of ["position", "network", "fontSize_px", "width_px"]) {
    for (const radio of at(name).querySelectorAll("input")) radio.checked = radio.value === String(phone[name]);
  }
  at("phone").style.setProperty("--width", `${phone.width_px}px`);
  at("signal").textContent = SIGNALS[phone.network];
  at("place").textContent = `${phone.place.latitude_deg.toFixed(5)}, ${phone.place.longitude_deg.toFixed(5)}`;
  drawMap(at("map"), { villages: scene.villages, village: villageOf(phone.openid), place: phone.place, onMove: (place) => changeDevice({ place }) });
}

async function readMessages() {
  const answer = await fetch(`wechat/messages?${new URLSearchParams({ openid: account().openid })}`).catch(() => null);
  if (!answer?.ok) return;
  const messages = await answer.json();
  at("messages").replaceChildren(...messages.reverse().map(({ data }) => h("li", {}, Object.values(data).map(({ value }) => value).join("　"))));
}

async function open() {
  const scene = await openScene();
  const asked = new URLSearchParams(location.search).get("account");
  if (scene.accounts.some(({ openid }) => openid === asked) && asked !== device().openid) holdAs(asked);
  listAccounts(scene);
  listenToButtons();
  onDeviceChange(() => show(scene));
  show(scene);
  reopen();
  readMessages();
  setInterval(readMessages, MESSAGES_EVERY_MS);
  const tick = () => {
    at("clock").textContent = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  };
  tick();
  setInterval(tick, 1000);
}

open();
