// The monthly sheets of villages (考勤表): where they stand, and passing them on to the stamp.

const api = require("./api.js");
const documents = require("./documents.js");

const SHEET = "/sheets/{village}/{month}";

const CALLS = {
  board: { method: "GET", path: "/sheets", query: ["month", "area"] },
  get: { method: "GET", path: SHEET },
  paper: { method: "GET", path: `${SHEET}/paper`, query: ["format"] },
  version: { method: "GET", path: `${SHEET}/versions/{number}`, query: ["format"] },
  submit: { method: "POST", path: `${SHEET}/submission` },
  witness: { method: "POST", path: `${SHEET}/witness` },
  check: { method: "POST", path: `${SHEET}/check` },
  giveBack: { method: "POST", path: `${SHEET}/return`, body: ["reason"] },
  stamp: { method: "POST", path: `${SHEET}/stamp` },
  amend: { method: "POST", path: `${SHEET}/amendment`, body: ["reason"] },
};

/** Where the sheets of an area's villages stand in a month. */
function board(month, area) {
  return api.call(CALLS.board, { query: { month, area } });
}

/** One village's sheet of a month. */
function get(village, month) {
  return api.call(CALLS.get, { params: { village, month } });
}

/** Pass a sheet on: submit, witness, check, stamp; giveBack and amend with the reason. Resolves to the sheet. */
function pass(step, village, month, reason) {
  return api.call(CALLS[step], { params: { village, month }, body: CALLS[step].body && { reason } });
}

/** Show the sheet as paper: the stamped version, or how it stands before the stamp. */
function openPaper(village, month, version) {
  const query = { format: "pdf" };
  if (!version) return documents.open(CALLS.paper, { params: { village, month }, query });
  return documents.open(CALLS.version, { params: { village, month, number: version.number }, query });
}

module.exports = { CALLS, board, get, openPaper, pass };
