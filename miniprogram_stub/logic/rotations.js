// A rotation as lists and its page show it, and the form in which a unit asks for one.

const { candidateBodyOf, newCandidate, objectionToCandidate, qualificationOf } = require("./candidate.js");
const { addDays, chinaTime, dayText, fullDayText } = require("./days.js");
const { photoRowsOf, takenOf } = require("./photos.js");
const { GROUNDS, ROLES, ROTATION_OFFICES, ROTATION_TONES } = require("./words.js");

const SUDDEN = ["death", "arrest"];
const MOST_PROOFS = 6;
const LONGEST_AHEAD_DAYS = 366;

// -- seeing --------------------------------------------------------------------------------------

/** A rotation in a list. */
function rotationRowOf(rotation) {
  const title = `${rotation.person.name} 轮换`;
  return {
    id: rotation.id,
    title,
    place: rotation.village.name,
    change: rotation.successor ? `接替人选：${rotation.successor.name}` : "没有接替人选",
    note: rotation.waits_for ? `等待${ROTATION_OFFICES[rotation.waits_for]}审核` : "",
    state: rotation.state_text,
    tone: ROTATION_TONES[rotation.state],
    label: `${title}，${rotation.village.name}，${rotation.state_text}`,
  };
}

/** What a rotation says of itself, as pairs of name and text. */
function rotationFactsOf(rotation) {
  return [
    ["调整人员", `${rotation.person.name}（${ROLES[rotation.role] || rotation.role}）`],
    ["派驻村", rotation.village.name],
    ["派出单位", rotation.unit.name],
    ["调整原因", rotation.ground && GROUNDS[rotation.ground]],
    ["情况说明", rotation.reason],
    ["接替人选", rotation.successor && rotation.successor.name],
    ["接替人选条件", rotation.findings.join("；")],
    rotation.last_day
      ? ["在岗到", fullDayText(rotation.last_day)]
      : ["申请在岗到", fullDayText(rotation.asked_last_day)],
    ["接替人员到岗", rotation.successor_first_day && fullDayText(rotation.successor_first_day)],
    ["压茬交接", `${rotation.handover_days} 天`],
    ["审核顺序", rotation.offices.map((office) => ROTATION_OFFICES[office]).join(" → ")],
  ]
    .filter(([, text]) => text)
    .map(([name, text]) => ({ name, text }));
}

/** What happened, the first thing first, and where it stands. */
function rotationTrailOf(rotation) {
  return [
    { at: chinaTime(rotation.applied_at), text: `${rotation.unit.name}提出`, tone: "plain", words: "" },
    ...rotation.decisions.map(({ office, decision, opinion, signed_by, signed_at }) => ({
      at: chinaTime(signed_at),
      text: `${ROTATION_OFFICES[office]}${decision === "approved" ? "同意" : "不同意"}（${signed_by.name}）`,
      tone: decision === "approved" ? "good" : "bad",
      words: opinion || "",
    })),
    rotation.waits_for && { at: "现在", text: `等待${ROTATION_OFFICES[rotation.waits_for]}审核`, tone: "warn", words: "" },
    rotation.state === "withdrawn" && { at: "", text: "申请已撤回", tone: "quiet", words: "" },
  ]
    .filter(Boolean)
    .map((step, number) => ({ ...step, key: `step-${number}` }));
}

/** The proofs of a rotation as its page shows them, and how many more may be sent. */
function rotationProofsOf({ proofs, waits_for }, mayApply) {
  const taken = takenOf(proofs);
  return {
    photos: photoRowsOf(proofs),
    left: mayApply && waits_for ? Math.max(0, MOST_PROOFS - taken) : 0,
    isMissing: Boolean(waits_for) && taken === 0,
  };
}

// -- asking --------------------------------------------------------------------------------------

/** What a unit may give as a ground; death and arrest are the county's to note. */
const ASKED_GROUNDS = Object.fromEntries(Object.entries(GROUNDS).filter(([ground]) => !SUDDEN.includes(ground)));

/** An empty form. */
function newRequest(today) {
  return {
    posting_id: "",
    ground: "",
    reason: "",
    last_day: today,
    home_unit: "",
    ...newCandidate(),
  };
}

/** The form filled in with what was once to be sent. */
function requestOf({ successor, ...asked }) {
  const filled = Object.entries({ ...asked, ...successor }).map(([name, value]) => [name, value || ""]);
  return Object.fromEntries(filled);
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionToRequest(request) {
  if (!request.posting_id) return "请选择要调整的人员";
  if (!request.ground) return "请选择调整原因";
  if (!request.reason.trim()) return "请说明原因";
  return objectionToCandidate(request);
}

/** Whether there is enough for a preview. */
function canPreviewRequest(request) {
  return Boolean(request.posting_id && request.ground);
}

function askedOf({ posting_id, ground, last_day, home_unit }) {
  return { posting_id, ground, last_day, home_unit: home_unit.trim() || null };
}

/** What a preview is asked with: nothing that names the successor. */
function previewBodyOf(request) {
  return { ...askedOf(request), ...qualificationOf(request) };
}

/** The form as it is sent. */
function requestBodyOf(request) {
  return { ...askedOf(request), reason: request.reason.trim(), successor: candidateBodyOf(request) };
}

/** What the server says of a request before it is made: whether the successor qualifies, on which days, who agrees. */
function requestPreviewOf({ qualified, errors, warnings, offices, last_day, successor_first_day }) {
  return {
    title: qualified ? "接替人选符合第六条的条件" : "接替人选不符合第六条的条件",
    tone: qualified ? "good" : "bad",
    objections: errors,
    warnings,
    lines: [
      `接替人员${dayText(successor_first_day)}到岗，原人员在岗到${dayText(last_day)}（按今天批准计算）`,
      `须经${offices.map((office) => ROTATION_OFFICES[office]).join("、")}审核同意（第十八条）`,
    ],
  };
}

/** The running postings to choose from. */
function choicesOf(postings, today) {
  return postings
    .filter(({ first_day, last_day }) => first_day <= today && (last_day === null || last_day >= today))
    .map(({ posting_id, name, village, role }) => ({ id: posting_id, text: `${name}，${village.name}${ROLES[role] || role}` }));
}

/** Between which days somebody may stay on. */
function choosableDays(today) {
  return { first: today, last: addDays(today, LONGEST_AHEAD_DAYS) };
}

module.exports = {
  ASKED_GROUNDS,
  canPreviewRequest,
  choicesOf,
  choosableDays,
  newRequest,
  objectionToRequest,
  previewBodyOf,
  requestBodyOf,
  requestOf,
  requestPreviewOf,
  rotationFactsOf,
  rotationProofsOf,
  rotationRowOf,
  rotationTrailOf,
};
