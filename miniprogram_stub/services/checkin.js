// 今日驻村登记: one position for one tap, or the person's own declaration without one.

const api = require("./api.js");
const outbox = require("./outbox.js");
const position = require("./position.js");
const { chinaTime } = require("../logic/days.js");

const CALLS = {
  checkIn: {
    method: "POST",
    path: "/checkins",
    body: ["client_key", ...position.SENT, "declared_at", "time_ticket"],
  },
  attempts: { method: "GET", path: "/checkins", query: ["month", "limit", "cursor"] },
};

const CACHED_FIX_MS = 60000; // WeChat repeats a fix for about 30 s, on some phones longer

let running = null;

/** Whatever is tapped while an attempt is under way belongs to that attempt. */
function oneAtATime(attempt) {
  if (!running) {
    running = attempt().finally(() => {
      running = null;
    });
  }
  return running;
}

/** Take the position and record the attempt; `{item, answer}`, `{item, error}`, or `{item}` while it waits. */
function checkIn() {
  return oneAtATime(async () => record(await freshFix()));
}

/** Record the person's declaration to be in the village today, without a position. */
function declare() {
  return oneAtATime(() => record(null));
}

let lastFix = null;

async function record(fix) {
  const body = {
    fix,
    declared_at: fix ? null : new Date().toISOString(),
    time_ticket: api.person() && api.ticket(),
  };
  if (fix) lastFix = fix;
  const sent = outbox.putAndSend("checkin", CALLS.checkIn, { body });
  if (body.time_ticket) api.dropTicket();
  return sent;
}

/** The attempts of a month, mine, the latest first. */
async function attempts(month) {
  return (await api.call(CALLS.attempts, { query: { month, limit: 200 } })).items;
}

/** A position that is not the one sent just now. */
async function freshFix() {
  const fix = await position.locate().catch(offerDeclaration);
  if (isRepeated(fix)) {
    const taken = chinaTime(lastFix.captured_at);
    const message = `手机给出的还是 ${taken} 的位置，那一次已经登记，没有重复登记。如要再试，请过一分钟。`;
    throw new position.LocationTrouble("cached_fix", message);
  }
  return fix;
}

/** Without a position there is another way. */
function offerDeclaration(trouble) {
  trouble.message += "也可以改用“本人声明”。";
  throw trouble;
}

/** To send a repeated fix again would look like a forged position. */
function isRepeated(fix) {
  return (
    lastFix !== null &&
    Date.parse(fix.captured_at) - Date.parse(lastFix.captured_at) < CACHED_FIX_MS &&
    position.isSamePlace(fix, lastFix)
  );
}

module.exports = { CALLS, attempts, checkIn, declare };
