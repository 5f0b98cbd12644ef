// The monthly sheet of a village as its page shows it: lines, signatures, what came later, what can be done now.

const { chinaTime, dayText } = require("./days.js");
const { DAY_CLASSES, ROLES, SHEET_TONES, count } = require("./words.js");

const MARKS = [
  ["submitted", "队长提交"],
  ["witnessed", "村党组织书记见证"],
  ["checked", "乡镇核对"],
  ["stamped", "乡镇党委盖章"],
];

/** A village's sheet on the township's list. */
function lineOf({ village, state, state_text, people, waiting_days, unexplained_days, proposed_changes }) {
  return {
    id: village.id,
    name: village.name,
    people: `${people} 人`,
    state: state_text,
    tone: SHEET_TONES[state],
    notes: [
      waiting_days && `待确认 ${waiting_days} 天`,
      unexplained_days && `未说明 ${count(unexplained_days)} 天`,
      proposed_changes && `盖章后有 ${proposed_changes} 处变化`,
    ].filter(Boolean),
  };
}

/** The lines of the people, without their calendars. */
function peopleOf({ rows }) {
  return rows.map((row) => ({
    id: row.posting_id,
    name: row.person.name,
    role: ROLES[row.role] || row.role,
    unit: row.unit.name,
    text: `在村 ${row.in_village_days} 天，考核 ${count(row.assessed_days)} 天，补助 ${row.paid_days} 天`,
  }));
}

/** Who has passed the sheet on, in the order of the paper. */
function signaturesOf({ marks }) {
  return MARKS.filter(([name]) => marks[name]).map(([name, text]) => ({
    name,
    text: `${text}：${marks[name].by}`,
    at: chinaTime(marks[name].at),
  }));
}

/** What came after the stamp, day by day. */
function changesOf({ proposed }) {
  return proposed.map(({ person, day, before, after }) => ({
    key: `${person.id}:${day}`,
    text: `${person.name} ${dayText(day)}：${wordsOf(before)} → ${wordsOf(after)}`,
  }));
}

function wordsOf(halves) {
  if (!halves) return "不在表内";
  const [morning, afternoon] = halves.map((name) => DAY_CLASSES[name].word);
  return morning === afternoon ? morning : `上午${morning}、下午${afternoon}`;
}

/** Which steps somebody with these permissions may take in the sheet's state. */
function stepsOn({ state, marks, month, proposed }, may, thisMonth) {
  return {
    submit: state === "open" && may("submit_sheet") && month < thisMonth,
    witness: state === "submitted" && may("witness_sheet") && !marks.witnessed,
    check: state === "submitted" && may("check_sheet"),
    giveBack: ["submitted", "checked"].includes(state) && may("check_sheet"),
    stamp: ["checked", "amended"].includes(state) && may("stamp_sheet"),
    amend: state === "stamped" && proposed.length > 0 && may("check_sheet"),
  };
}

/** What waits for somebody with these permissions on the sheets of last month. */
function sheetWaits(items, may) {
  const inState = (states) => items.filter(({ state }) => states.includes(state)).length;
  const waiting = items.reduce((sum, { waiting_days }) => sum + waiting_days, 0);
  return [
    may("submit_sheet") && !may("check_sheet") && waitOf("上月考勤表待提交", inState(["open"])),
    may("witness_sheet") && waitOf("上月考勤表待见证", inState(["submitted"])),
    may("check_sheet") && waitOf("上月考勤表待核对", inState(["submitted"])),
    may("stamp_sheet") && waitOf("上月考勤表待盖章", inState(["checked", "amended"])),
    may("check_sheet") && waitOf("上月待确认的登记", waiting, "天"),
  ].filter(Boolean);
}

function waitOf(text, count, unit = "张") {
  return count && { text, state: `${count}${unit}`, url: "/pages/sheets/list" };
}

module.exports = { changesOf, lineOf, peopleOf, sheetWaits, signaturesOf, stepsOn };
