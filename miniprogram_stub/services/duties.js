// What the offices and units owe again and again (Articles 14, 15, 26, 28), and telling that it was seen to.

const api = require("./api.js");
const outbox = require("./outbox.js");

const CALLS = {
  list: { method: "GET", path: "/duties", query: ["area", "unit", "subject", "standing", "limit", "cursor"] },
  record: {
    method: "POST",
    path: "/duties/events",
    body: ["client_key", "duty", "day", "note", "area", "unit", "people", "amount_fen"],
  },
  get: { method: "GET", path: "/duties/events/{event_id}" },
  addPhoto: { method: "POST", path: "/duties/events/{event_id}/photos", body: ["client_key", "photo"] },
  withdraw: {
    method: "POST",
    path: "/duties/events/{event_id}/corrections",
    body: ["client_key", "reason", "is_withdrawn"],
  },
};

const MOST = 200;

/** A page of the duties of an `area` or a dispatching `unit`; `standing`: only those of which a period stands so. */
function list(place, { subject = null, standing = null, limit = null, cursor = null }) {
  return api.call(CALLS.list, { query: { [place.kind]: place.id, subject, standing, limit, cursor } });
}

/** All duties of an area's units (`unit`) or people (`person`). */
async function allOf(area, subject, standing = null) {
  const found = [];
  let cursor = null;
  do {
    const page = await list({ kind: "area", id: area }, { subject, standing, limit: MOST, cursor });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

/** Tell that a duty was seen to, through the outbox. */
function record(report) {
  return outbox.submit("duty", CALLS.record, { body: report });
}

/** One event: all that was told of it, and its photos. */
function get(eventId) {
  return api.call(CALLS.get, { params: { event_id: eventId } });
}

/** Send photos of an event, through the outbox; they go on behind. */
function sendPhotos(eventId, files) {
  outbox.putPhotos(CALLS.addPhoto, { params: { event_id: eventId }, files });
  return outbox.send();
}

/** Withdraw an event told wrongly, with the reason; what was told stays on record. */
function withdraw(eventId, reason) {
  const name = `duty-withdrawal:${eventId}:${reason}`;
  return outbox.sendNow(CALLS.withdraw, { name, params: { event_id: eventId }, body: { reason, is_withdrawn: true } });
}

module.exports = { CALLS, allOf, get, list, record, sendPhotos, withdraw };
