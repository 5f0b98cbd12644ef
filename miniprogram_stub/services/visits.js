// Households, the visits they are owed, visits with their photos, problems until they are settled, the quarter.

const api = require("./api.js");
const memory = require("./memory.js");
const outbox = require("./outbox.js");
const position = require("./position.js");

const CALLS = {
  households: { method: "GET", path: "/households", query: ["cursor"] },
  household: { method: "GET", path: "/households/{household_id}", query: ["reason"] },
  due: { method: "GET", path: "/visits/due", query: ["quarter", "latitude_deg", "longitude_deg", "datum"] },
  quarter: { method: "GET", path: "/visits/quarter", query: ["quarter", "area", "by"] },
  list: { method: "GET", path: "/visits", query: ["household", "mine", "cursor"] },
  get: { method: "GET", path: "/visits/{visit_id}" },
  record: {
    method: "POST",
    path: "/visits",
    body: [
      "client_key",
      "household_id",
      "occurred_at",
      "way",
      "note",
      "photos_expected",
      "problems",
      "content.present",
      "content.needs",
      "content.helped",
      "content.reported",
      "content.next_visit_on",
      "content.checklist.*",
      "content.topics.*",
    ],
  },
  correct: {
    method: "POST",
    path: "/visits/{visit_id}/corrections",
    body: ["client_key", "reason", "note", "withdrawn"],
  },
  release: { method: "POST", path: "/visits/{visit_id}/release", body: ["reason", "photo_id"] },
  addPhoto: { method: "POST", path: "/visits/{visit_id}/photos", body: ["client_key", "photo"] },
  problems: { method: "GET", path: "/problems", query: ["household", "state", "cursor"] },
  problem: { method: "GET", path: "/problems/{problem_id}" },
  takeStep: {
    method: "POST",
    path: "/problems/{problem_id}/steps",
    body: ["client_key", "kind", "note", "responsible", "due_on"],
  },
};

// -- households ----------------------------------------------------------------------------------

/** A page of the households I reach, the highest risk first; the first page is kept for when there is no network. */
async function households(cursor = null) {
  const page = await api.call(CALLS.households, { query: { cursor } });
  return cursor ? page : memory.remember("households", page);
}

/** The last first page of households(), or null. */
function lastHouseholds() {
  return memory.recall("households");
}

/** What is known of a household in a few words, from the lists kept on the phone; null where none names it. */
function briefOf(householdId) {
  const due = memory.recall("due");
  const known = [...(lastHouseholds() || { items: [] }).items, ...(due ? due.items.map(({ household }) => household) : [])];
  return known.find(({ id }) => id === householdId) || null;
}

/** One household in full, for a reason; that I looked is put on record. */
function readHousehold(householdId, reason) {
  return api.call(CALLS.household, { params: { household_id: householdId }, query: { reason } });
}

// -- what is owed --------------------------------------------------------------------------------

/** The visits I still owe in a quarter; the last answer is kept for when there is no network. */
async function due(quarter) {
  return memory.remember("due", await api.call(CALLS.due, { query: { quarter } }));
}

/** The last answer of due() for a quarter, or null. */
function lastDue(quarter) {
  const last = memory.recall("due");
  return last && last.quarter === quarter ? last : null;
}

/** The same, the nearest first: takes the position once, to about a kilometre. */
async function dueByDistance(quarter) {
  const near = await position.locateRoughly();
  return api.call(CALLS.due, { query: { quarter, ...near } });
}

/** A quarter in numbers, of an area and of what lies below it. */
function quarterOf(quarter, area, by = null) {
  return api.call(CALLS.quarter, { query: { quarter, area, by } });
}

// -- visits --------------------------------------------------------------------------------------

/** Record a visit with its photos, through the outbox; `replaces` names one that was refused and is told anew. */
function record(visit, files, replaces = "") {
  const photos = { declared: CALLS.addPhoto, files };
  const body = { ...visit, photos_expected: files.length };
  return outbox.putAndSend("visit", CALLS.record, { body, photos, replaces });
}

/** A page of the visits to a household. */
function visitsTo(householdId, cursor = null) {
  return api.call(CALLS.list, { query: { household: householdId, cursor } });
}

/** A page of my visits. */
function mine(cursor = null) {
  return api.call(CALLS.list, { query: { mine: true, cursor } });
}

/** One visit with all that was told, its photos and problems. */
function get(visitId) {
  return api.call(CALLS.get, { params: { visit_id: visitId } });
}

/** Tell a visit anew or withdraw it, with the reason, through the outbox; what was told stays on record. */
function correct(visitId, correction) {
  return outbox.submit("correction", CALLS.correct, { params: { visit_id: visitId }, body: correction });
}

/** Let others see the texts of a visit, or one of its photos, that WeChat holds for risky; the reason stays on record. */
function release(visitId, reason, photoId = null) {
  return api.call(CALLS.release, { params: { visit_id: visitId }, body: { reason, photo_id: photoId } });
}

// -- problems ------------------------------------------------------------------------------------

/** A page of problems, the oldest first: of one household, or of all I see. */
function problems({ household = null, state = null, cursor = null } = {}) {
  return api.call(CALLS.problems, { query: { household, state, cursor } });
}

/** One problem and the steps taken. */
function problem(problemId) {
  return api.call(CALLS.problem, { params: { problem_id: problemId } });
}

/** Say who sees to it by when, what was done, or that it is settled; through the outbox. */
function takeStep(problemId, step) {
  return outbox.submit("step", CALLS.takeStep, { params: { problem_id: problemId }, body: step });
}

module.exports = {
  CALLS,
  briefOf,
  correct,
  due,
  dueByDistance,
  get,
  households,
  lastDue,
  lastHouseholds,
  mine,
  problem,
  problems,
  quarterOf,
  readHousehold,
  record,
  release,
  takeStep,
  visitsTo,
};
