// The home screen's numbers, and the month of a village or township.

const api = require("./api.js");
const memory = require("./memory.js");
const outbox = require("./outbox.js");
const { chinaDay } = require("../logic/days.js");

const CALLS = {
  today: { method: "GET", path: "/today" },
  month: { method: "GET", path: "/attendance/{month}", query: ["village", "township"] },
  enter: {
    method: "POST",
    path: "/attendance/corrections",
    body: ["client_key", "person_id", "day", "half", "day_class", "reason"],
  },
};

/** Where today, this month and this year stand. */
async function today() {
  return memory.remember("today", await api.call(CALLS.today));
}

/** The last answer of today(), or null; of another day it says nothing about this one. */
function lastToday() {
  const last = memory.recall("today");
  if (!last) return null;
  return last.day === chinaDay(new Date()) ? last : { ...last, state: "unknown", checkins: [], leave: null };
}

/** A month of everybody I may see in a village. */
function monthOfVillage(month, village) {
  return api.call(CALLS.month, { params: { month }, query: { village } });
}

/** A month of everybody in a township. */
function monthOfTownship(month, township) {
  return api.call(CALLS.month, { params: { month }, query: { township } });
}

/** Enter in the township's register what somebody's day counts as, through the outbox. */
function enter(entry) {
  return outbox.submit("entry", CALLS.enter, { body: entry });
}

module.exports = { CALLS, enter, lastToday, monthOfTownship, monthOfVillage, today };
