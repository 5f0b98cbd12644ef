// What inspections and recalls have to do with me: roll-calls to answer, findings, warnings, recalls.

const api = require("./api.js");
const memory = require("./memory.js");
const outbox = require("./outbox.js");
const position = require("./position.js");

const CALLS = {
  mine: { method: "GET", path: "/oversight/mine" },
  answerRollCall: {
    method: "POST",
    path: "/roll-calls/{roll_call_id}/answers",
    body: ["client_key", ...position.SENT, "time_ticket", "note"],
  },
  finding: { method: "GET", path: "/findings/{finding_id}" },
  answerFinding: { method: "POST", path: "/findings/{finding_id}/answer", body: ["text"] },
  recall: { method: "GET", path: "/recalls/{recall_id}" },
  answerRecall: { method: "POST", path: "/recalls/{recall_id}/answer", body: ["text"] },
  decideFinding: { method: "POST", path: "/findings/{finding_id}/decision", body: ["confirms", "reason"] },
  decideProposal: {
    method: "POST",
    path: "/proposals/{proposal_id}/decision",
    body: ["confirms", "reason", "document_no"],
  },
  decideRecall: { method: "POST", path: "/recalls/{recall_id}/decision", body: ["upholds", "reason"] },
  urgeRecall: { method: "POST", path: "/recalls/{recall_id}/urging", body: ["document_no"] },
  recalls: { method: "GET", path: "/recalls", query: ["state", "cursor"] },
  depart: { method: "POST", path: "/recalls/{recall_id}/departure", body: ["last_day"] },
  nameSuccessor: {
    method: "POST",
    path: "/recalls/{recall_id}/successor",
    body: ["name", "phone", "full_member_since", "working_since", "grade", "first_day"],
  },
};

/** What concerns me, the latest first; the roll-calls are kept for when there is no network. */
async function mine() {
  const found = await api.call(CALLS.mine);
  memory.remember("roll_calls", found.roll_calls);
  return found;
}

// -- roll-calls ----------------------------------------------------------------------------------

/** The roll-calls of the last answer of mine(). */
function lastRollCalls() {
  return memory.recall("roll_calls") || [];
}

/** Answer a roll-call from where I stand; `{item, answer}`, `{item, error}`, or `{item}` while it waits. */
async function answerFromHere(rollCallId) {
  return answerRollCall(rollCallId, await position.locate(), "");
}

/** Answer a roll-call in words, without a position; the inspector then says. */
function answerInWords(rollCallId, note) {
  return answerRollCall(rollCallId, null, note);
}

function answerRollCall(rollCallId, fix, note) {
  const body = { fix, note, time_ticket: api.person() && api.ticket() };
  const sent = outbox.putAndSend("roll_call", CALLS.answerRollCall, { params: { roll_call_id: rollCallId }, body });
  if (body.time_ticket) api.dropTicket();
  return sent;
}

/** The server has my answer: what is kept of its roll-call says so too. */
function noteAnswer({ roll_call_id, answered_at }) {
  memory.remember("roll_calls", lastRollCalls().map((each) => (each.id === roll_call_id ? { ...each, answered_at } : each)));
}

/** Whether an item of the outbox is an answer to a roll-call. */
function isAnswerTo(rollCallId, { path }) {
  return path === api.addressOf(CALLS.answerRollCall, { roll_call_id: rollCallId });
}

/** My answer to a roll-call that the server does not have yet; null without one. */
function waitingAnswer(rollCallId) {
  return outbox.items().find((item) => isAnswerTo(rollCallId, item) && item.state === "waiting") || null;
}

// -- findings and recalls ------------------------------------------------------------------------

/** One finding, with what was said of it as far as I may read it. */
function finding(findingId) {
  return api.call(CALLS.finding, { params: { finding_id: findingId } });
}

/** Say once what there is to say to a finding about me; resolves to the finding. */
function answerFinding(findingId, text) {
  return api.call(CALLS.answerFinding, { params: { finding_id: findingId }, body: { text } });
}

/** One recall, with each step taken. */
function recall(recallId) {
  return api.call(CALLS.recall, { params: { recall_id: recallId } });
}

/** Say once what there is to say to my own recall; resolves to the recall. */
function answerRecall(recallId, text) {
  return api.call(CALLS.answerRecall, { params: { recall_id: recallId }, body: { text } });
}

// -- the word of an office -----------------------------------------------------------------------

/** Confirm a finding, or lift it, for the office of its level. */
function decideFinding(findingId, confirms, reason) {
  return api.call(CALLS.decideFinding, { params: { finding_id: findingId }, body: { confirms, reason } });
}

/** Take a proposal of Article 21 up under a document, or drop it, for the city. */
function decideProposal(proposalId, confirms, reason, documentNo) {
  const body = { confirms, reason, document_no: documentNo };
  return api.call(CALLS.decideProposal, { params: { proposal_id: proposalId }, body });
}

/** Decide a recall for the county's leading group. */
function decideRecall(recallId, upholds, reason) {
  return api.call(CALLS.decideRecall, { params: { recall_id: recallId }, body: { upholds, reason } });
}

/** Urge the unit to call somebody back, under a document. */
function urgeRecall(recallId, documentNo) {
  return api.call(CALLS.urgeRecall, { params: { recall_id: recallId }, body: { document_no: documentNo } });
}

// -- the dispatching unit ------------------------------------------------------------------------

/** A page of the recalls I may see, the latest first. */
function recalls({ state = null, cursor = null } = {}) {
  return api.call(CALLS.recalls, { query: { state, cursor } });
}

/** The recalls that wait for my unit: for the last day, or for the successor. */
async function recallsToCarryOut() {
  const pages = await Promise.all(["urged", "recalled"].map((state) => recalls({ state })));
  return pages.flatMap(({ items }) => items);
}

/** Call somebody back for the unit: the posting ends on the day. */
function depart(recallId, lastDay) {
  return api.call(CALLS.depart, { params: { recall_id: recallId }, body: { last_day: lastDay } });
}

/** Name who comes in place of the recalled, and from when on; resolves to the recall. */
function nameSuccessor(recallId, successor) {
  return api.call(CALLS.nameSuccessor, { params: { recall_id: recallId }, body: successor });
}

module.exports = {
  CALLS,
  answerFinding,
  answerFromHere,
  answerInWords,
  answerRecall,
  decideFinding,
  decideProposal,
  decideRecall,
  depart,
  finding,
  isAnswerTo,
  lastRollCalls,
  mine,
  nameSuccessor,
  noteAnswer,
  recall,
  recalls,
  recallsToCarryOut,
  urgeRecall,
  waitingAnswer,
};
