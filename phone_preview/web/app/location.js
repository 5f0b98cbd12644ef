// wx.getLocation: the place on the panel's map, or this computer's own, as a phone would give it.

import { toGcj02, moved } from "./datum.js";
import { device } from "./device.js";
import { Failure, asynchronous } from "./failure.js";
import { requireScope } from "./permissions.js";
import { state } from "./state.js";

const CACHED_MS = 30000;
const SEARCH_MS = 400;
const NO_SIGNAL_MS = 2000;
const BROWSER_TIMEOUT_MS = 15000;
const ALTITUDE_M = 268.4;

/** How good a fix is, by the panel's switch: [best, worst] accuracy in metres. */
const ACCURACIES_M = { good: [8, 22], rough: [260, 480], reduced: [2500, 4800] };

let last = null;

async function getLocation({ type = "wgs84", altitude = false }) {
  if (!state.manifest.app.requiredPrivateInfos?.includes("getLocation")) {
    throw new Failure("the api need to be declared in the requiredPrivateInfos field in app.json/ext.json", { errno: 112 });
  }
  if (!["wgs84", "gcj02"].includes(type)) throw new Failure(`invalid type ${type}`);
  await requireScope("scope.userLocation");
  const { place, accuracy_m, altitude_m } = await fix();
  const { latitude_deg, longitude_deg } = type === "gcj02" ? toGcj02(place) : place;
  return {
    latitude: latitude_deg,
    longitude: longitude_deg,
    accuracy: accuracy_m,
    horizontalAccuracy: accuracy_m,
    verticalAccuracy: 0,
    altitude: altitude ? altitude_m : 0,
    speed: 0,
  };
}

/** A phone asked again within half a minute gives the fix it has, unless it was carried elsewhere. */
async function fix() {
  const { place, position } = device();
  const situation = JSON.stringify([position, place]);
  if (last?.situation === situation && performance.now() - last.at_ms < CACHED_MS) return last.fix;
  const found = await search(position, place);
  last = { situation, fix: found, at_ms: performance.now() };
  return found;
}

async function search(position, place) {
  if (position === "browser") return fromBrowser();
  if (position === "off") throw new Failure("ERROR_NOCELL&WIFI_LOCATIONSWITCHOFF", { errCode: 2 });
  if (position === "forbidden") throw new Failure("system permission denied", { errCode: 12 });
  await new Promise((resolve) => setTimeout(resolve, position === "none" ? NO_SIGNAL_MS : SEARCH_MS));
  if (position === "none") throw new Failure("timeout", { errCode: -1 });
  const [best, worst] = ACCURACIES_M[position];
  const accuracy_m = Math.round((best + Math.random() * (worst - best)) * 10) / 10;
  return { place: strayed(place, accuracy_m / 3), accuracy_m, altitude_m: ALTITUDE_M };
}

/** No two fixes are the same to the last digit. */
function strayed(place, reach_m) {
  const angle = Math.random() * 2 * Math.PI;
  const distance_m = Math.random() * reach_m;
  return moved(place, { east_m: distance_m * Math.cos(angle), north_m: distance_m * Math.sin(angle) });
}

const BROWSER_REASONS = { 1: "system permission denied", 2: "ERROR_NETWORK", 3: "timeout" };

function fromBrowser() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords: { latitude, longitude, accuracy, altitude } }) =>
        resolve({ place: { latitude_deg: latitude, longitude_deg: longitude }, accuracy_m: accuracy, altitude_m: altitude ?? 0 }),
      ({ code }) => reject(new Failure(BROWSER_REASONS[code])),
      { enableHighAccuracy: true, timeout: BROWSER_TIMEOUT_MS, maximumAge: 0 },
    );
  });
}

export const position = { getLocation: asynchronous("getLocation", getLocation) };
