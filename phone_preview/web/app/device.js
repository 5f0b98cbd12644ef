// The phone in the hand: who holds it, where it is, what its switches say. The panel beside it changes this; each
// browser tab is a phone of its own, and what was set outlives a reload.

const KEY = "phone";
const USUAL = {
  openid: null,
  place: null, // {latitude_deg, longitude_deg} in WGS-84
  position: "good", // good | rough | none | off | forbidden | reduced | browser
  network: "wifi", // wifi | slow | none | lost
  fontSize_px: 16,
};

const listeners = new Set();

/** The phone as it is now. */
export function device() {
  return { ...USUAL, ...JSON.parse(sessionStorage.getItem(KEY) ?? "{}") };
}

/** Change the phone and tell whoever listens, in this document and in those beside it. */
export function changeDevice(news) {
  sessionStorage.setItem(KEY, JSON.stringify({ ...device(), ...news }));
  for (const listener of listeners) listener(device());
}

/** Call with the phone whenever something about it changes. */
export function onDeviceChange(listener) {
  listeners.add(listener);
}

globalThis.addEventListener?.("storage", (event) => {
  if (event.storageArea !== sessionStorage || event.key !== KEY) return;
  for (const listener of listeners) listener(device());
});

let scene = null;

/** Accounts and villages to play with, as the server gives them. */
export async function openScene() {
  scene ??= await (await fetch("scene.json")).json();
  const known = scene.accounts.some(({ openid }) => openid === device().openid);
  if (!known) holdAs(scene.accounts[0].openid);
  return scene;
}

/** Put the phone into the hand of an account, in the middle of its village. */
export function holdAs(openid) {
  const [longitude_deg, latitude_deg] = villageOf(openid).middle;
  changeDevice({ openid, place: { latitude_deg, longitude_deg } });
}

/** Whose phone it is. */
export function account() {
  return scene.accounts.find(({ openid }) => openid === device().openid);
}

/** The village of an account, or the first where it has none. */
export function villageOf(openid) {
  const { village } = scene.accounts.find((one) => one.openid === openid);
  return scene.villages.find(({ code }) => code === village) ?? scene.villages[0];
}
