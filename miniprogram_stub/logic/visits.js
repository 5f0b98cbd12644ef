// Households, visits, problems and the quarter, as lists and pages show them.

const { chinaTime, dayText, fullDayText } = require("./days.js");
const {
  CATEGORIES,
  CHECKLIST,
  DUTIES,
  ENTRIES,
  FINDINGS,
  HOUSEHOLD_STATES,
  PHOTO_STATES,
  PROBLEM_STATES,
  RISKS,
  STEPS,
  TOPICS,
  WAYS,
} = require("./words.js");

/** The items a problem can be about: those of the checklist and the topics. */
const PROBLEM_ITEMS = { ...TOPICS, ...CHECKLIST };

// -- households ----------------------------------------------------------------------------------

/** A visit still owed: whom, where, until when. */
function dueRowOf({ household, status, distance_km }, lastDay) {
  const { word, tone } = DUTIES[status];
  const far = distance_km === null ? "" : `约 ${distance_km} 公里`;
  const until = status === "overdue" ? `应在${dayText(lastDay)}前走访` : `请在${dayText(lastDay)}前走访`;
  return {
    id: household.id,
    title: titleOf(household),
    place: [household.village.name, far].filter(Boolean).join("，"),
    until,
    state: word,
    tone,
    label: `${titleOf(household)}，${household.village.name}，${word}，${until}`,
  };
}

function titleOf({ head_name, category }) {
  return `${head_name} ${CATEGORIES[category]}`;
}

/** A household in a list; who helps it is shown where it is not me. */
function householdRowOf(household, myId) {
  const { helper } = household;
  const state = household.is_away ? "举家外出" : HOUSEHOLD_STATES[household.state];
  const help = helper === null ? "没有结对干部" : helper.id === myId ? "我的结对户" : `结对：${helper.name}`;
  return {
    id: household.id,
    title: titleOf(household),
    place: household.village.name,
    help,
    tone: helper === null ? "warn" : "quiet",
    state,
    label: `${titleOf(household)}，${household.village.name}，${help}，${state}`,
  };
}

/** What a household read in full says, as pairs of name and text. */
function householdFactsOf(household) {
  return pairs([
    ["户主", household.head_name],
    ["户编号", household.code],
    ["身份证号", household.head_id_number],
    ["电话", household.head_phone],
    ["村", household.village.name],
    ["监测类别", CATEGORIES[household.category]],
    ["风险类型", household.risk_kinds.map((kind) => RISKS[kind]).join("、")],
    ["家庭人口", `${household.members_count} 人`],
    ["识别日期", fullDayText(household.identified_on)],
    ["状态", `${HOUSEHOLD_STATES[household.state]}，${dayText(household.state_since)}起`],
    ["外出", household.is_away ? "举家外出" : ""],
    ["结对干部", household.pairings.map(pairingText).join("；")],
  ]);
}

function pairingText({ helper, first_day, last_day }) {
  return `${helper.name}（${first_day}起${last_day ? `，至${last_day}` : ""}）`;
}

function pairs(given) {
  return given.filter(([, text]) => text).map(([name, text]) => ({ name, text }));
}

// -- visits --------------------------------------------------------------------------------------

/** A visit in a list; whose it is, and what of it has to be looked at. */
function visitRowOf(visit, myId) {
  const who = visit.person.id === myId ? "" : `${visit.person.name} `;
  const corrected = visit.corrected && !visit.withdrawn && "已更正";
  const notes = [ENTRIES[visit.entry], corrected, visit.content_notice].filter(Boolean);
  const title = `${who}${WAYS[visit.way]} ${chinaTime(visit.occurred_at)}`;
  return {
    id: visit.id,
    title,
    name: visit.household.head_name,
    note: visit.note,
    notes,
    state: visit.withdrawn ? "已撤销" : "",
    label: [title, visit.household.head_name, visit.note, ...notes].join("，"),
  };
}

