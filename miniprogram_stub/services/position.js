// The position of the phone, taken once in the moment of a tap; or why there is none, with the way out.

const HIGH_ACCURACY_MS = 5000;
const GOOD_ACCURACY_M = 50;
const MOST_SAMPLES = 3;
const WARM_UP_MS = 15000;
const LOCATION_TIMEOUT_MS = 60000; // long enough to read WeChat's permission dialog

const TROUBLES = {
  not_allowed: "您没有允许小程序使用位置。请点“打开授权设置”允许后再试。",
  privacy: "您还没有同意微信的隐私保护指引。请过 10 秒再点，并在弹出的窗口里选“同意”。",
  system_denied: "手机没有允许微信使用位置。请在手机“设置”里找到微信，打开“位置”权限后再试。",
  switched_off: "手机的定位没有打开。请打开手机“定位服务”后再试。",
  reduced_accuracy: "手机只给出大概位置。请在手机“设置”里找到微信，打开“精确位置”后再试。",
  no_signal: "暂时没有取到位置。请到室外开阔处，过半分钟再试。",
};
const PLATFORM_WORDS = [
  { words: /privacy/i, code: "privacy" },
  { words: /system permission denied/i, code: "system_denied" },
  { words: /auth den(y|ied)|authorize no response/i, code: "not_allowed" },
  { words: /LOCATIONSWITCHOFF/i, code: "switched_off" },
];

/** A position as it is sent, by the names a service declares. */
const SENT = [
  "fix.latitude_deg",
  "fix.longitude_deg",
  "fix.datum",
  "fix.accuracy_m",
  "fix.altitude_m",
  "fix.speed_m_s",
  "fix.captured_at",
];

/** Why there is no new position, in plain Chinese with the way out. */
class LocationTrouble extends Error {
  constructor(code, message, errMsg) {
    super(message || TROUBLES[code]);
    this.code = code;
    this.errMsg = errMsg;
  }
}

/** The best position the phone gives now; a LocationTrouble where it gives none, or on iOS only a rough one. */
async function locate() {
  if (wx.getAppAuthorizeSetting().locationReducedAccuracy) throw new LocationTrouble("reduced_accuracy");
  return bestOfSeveral();
}

/** The position to about a kilometre, to sort by; finer is nobody's business there. */
async function locateRoughly() {
  const { latitude_deg, longitude_deg, datum } = await ask(LOCATION_TIMEOUT_MS);
  return { latitude_deg: rounded(latitude_deg), longitude_deg: rounded(longitude_deg), datum };
}

function rounded(degrees) {
  return Math.round(degrees * 100) / 100;
}

/** A receiver just woken is off by far: ask again until a fix is good enough, and take the best. */
async function bestOfSeveral() {
  const givesUpAt = Date.now() + WARM_UP_MS;
  let best = await ask(LOCATION_TIMEOUT_MS);
  for (let asked = 1; asked < MOST_SAMPLES && !isGood(best) && Date.now() < givesUpAt; asked += 1) {
    const next = await ask(givesUpAt - Date.now()).catch(() => null);
    if (next === null || isSamePlace(next, best)) break; // WeChat only repeats itself
    if (radius(next) < radius(best)) best = next;
  }
  return best;
}

function isGood(fix) {
  return radius(fix) <= GOOD_ACCURACY_M;
}

function radius({ accuracy_m }) {
  return accuracy_m === null ? Infinity : accuracy_m;
}

function ask(timeoutMs) {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(explain("timeout")), timeoutMs);
    wx.getLocation({
      type: "wgs84",
      altitude: true,
      isHighAccuracy: true,
      highAccuracyExpireTime: HIGH_ACCURACY_MS,
      success: (found) => resolve(toFix(found)),
      fail: ({ errMsg }) => reject(explain(errMsg)),
      complete: () => clearTimeout(giveUp),
    });
  });
}

/** iOS gives -1 for an accuracy it does not know. */
function toFix({ latitude, longitude, accuracy, altitude, speed }) {
  return {
    latitude_deg: latitude,
    longitude_deg: longitude,
    datum: "wgs84",
    accuracy_m: accuracy >= 0 ? accuracy : null,
    altitude_m: numberOrNull(altitude),
    speed_m_s: numberOrNull(speed),
    captured_at: new Date().toISOString(),
  };
}

function numberOrNull(value) {
  return Number.isFinite(value) ? value : null;
}

function isSamePlace(fix, other) {
  return ["latitude_deg", "longitude_deg", "accuracy_m"].every((name) => fix[name] === other[name]);
}

/** The phone's own switches say more than the platform's words, of which there is no official list. */
function explain(errMsg) {
  const { code } = PLATFORM_WORDS.find(({ words }) => words.test(errMsg)) || { code: "no_signal" };
  if (wx.getSystemSetting().locationEnabled === false) return new LocationTrouble("switched_off", null, errMsg);
  if (wx.getAppAuthorizeSetting().locationAuthorized === "denied") {
    return new LocationTrouble("system_denied", null, errMsg);
  }
  return new LocationTrouble(code, null, errMsg);
}

module.exports = { LocationTrouble, SENT, isSamePlace, locate, locateRoughly };
