// Roll-calls, findings, warnings and recalls as home, lists and their pages show them.

const { addDays, chinaClock, chinaDay, chinaTime, dayText, fullDayText } = require("./days.js");
const { photoRowsOf, takenOf } = require("./photos.js");
const { FINDING_KINDS, FINDING_STATES, INSPECTION_LEVELS, OFFICES, OUTCOMES, RECALL_STATES, ROLES, villageText } = require("./words.js");

const MINUTE_MS = 60000;
const MOST_PHOTOS = 9;
const UNDECIDED = ["found", "answered"];

/** What a dispatching unit does once it is urged, by the state of the recall. */
const UNIT_STEPS = {
  urged: { name: "departure", text: "召回待登记最后一天" },
  recalled: { name: "successor", text: "召回待确定接替人员" },
};

// -- roll-calls ----------------------------------------------------------------------------------

/** The roll-calls that still run and that I have not answered. */
function openCalls(rollCalls, now) {
  return rollCalls.filter((each) => !each.answered_at && isRunning(each, now));
}

function isRunning({ due_at }, now) {
  return Date.parse(due_at) > now.getTime();
}

/** What a roll-call asks of me now, or what has become of it: title, its state in a word, lines, tone. */
function rollCallOf(rollCall, now) {
  const { village, called_at, due_at, answered_at } = rollCall;
  const called = `${village.name}，${chinaTime(called_at)}点名`;
  if (answered_at) return { title: "已应答", state: "已应答", lines: [called, `${chinaTime(answered_at)}应答`], tone: "good" };
  if (!isRunning(rollCall, now)) {
    const lines = [called, "现在仍可应答，会注明“迟答”。"];
    return { title: "已过应答时间", state: "未应答", lines, tone: "bad" };
  }
  const minutes = Math.ceil((Date.parse(due_at) - now.getTime()) / MINUTE_MS);
  const lines = [called, `还剩 ${minutes} 分钟`];
  return { title: `请在 ${chinaClock(due_at)} 前应答点名`, state: "待应答", lines, tone: "bad" };
}

/** What the server said of an answer to a roll-call. */
function ofRollCallAnswer({ outcome, message }) {
  const { word, tone } = OUTCOMES[outcome];
  return { title: word, lines: [message], tone, wayOut: "" };
}

// -- what waits for me ---------------------------------------------------------------------------

/** What home lists of it: roll-calls whose time is over, and what I may still say something to. */
function oversightWaits({ roll_calls, findings, recalls }, now) {
  const missed = roll_calls.filter((each) => !each.answered_at && !isRunning(each, now));
  return [
    waitOf("点名还没有应答", missed, ({ id }) => `/pages/oversight/roll_call?id=${id}`),
    waitOf("督查记录待您说明", findings.filter(awaitsFindingAnswer), ({ id }) => caseUrl("finding", id)),
    waitOf("召回待您说明", recalls.filter(awaitsRecallAnswer), ({ id }) => caseUrl("recall", id)),
  ].filter(Boolean);
}

/** What home lists of the recalls that a unit carries out. */
function unitWaits(recalls, myId) {
  return Object.values(UNIT_STEPS)
    .map((step) => {
      const found = recalls.filter((recall) => unitStepOf(recall, myId) === step);
      return waitOf(step.text, found, ({ id }) => caseUrl("recall", id), "/pages/recalls/list");
    })
    .filter(Boolean);
}

/** What of a recall is the unit's to do next; null where nothing is, or where it is one's own recall. */
function unitStepOf({ state, person }, myId) {
  return person.id === myId ? null : UNIT_STEPS[state] || null;
}

/** One leads to its page, several to the list. */
function waitOf(text, found, urlOf, listUrl = "/pages/oversight/mine") {
  if (!found.length) return null;
  return { text, state: `${found.length}件`, url: found.length === 1 ? urlOf(found[0]) : listUrl };
}

function caseUrl(about, id) {
  return `/pages/oversight/case?about=${about}&id=${id}`;
}

function awaitsFindingAnswer({ state }) {
  return state === "found";
}

function awaitsRecallAnswer({ state, answered_at }) {
  return state === "proposed" && !answered_at;
}

function deadlineText(lastDay, today) {
  if (today > lastDay) return `说明期限（${dayText(lastDay)}）已过，办结前仍可说明`;
  return `请在${fullDayText(lastDay)}前说明`;
}

// -- lists ---------------------------------------------------------------------------------------

function rollCallRowOf(rollCall, now) {
  const { state, tone } = rollCallOf(rollCall, now);
  return {
    key: rollCall.id,
    url: `/pages/oversight/roll_call?id=${rollCall.id}`,
    title: `${rollCall.village.name} ${chinaTime(rollCall.called_at)}`,
    notes: [],
    state,
    tone,
  };
}

function findingRowOf(finding, now) {
  const { word, tone } = FINDING_STATES[finding.state];
  return {
    key: finding.id,
    url: caseUrl("finding", finding.id),
    title: `${dayText(finding.day)} ${FINDING_KINDS[finding.kind]}`,
    notes: [inspectionText(finding), awaitsFindingAnswer(finding) && deadlineText(finding.answer_due_on, chinaDay(now))].filter(Boolean),
    state: word,
    tone,
  };
}