/** What a visit tells, as pairs of name and text. */
function visitFactsOf(visit) {
  const { checklist = {}, topics = {}, present = [], needs, helped, reported, next_visit_on } = visit.content;
  return pairs([
    ["走访人", visit.person.name],
    ["村", visit.household.village.name],
    ["在场家庭成员", present.join("、")],
    ...named(CHECKLIST, checklist, (finding) => FINDINGS[finding]),
    ...named(TOPICS, topics, (text) => text),
    ["需求", needs],
    ["已帮解决", helped],
    ["需上报事项", reported],
    ["下次走访", next_visit_on && fullDayText(next_visit_on)],
    ["更正", visit.corrections.map(({ reason, made_by }) => `${reason}（${made_by.name}）`).join("；")],
  ]);
}

function named(words, values, textOf) {
  return Object.keys(words).map((name) => [words[name], values[name] ? textOf(values[name]) : ""]);
}

/** The photos of a visit: their state, what speaks against one, whether I may delete it. */
function photosOf({ photos }) {
  return photos.map((photo) => ({
    id: photo.id,
    file: "",
    isKept: photo.state === "kept" && photo.content_reading !== "hidden",
    canRelease: photo.content_reading === "to_release",
    isMine: Boolean(photo.client_key) && ["kept", "waiting"].includes(photo.state),
    text: [PHOTO_STATES[photo.state], photo.error_message, photo.content_notice, ...photo.marks.map(({ text }) => text)]
      .filter(Boolean)
      .join("；"),
  }));
}

// -- problems ------------------------------------------------------------------------------------

/** A problem in a list. */
function problemRowOf(problem) {
  const { word, tone } = PROBLEM_STATES[problem.state];
  const who = problem.responsible ? `责任人 ${problem.responsible}` : "还没有指派";
  const due = problem.due_on ? `${dayText(problem.due_on)}前` : "";
  const isOpen = problem.state === "open";
  const notes = [isOpen && who, isOpen && due, problem.overdue && "已过期限", problem.content_notice].filter(Boolean);
  return {
    id: problem.id,
    title: `${problem.household.head_name}：${PROBLEM_ITEMS[problem.item]}`,
    text: problem.description,
    found: `${dayText(problem.found_on)} ${problem.found_by.name}发现，${problem.household.village.name}`,
    notes,
    state: problem.overdue ? "逾期" : word,
    tone: problem.overdue ? "bad" : tone,
    label: `${problem.household.head_name}，${PROBLEM_ITEMS[problem.item]}，${problem.description}，${word}`,
  };
}

/** The steps taken, the first one first. */
function stepsOf({ steps }) {
  return steps.map(({ kind, note, responsible, due_on, made_by, made_at }, number) => ({
    key: `step-${number}`,
    at: `${chinaTime(made_at)} ${made_by.name}`,
    text: responsible ? `${STEPS[kind]}${responsible}，${dayText(due_on)}前` : STEPS[kind],
    words: note,
  }));
}

// -- the quarter ---------------------------------------------------------------------------------

/** The columns of the quarter in sentences. */
function tallyLines(tally) {
  const beside = [
    tally.exempt && `豁免 ${tally.exempt} 户`,
    tally.grace && `宽限 ${tally.grace} 户`,
    tally.away && `外出 ${tally.away} 户`,
  ].filter(Boolean);
  return [
    `应走访 ${tally.expected} 户，已走访 ${tally.done} 户，未走访 ${tally.not_done} 户`,
    beside.join("，"),
    tally.coverage_percent === null ? "" : `监测户 ${tally.households} 户，走访覆盖 ${tally.covered} 户（${tally.coverage_percent}%）`,
  ].filter(Boolean);
}

/** A line of the quarter: a helper, village or township with its columns. */
function quarterRowOf({ helper, area, tally }) {
  const { id, name } = helper || area;
  return { id, name, lines: tallyLines(tally), tone: tally.not_done ? "warn" : "good" };
}

module.exports = {
  PROBLEM_ITEMS,
  dueRowOf,
  householdFactsOf,
  householdRowOf,
  photosOf,
  problemRowOf,
  quarterRowOf,
  stepsOf,
  tallyLines,
  titleOf,
  visitFactsOf,
  visitRowOf,
};
