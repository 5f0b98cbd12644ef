// Leave: asking, seeing what became of it, coming back; and deciding, for those who sign for an office.

const api = require("./api.js");
const documents = require("./documents.js");
const memory = require("./memory.js");
const outbox = require("./outbox.js");

const CONSENT = ["consent.by", "consent.at", "consent.channel"];
const DRAFT = [
  "kind",
  "first_day",
  "first_half",
  "last_day",
  "last_half",
  "reason",
  "destination",
  "work_goes_to",
  ...CONSENT,
];

const CALLS = {
  preview: { method: "POST", path: "/leaves/preview", body: DRAFT },
  ask: { method: "POST", path: "/leaves", body: ["client_key", ...DRAFT] },
  list: { method: "GET", path: "/leaves", query: ["state", "cursor"] },
  get: { method: "GET", path: "/leaves/{leave_id}" },
  slip: { method: "GET", path: "/leaves/{leave_id}/slip" },
  withdraw: { method: "POST", path: "/leaves/{leave_id}/withdrawal" },
  comeBack: { method: "POST", path: "/leaves/{leave_id}/return", body: ["day", "half"] },
  extend: {
    method: "POST",
    path: "/leaves/{leave_id}/extension",
    body: ["client_key", "last_day", "last_half", "reason", ...CONSENT],
  },
  filePapers: {
    method: "POST",
    path: "/leaves/{leave_id}/paperwork",
    body: ["reason", "destination", "work_goes_to"],
  },
  addProof: { method: "POST", path: "/leaves/{leave_id}/proofs", body: ["client_key", "photo"] },
  adjustPost: { method: "POST", path: "/leaves/{leave_id}/stand-in", body: ["adjustment"] },
  approvals: { method: "GET", path: "/approvals", query: ["limit", "cursor"] },
  decide: { method: "POST", path: "/leaves/{leave_id}/decisions", body: ["decision", "opinion"] },
  decideSeveral: {
    method: "POST",
    path: "/approvals/decisions",
    body: ["leave_ids", "decision", "opinion"],
  },
  delegations: { method: "GET", path: "/delegations" },
  deputies: { method: "GET", path: "/delegations/deputies" },
  delegate: {
    method: "POST",
    path: "/delegations",
    body: ["office", "deputy_id", "first_day", "last_day", "document_no"],
  },
  endDelegation: { method: "DELETE", path: "/delegations/{delegation_id}" },
};

// -- asking --------------------------------------------------------------------------------------

/** What would become of a request; nothing is written. */
function preview(draft) {
  return api.call(CALLS.preview, { body: draft });
}

/** Ask for leave, through the outbox; `mends` names a refused request that is asked anew. */
function ask(draft, mends = "") {
  return outbox.submit("leave", CALLS.ask, { body: draft, mends });
}

/** Ask for more days (续假), through the outbox. */
function extend(leaveId, extension) {
  return outbox.submit("extension", CALLS.extend, { params: { leave_id: leaveId }, body: extension });
}

/** File the papers of a leave agreed by phone (补办). */
function filePapers(leaveId, papers) {
  return api.call(CALLS.filePapers, { params: { leave_id: leaveId }, body: papers });
}

/** Send photos that prove a leave (证明材料), through the outbox; they go on behind. */
function sendProofs(leaveId, files) {
  outbox.putPhotos(CALLS.addProof, { params: { leave_id: leaveId }, files });
  return outbox.send();
}

/** Take a request back. */
function withdraw(leaveId) {
  return api.call(CALLS.withdraw, { params: { leave_id: leaveId } });
}

/** Say that somebody is back (销假): now, or `since` a half of a day. */
function comeBack(leaveId, since = {}) {
  return api.call(CALLS.comeBack, { params: { leave_id: leaveId }, body: since });
}

// -- seeing --------------------------------------------------------------------------------------

/** A page of the leaves I may see, the latest first; the first page of all is kept for when there is no network. */
async function list({ state = null, cursor = null } = {}) {
  const page = await api.call(CALLS.list, { query: { state, cursor } });
  return state || cursor ? page : memory.remember("leaves", page);
}

/** The last first page of list(), or null. */
function lastList() {
  return memory.recall("leaves");
}

/** One leave with what the offices said. */
function get(leaveId) {
  return api.call(CALLS.get, { params: { leave_id: leaveId } });
}

/** Show the leave slip (请销假审批表). */
function openSlip(leaveId) {
  return documents.open(CALLS.slip, { params: { leave_id: leaveId } });
}

// -- deciding ------------------------------------------------------------------------------------

/** A page of what waits for my office, the longest waiting first. */
function approvals({ cursor = null, limit = null } = {}) {
  return api.call(CALLS.approvals, { query: { cursor, limit } });
}

/** One of those that wait for my office; null once it waits no more. */
async function approval(leaveId) {
  let cursor = null;
  do {
    const page = await approvals({ cursor, limit: 200 });
    const found = page.items.find(({ id }) => id === leaveId);
    if (found) return found;
    cursor = page.next_cursor;
  } while (cursor);
  return null;
}

/** Agree or not, with the office's opinion; resolves to the leave. */
function decide(leaveId, decision, opinion) {
  return api.call(CALLS.decide, { params: { leave_id: leaveId }, body: { decision, opinion } });
}

/** Decide several alike; resolves to what became of each. */
function decideSeveral(leaveIds, decision, opinion) {
  return api.call(CALLS.decideSeveral, { body: { leave_ids: leaveIds, decision, opinion } });
}

/** Note for the leading group that the post is adjusted instead of a stand-in sent (视情调整). */
function adjustPost(leaveId, adjustment) {
  return api.call(CALLS.adjustPost, { params: { leave_id: leaveId }, body: { adjustment } });
}

/** Who may sign for the offices of my area. */
function delegations() {
  return api.call(CALLS.delegations);
}

/** Whom I may let sign for my offices. */
function deputies() {
  return api.call(CALLS.deputies);
}

/** Let a deputy sign for an office of mine between two days, under a document. */
function delegate(delegation) {
  return api.call(CALLS.delegate, { body: delegation });
}

/** Take a delegation back. */
function endDelegation(delegationId) {
  return api.call(CALLS.endDelegation, { params: { delegation_id: delegationId } });
}

module.exports = {
  CALLS,
  adjustPost,
  approval,
  approvals,
  ask,
  comeBack,
  decide,
  decideSeveral,
  delegate,
  delegations,
  deputies,
  endDelegation,
  extend,
  filePapers,
  get,
  lastList,
  list,
  openSlip,
  preview,
  sendProofs,
  withdraw,
};
