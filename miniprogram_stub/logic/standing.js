// Where I stand: what the home screen says of today, of an attempt, and of a position that could not be had.

const { chinaClock, dayText } = require("./days.js");
const { BANDS, KINDS, VERDICTS } = require("./words.js");

const STATES = {
  counted: { title: "今日已登记，已计入", tone: "good" },
  waiting: { title: "今日已登记，待乡镇确认", tone: "warn" },
  not_yet: { title: "今日尚未登记", tone: "plain" },
  no_posting: { title: "名册中今天没有您的派驻", tone: "plain", lines: ["如有不符，请联系县驻村办。"] },
  unknown: { title: "今日情况联网后显示", tone: "plain" },
};
const BY_TOWNSHIP = { title: "本县由乡镇登记考勤", tone: "plain", lines: ["无需在手机上登记。"] };
const UNSURE = "定位不够准，已注明“存疑”。";

const TROUBLES = {
  not_allowed: { title: "没有位置权限", wayOut: "wechat" },
  privacy: { title: "还没有同意隐私保护指引" },
  system_denied: { title: "手机没有允许微信使用位置", wayOut: "system" },
  switched_off: { title: "手机定位没有打开" },
  reduced_accuracy: { title: "手机只给出大概位置", wayOut: "system" },
  no_signal: { title: "没有取到位置" },
  cached_fix: { title: "还是刚才的位置" },
};
const GOOD_ACCURACY_M = 50;
const WAITS = "已存在手机上，等待发送。有网络时会自动发出，请勿删除小程序。";

/** What the answer of /today says: title, lines, tone. */
function ofToday(today, holdsOffice) {
  if (!today) return withLines(STATES.unknown);
  if (today.state === "no_posting" && holdsOffice) return null;
  if (today.mode === "township_register" && today.state === "not_yet") return withLines(BY_TOWNSHIP);
  return withLines(STATES[today.state], [...attemptLines(today), ...leaveLines(today)]);
}

function withLines(state, lines = []) {
  return { title: state.title, tone: state.tone, lines: [...(state.lines || []), ...lines] };
}

/** What became of the attempts of today, as far as the state does not say it. */
function attemptLines({ state, checkins }) {
  const last = checkins[checkins.length - 1];
  if (!last) return [];
  const counted = checkins.find((attempt) => attempt.counted);
  if (counted) return counted.verdict === "unsure" ? [UNSURE] : [];
  const where = last.verdict ? `位置在${VERDICTS[last.verdict]}` : "本人声明";
  return state === "not_yet" ? [`最近一次：${chinaClock(last.received_at)}，${where}，未计入。`] : [];
}

function leaveLines({ leave }) {
  if (!leave) return [];
  return [`请假中：${KINDS[leave.kind] || "请假"}，至${dayText(leave.last_day)}${leave.state === "overdue_return" ? "，已超假" : ""}。`];
}

/** What the server said of an attempt, and how good its position was where that matters. */
function ofAnswer({ verdict, band, counted, message }, fix = null) {
  const tone = counted ? "good" : "warn";
  const lines = verdict === "inside" ? [message] : [message, accuracyHint(fix)].filter(Boolean);
  if (verdict === "outside") return { title: `村外：${BANDS[band] || "离村较远"}`, lines, tone };
  const title = { inside: "在村内", unsure: "位置存疑" }[verdict] || "本人声明";
  return { title, lines, tone };
}

function accuracyHint(fix) {
  if (!fix) return "";
  if (fix.accuracy_m === null) return "手机没有说明这次定位有多准。到室外开阔处等半分钟再试，会更准。";
  if (fix.accuracy_m <= GOOD_ACCURACY_M) return "";
  return `这次定位误差约 ${Math.round(fix.accuracy_m)} 米。到室外开阔处等半分钟再试，会更准。`;
}

/** Why there is no answer: no position, a refusal, or no network; `otherwise` is said of what has no title here. */
function ofTrouble(error, otherwise = "没有登记成") {
  const { title, wayOut } = TROUBLES[error.code] || { title: otherwise };
  return { title, lines: [error.message], tone: "warn", wayOut: wayOut || "" };
}

/** That an attempt lies in the outbox. */
function ofWaiting() {
  return { title: "等待发送", lines: [WAITS], tone: "warn" };
}

module.exports = { ofAnswer, ofToday, ofTrouble, ofWaiting };