function inspectionText({ level, village }) {
  return `${INSPECTION_LEVELS[level]}督查，${village.name}`;
}

function recallRowOf(recall, now) {
  const { word, tone } = RECALL_STATES[recall.state];
  return {
    key: recall.id,
    url: caseUrl("recall", recall.id),
    title: `${dayText(chinaDay(recall.proposed_at))} ${recall.village.name}`,
    notes: awaitsRecallAnswer(recall) ? [deadlineText(recall.answer_due_on, chinaDay(now))] : [],
    state: word,
    tone,
  };
}

/** A recall in the list of the unit, with what the unit has to do next. */
function unitRecallRowOf(recall, myId) {
  const { id, person, village, township } = recall;
  const { word, tone } = RECALL_STATES[recall.state];
  const step = unitStepOf(recall, myId);
  const place = villageText(village, township);
  return {
    id,
    title: `${person.name} 召回`,
    place,
    url: caseUrl("recall", id),
    note: step ? step.text : "",
    state: word,
    tone,
    label: `${person.name} 召回，${place}，${word}`,
  };
}

function warningOf({ id, day, text, document_no }) {
  return { id, day: dayText(day), text, document: document_no || "" };
}

// -- one finding, one recall ---------------------------------------------------------------------

/** A finding as its page shows it to somebody. */
function findingCase(finding, myId, now) {
  const isMine = finding.person.id === myId;
  const { word, tone } = FINDING_STATES[finding.state];
  const mayAnswer = isMine && awaitsFindingAnswer(finding);
  return {
    title: word,
    tone,
    deadline: mayAnswer ? deadlineText(finding.answer_due_on, chinaDay(now)) : "",
    facts: factsOf([
      ["督查", inspectionText(finding)],
      ["人员", isMine ? "" : finding.person.name],
      ["时间", chinaTime(finding.found_at)],
      ["情形", FINDING_KINDS[finding.kind]],
      ["记录", finding.description],
      ["本人说明期限", !isMine && awaitsFindingAnswer(finding) ? fullDayText(finding.answer_due_on) : ""],
    ]),
    photos: photoRowsOf(finding.photos),
    trail: trailOf([
      [finding.found_at, "督查人员记录", ""],
      [finding.answered_at, finding.answered_late ? "本人说明（已过期限）" : "本人说明", finding.answer],
      [finding.decided_at, word, finding.reason],
    ]),
    mayAnswer,
  };
}

/** How many more photos its inspector may add to a finding: on its day, until it is decided. */
function photosLeftOf({ day, state, photos }, now) {
  const isOpen = day === chinaDay(now) && UNDECIDED.includes(state);
  return isOpen ? Math.max(0, MOST_PHOTOS - takenOf(photos)) : 0;
}

/** A recall as its page shows it to somebody. */
function recallCase(recall, myId, now) {
  const isMine = recall.person.id === myId;
  const { word, tone } = RECALL_STATES[recall.state];
  const mayAnswer = isMine && awaitsRecallAnswer(recall);
  const decision = recall.state === "not_upheld" ? "审定：不予召回" : "审定：同意召回";
  return {
    title: word,
    tone,
    deadline: mayAnswer ? deadlineText(recall.answer_due_on, chinaDay(now)) : "",
    facts: factsOf([
      ["人员", isMine ? "" : recall.person.name],
      ["职务", ROLES[recall.role]],
      ["派驻村", villageText(recall.village, recall.township)],
      ["派出单位", recall.unit.name],
      ["召回情形", recall.clause],
      ["提出的理由", recall.reason],
    ]),
    photos: [],
    trail: trailOf([
      [recall.proposed_at, `${OFFICES.township}提出召回`, ""],
      [recall.answered_at, "本人说明", recall.answer],
      [recall.decided_at, `${OFFICES.county_group}${decision}`, recall.reason_of_decision],
      [recall.urged_at, "督促派出单位召回", recall.urging_document_no],
      [recall.recalled_at, recall.last_day ? `派出单位召回，最后一天${dayText(recall.last_day)}` : "", ""],
      [recall.replaced_at, "接替人员已到任", ""],
    ]),
    mayAnswer,
  };
}

/** Whom a successor follows, and the earliest day to come: after the last day of the recalled, not before today. */
function successionOf({ person, role, village, township, last_day, state }, today) {
  const next = last_day ? addDays(last_day, 1) : today;
  return {
    title: `接替 ${person.name}`,
    place: `${villageText(village, township)}，${ROLES[role]}`,
    earliest: next > today ? next : today,
    isOpen: state === "recalled",
  };
}

function factsOf(pairs) {
  return pairs.filter(([, text]) => text).map(([name, text]) => ({ name, text }));
}

/** The steps that were taken, the first one first. */
function trailOf(steps) {
  const taken = steps.filter(([at]) => at);
  return taken.map(([at, text, words], number) => ({ key: `step-${number}`, at: chinaTime(at), text, words: words || "" }));
}

module.exports = {
  findingCase,
  findingRowOf,
  ofRollCallAnswer,
  openCalls,
  oversightWaits,
  photosLeftOf,
  recallCase,
  recallRowOf,
  rollCallOf,
  rollCallRowOf,
  successionOf,
  unitRecallRowOf,
  unitStepOf,
  unitWaits,
  warningOf,
};
