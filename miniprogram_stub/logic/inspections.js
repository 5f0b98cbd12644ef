// An inspection as the inspector sees it: in the list, who must be there, who answers the roll-call, what was found.

const { chinaClock, chinaTime, dayText } = require("./days.js");
const { spanText } = require("./span.js");
const {
  EXPECTATIONS,
  FINDING_KINDS,
  FINDING_STATES,
  INSPECTION_LEVELS,
  KINDS,
  OFFICES,
  OUTCOMES,
  ROLES,
} = require("./words.js");

const MINUTE_MS = 60000;
const CALLED = ["must_be_there", "asked_for_leave"];

/** An inspection in the list; it goes on until the end of its day. Whose it is is said where it is not mine. */
function inspectionRowOf({ id, village, level, day, opened_at, inspector }, { myId, today }) {
  const isRunning = day === today;
  const who = inspector.id === myId ? "" : `，${inspector.name}`;
  const note = `${chinaTime(opened_at)}，${INSPECTION_LEVELS[level]}督查${who}`;
  const state = isRunning ? "进行中" : "已结束";
  const label = `${village.name}，${note}，${state}`;
  return { id, title: village.name, note, state, tone: isRunning ? "good" : "quiet", label };
}

/** Whether somebody may still call the roll of an inspection and give their word: its inspector, on its day. */
function isUnderWay({ day, inspector }, { myId, today }) {
  return inspector.id === myId && day === today;
}

/** The villages that can be opened, with the inspection of today where I have opened one already. */
function villageRowsOf(villages, inspections, me) {
  const opened = new Map(inspections.filter((each) => isUnderWay(each, me)).map(({ id, village }) => [village.id, id]));
  return villages.map(({ id, name }) => ({ id, name, inspection: opened.get(id) || "" }));
}

/** How many must be there, and everybody posted with what is known of them. */
function situationOf(situation) {
  const called = situation.filter(({ expectation }) => CALLED.includes(expectation));
  return { count: `派驻 ${situation.length} 人，应在村 ${called.length} 人`, people: situation.map(standingOf) };
}

function standingOf({ person, role, unit, expectation, checked_in, leave }) {
  const { word, tone } = EXPECTATIONS[expectation];
  return {
    id: person.id,
    name: person.name,
    notes: [`${ROLES[role]}，${unit.name}`, leave && leaveText(leave), checked_in && "今天已登记"].filter(Boolean),
    state: word,
    tone,
  };
}

function leaveText(leave) {
  const signed = leave.signed.map(({ office, by }) => `${OFFICES[office]}${by}`).join("、");
  return `${KINDS[leave.kind]} ${spanText(leave)}，${leave.approved ? "已批准" : "未批准"}${signed ? `（${signed}）` : ""}`;
}

/** The roll-calls of an inspection, the latest first, with everybody called; `mayCall`: the inspector may still say. */
function rollCallsOf(rollCalls, { mayCall, now }) {
  return [...rollCalls].reverse().map(({ id, called_at, due_at, people }) => {
    const minutes = Math.ceil((Date.parse(due_at) - now.getTime()) / MINUTE_MS);
    const answered = people.filter(({ answered_at }) => answered_at).length;
    return {
      id,
      title: `${chinaClock(called_at)} 点名`,
      until: minutes > 0 ? `${chinaClock(due_at)} 前应答，还剩 ${minutes} 分钟` : `应答时间已过（${chinaClock(due_at)}）`,
      count: `点名 ${people.length} 人，已应答 ${answered} 人`,
      people: people.map((entry) => ({
        ...calledOf(entry, minutes > 0),
        key: `${id}-${entry.person.id}`,
        needsWord: mayCall && entry.present === null && entry.outcome !== "in_village",
      })),
    };
  });
}

function calledOf(entry, isRunning) {
  const { person, expectation, answered_at, late, note, word_note } = entry;
  const { word, tone } = standOf(entry, isRunning);
  return {
    id: person.id,
    name: person.name,
    notes: [
      expectation === "asked_for_leave" && EXPECTATIONS[expectation].word,
      answered_at && `${chinaClock(answered_at)} 应答${late ? "（迟答）" : ""}`,
      note && `本人：${note}`,
      word_note && `督查人员：${word_note}`,
    ].filter(Boolean),
    state: word,
    tone,
  };
}

/** The inspector's word stands above the answer. */
function standOf({ present, outcome }, isRunning) {
  if (present !== null) return present ? { word: "核实在村", tone: "good" } : { word: "核实不在村", tone: "bad" };
  if (outcome) return OUTCOMES[outcome];
  return isRunning ? { word: "等待应答", tone: "warn" } : { word: "未应答", tone: "bad" };
}

// -- what was found ------------------------------------------------------------------------------

/** A finding of an inspection with its page; `mayAdd`: its inspector may still take photos of it there. */
function foundRowOf({ id, person, kind, state, answer_due_on }, mayAdd) {
  const { word, tone } = FINDING_STATES[state];
  const title = `${person.name} ${FINDING_KINDS[kind]}`;
  return {
    id,
    url: foundUrl(id, mayAdd),
    title,
    note: state === "found" ? `本人可在${dayText(answer_due_on)}前说明` : "",
    state: word,
    tone,
    label: `${title}，${word}`,
  };
}

function foundUrl(id, mayAdd) {
  return `/pages/oversight/case?about=finding&id=${id}${mayAdd ? "&photos=yes" : ""}`;
}

function newFinding() {
  return { person_id: "", kind: "", description: "" };
}

/** Whom something can be found about: everybody posted but myself, each with what is known of them. */
function peopleOf(situation, myId, chosen) {
  return situation
    .filter(({ person }) => person.id !== myId)
    .map(({ person, expectation }) => ({
      value: person.id,
      name: person.name,
      text: `${person.name}（${EXPECTATIONS[expectation].word}）`,
      chosen: person.id === chosen,
    }));
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionToFinding({ person_id, kind, description }) {
  if (!person_id) return "请选择人员";
  if (!kind) return "请选择情形";
  return description.trim() ? "" : "请写明看到的情况";
}

module.exports = {
  foundRowOf,
  foundUrl,
  inspectionRowOf,
  isUnderWay,
  newFinding,
  objectionToFinding,
  peopleOf,
  rollCallsOf,
  situationOf,
  villageRowsOf,
};
