// A leave as lists and its page show it: the row, the facts, the trail of what happened, what can be done now.

const { chinaTime, dayText, fullDayText } = require("./days.js");
const { photoRowsOf, takenOf } = require("./photos.js");
const { spanText } = require("./span.js");
const { CHANNELS, KINDS, LEAVE_TONES, OFFICES, ROLES, count } = require("./words.js");

const UNDECIDED = ["submitted", "oral"];
const RUNNING = ["approved", "overdue_return"];
const VOID = ["rejected", "withdrawn", "not_taken"];
const MOST_PROOFS = 3;
const HALVES = { morning: "上午", afternoon: "下午" };

/** A leave in a list; the name is shown where it is somebody else's. */
function rowOf(leave, myId) {
  const isMine = leave.person.id === myId;
  const name = isMine ? "" : `${leave.person.name} `;
  return {
    id: leave.id,
    title: `${name}${KINDS[leave.kind]} ${count(leave.counted_days)} 天`,
    span: spanText(leave),
    place: isMine ? "" : leave.village.name,
    state: leave.state_text,
    tone: LEAVE_TONES[leave.state],
    notes: notesOf(leave),
    label: `${name}${KINDS[leave.kind]}，${spanText(leave)}，${leave.state_text}`,
  };
}

/** What in a leave has to be looked at. */
function notesOf(leave) {
  return [
    leave.waits_for && `等待${OFFICES[leave.waits_for]}办理`,
    leave.papers_due_on &&
      (leave.papers_overdue
        ? `补办手续已过期限（${dayText(leave.papers_due_on)}）`
        : `请在${fullDayText(leave.papers_due_on)}前补办手续`),
    leave.state === "overdue_return" && "假期已满，尚未销假",
  ].filter(Boolean);
}

/** What a leave says of itself, as pairs of name and text. */
function factsOf(leave) {
  return [
    ["请假人", `${leave.person.name}（${ROLES[leave.role] || leave.role}）`],
    ["派驻村", leave.village.name],
    ["派出单位", leave.unit.name],
    ["时间", spanText(leave)],
    ["天数", daysText(leave)],
    ["事由", leave.reason],
    ["去向", leave.destination],
    ["工作交接人", leave.work_goes_to],
    ["审批依据", leave.clause],
    ["接替人员", standInText(leave)],
  ]
    .filter(([, text]) => text)
    .map(([name, text]) => ({ name, text }));
}

function daysText({ counted_days, chain_days }) {
  const own = `计审 ${count(counted_days)} 天`;
  return chain_days === counted_days ? own : `${own}，与前后请假连续共 ${count(chain_days)} 天`;
}

function standInText({ needs_stand_in, stand_in }) {
  if (stand_in) return stand_in.person ? stand_in.person.name : `调整岗位：${stand_in.adjustment}`;
  return needs_stand_in ? "尚未安排" : "";
}

/** What happened, the first thing first: each with its time, its words and a tone. */
function trailOf(leave) {
  return [
    { at: chinaTime(leave.submitted_at), text: leave.extends_id ? "提出续假" : "提出请假", tone: "plain", words: "" },
    consentStep(leave.consent),
    leave.papers_filed_at && { at: chinaTime(leave.papers_filed_at), text: "补办手续", tone: "plain", words: "" },
    ...leave.decisions.map(decisionStep),
    leave.stand_in && { at: chinaTime(leave.stand_in.named_at), text: standInText(leave), tone: "plain", words: "" },
    leave.waits_for && { at: "现在", text: `等待${OFFICES[leave.waits_for]}办理`, tone: "warn", words: "" },
    returnStep(leave),
  ]
    .filter(Boolean)
    .map((step, number) => ({ ...step, key: `step-${number}` }));
}

function consentStep(consent) {
  if (!consent) return null;
  return { at: chinaTime(consent.at), text: `${consent.by}${CHANNELS[consent.channel]}准假`, tone: "plain", words: "" };
}

function decisionStep({ office, is_opinion, decision, opinion, signed_by, by_delegation, signed_at }) {
  const isApproved = decision === "approved";
  const verb = is_opinion ? (isApproved ? "签署意见：同意" : "签署意见：不同意") : isApproved ? "批准" : "不同意";
  return {
    at: chinaTime(signed_at),
    text: `${OFFICES[office]}${verb}（${signed_by.name}${by_delegation ? "，受委托" : ""}）`,
    tone: isApproved ? "good" : "bad",
    words: opinion || "",
  };
}

function returnStep({ state, returned_on, returned_half }) {
  if (!returned_on) return null;
  const at = `${dayText(returned_on)}${HALVES[returned_half] || ""}`;
  return { at, text: state === "not_taken" ? "没有离村" : "已返村，销假", tone: "good", words: "" };
}

/** What somebody may do with a leave now. */
function actionsOn(leave, { myId, confirmsReturns, today }) {
  const isMine = leave.person.id === myId;
  const isRunning = RUNNING.includes(leave.state) && !leave.returned_on;
  const hasBegun = leave.first_day <= today;
  const comesBack = (isRunning || (UNDECIDED.includes(leave.state) && hasBegun && !leave.returned_on)) && (isMine || confirmsReturns);
  return {
    withdraw: isMine && UNDECIDED.includes(leave.state),
    comeBack: comesBack ? returnText(isMine, hasBegun) : "",
    extend: isMine && isRunning,
    filePapers: isMine && leave.state === "oral",
  };
}

function returnText(isMine, hasBegun) {
  if (!hasBegun) return isMine ? "不去了" : "确认没有离村";
  return isMine ? "销假：我已返村" : "确认已返村";
}

/** The proofs of a leave as its page shows them, and how many more may be sent. */
function proofsOf({ proofs, state, person }, myId) {
  const mayAdd = person.id === myId && !VOID.includes(state);
  return {
    photos: photoRowsOf(proofs),
    left: mayAdd ? Math.max(0, MOST_PROOFS - takenOf(proofs)) : 0,
  };
}

module.exports = { actionsOn, factsOf, notesOf, proofsOf, rowOf, trailOf };
