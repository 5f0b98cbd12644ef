// Rotations (轮换): a unit asks for somebody of its people to be changed for another, office by office agrees.

const api = require("./api.js");
const outbox = require("./outbox.js");

const SUCCESSOR = ["full_member_since", "working_since", "grade"];
const ASKED = ["posting_id", "ground", "last_day", "home_unit"];

const CALLS = {
  roster: { method: "GET", path: "/roster", query: ["limit", "cursor"] },
  preview: { method: "POST", path: "/rotations/preview", body: [...ASKED, ...SUCCESSOR] },
  ask: {
    method: "POST",
    path: "/rotations",
    body: ["client_key", "reason", ...ASKED, ...["name", "phone", ...SUCCESSOR].map((name) => `successor.${name}`)],
  },
  addProof: { method: "POST", path: "/rotations/{rotation_id}/proofs", body: ["client_key", "photo"] },
  list: { method: "GET", path: "/rotations", query: ["state", "cursor"] },
  get: { method: "GET", path: "/rotations/{rotation_id}" },
  withdraw: { method: "POST", path: "/rotations/{rotation_id}/withdrawal" },
  decide: { method: "POST", path: "/rotations/{rotation_id}/decisions", body: ["decision", "opinion"] },
};
const MOST = 200;

// -- asking --------------------------------------------------------------------------------------

/** The postings of my unit's people. */
async function postings() {
  const found = [];
  let cursor = null;
  do {
    const page = await api.call(CALLS.roster, { query: { limit: MOST, cursor } });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

/** What would become of a request, and whether Article 6 takes the successor; nothing is written. */
function preview(asked) {
  return api.call(CALLS.preview, { body: asked });
}

/** Ask for a rotation, through the outbox; `mends` names a refused request that is asked anew. */
function ask(request, mends = "") {
  return outbox.submit("rotation", CALLS.ask, { body: request, mends });
}

/** Send photos of the proofs (相关证明材料), through the outbox; they go on behind. */
function sendProofs(rotationId, files) {
  outbox.putPhotos(CALLS.addProof, { params: { rotation_id: rotationId }, files });
  return outbox.send();
}

/** Take a request back. */
function withdraw(rotationId) {
  return api.call(CALLS.withdraw, { params: { rotation_id: rotationId } });
}

// -- seeing and deciding -------------------------------------------------------------------------

/** A page of the rotations I may see, the latest first. */
function list({ state = null, cursor = null } = {}) {
  return api.call(CALLS.list, { query: { state, cursor } });
}

/** One rotation with what the offices said. */
function get(rotationId) {
  return api.call(CALLS.get, { params: { rotation_id: rotationId } });
}

/** Agree or not, with the office's opinion; resolves to the rotation. */
function decide(rotationId, decision, opinion) {
  return api.call(CALLS.decide, { params: { rotation_id: rotationId }, body: { decision, opinion } });
}

module.exports = { CALLS, ask, decide, get, list, postings, preview, sendProofs, withdraw };
