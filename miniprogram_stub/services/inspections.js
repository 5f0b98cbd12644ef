// 督查: opening a village, calling the roll, the inspector's word on whoever the answer does not show, what was found;
// and the mandates that send inspectors out.

const api = require("./api.js");
const outbox = require("./outbox.js");
const { chinaDay } = require("../logic/days.js");

const CALLS = {
  list: { method: "GET", path: "/inspections", query: ["cursor"] },
  get: { method: "GET", path: "/inspections/{inspection_id}" },
  open: { method: "POST", path: "/inspections", body: ["client_key", "village_id"] },
  callRoll: { method: "POST", path: "/inspections/{inspection_id}/roll-calls", body: ["client_key"] },
  giveWord: {
    method: "POST",
    path: "/roll-calls/{roll_call_id}/people/{person_id}/word",
    body: ["present", "note"],
  },
  find: {
    method: "POST",
    path: "/inspections/{inspection_id}/findings",
    body: ["client_key", "person_id", "kind", "description"],
  },
  mandates: { method: "GET", path: "/mandates" },
  giveMandate: {
    method: "POST",
    path: "/mandates",
    body: ["name", "phone", "area_id", "first_day", "last_day", "document_no"],
  },
  endMandate: { method: "DELETE", path: "/mandates/{mandate_id}" },
  addPhoto: { method: "POST", path: "/findings/{finding_id}/photos", body: ["client_key", "photo"] },
};

/** A page of the inspections I may see, the latest first. */
function list(cursor = null) {
  return api.call(CALLS.list, { query: { cursor } });
}

/** One inspection: the situation it found, its roll-calls with who has answered. */
function get(inspectionId) {
  return api.call(CALLS.get, { params: { inspection_id: inspectionId } });
}

/** Begin to inspect a village today; resolves to the inspection. */
function open(villageId) {
  const name = `inspection:${villageId}:${chinaDay(new Date())}`;
  return outbox.sendNow(CALLS.open, { name, body: { village_id: villageId } });
}

/** Call the roll after so many earlier roll-calls of the inspection. */
function callRoll(inspectionId, earlier) {
  const name = `roll-call:${inspectionId}:${earlier}`;
  return outbox.sendNow(CALLS.callRoll, { name, params: { inspection_id: inspectionId } });
}

/** Say whether somebody called is there. */
function giveWord(rollCallId, personId, present, note) {
  const params = { roll_call_id: rollCallId, person_id: personId };
  return api.call(CALLS.giveWord, { params, body: { present, note } });
}

/** Write down what was found about somebody, at the hour the server takes it; resolves to the finding. */
function find(inspectionId, finding) {
  const name = `finding:${inspectionId}:${JSON.stringify(finding)}`;
  return outbox.sendNow(CALLS.find, { name, params: { inspection_id: inspectionId }, body: finding });
}

/** Send photos of a finding of mine, through the outbox; they go on behind. */
function sendPhotos(findingId, files) {
  outbox.putPhotos(CALLS.addPhoto, { params: { finding_id: findingId }, files });
  return outbox.send();
}

/** Who inspects in the name of my level, where and until when. */
function mandates() {
  return api.call(CALLS.mandates);
}

/** Send somebody to inspect an area between two days, under a document. */
function giveMandate(mandate) {
  return api.call(CALLS.giveMandate, { body: mandate });
}

/** Take a mandate back; one that began today runs out tonight. */
function endMandate(mandateId) {
  return api.call(CALLS.endMandate, { params: { mandate_id: mandateId } });
}

module.exports = {
  CALLS,
  callRoll,
  endMandate,
  find,
  get,
  giveMandate,
  giveWord,
  list,
  mandates,
  open,
  sendPhotos,
};
