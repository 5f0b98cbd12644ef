// The form of a visit (入户走访记录): what is filled in, what is still missing, what is sent. All but the household,
// the time, the way and one line may be left out (Article 29).

const { chinaClock, chinaDay, instantOf } = require("./days.js");

const MOST_PHOTOS = 9;
const MOST_PROBLEMS = 20;
const TEXTS = ["needs", "helped", "reported"];
const ID_NUMBER = /\d{17}[\dXx]/;

/** An empty form about a household, for now. */
function newVisit(householdId, now) {
  return {
    household_id: householdId,
    day: chinaDay(now),
    clock: chinaClock(now),
    way: "at_home",
    note: "",
    checklist: {},
    topics: {},
    present: "",
    needs: "",
    helped: "",
    reported: "",
    next_visit_on: "",
    problems: [],
    files: [],
  };
}

/** The form filled in with what was once to be sent, and its photos. */
function visitOf({ household_id, occurred_at, way, note, content, problems }, files) {
  const { checklist = {}, topics = {}, present = [], needs = "", helped = "", reported = "", next_visit_on = "" } = content;
  const told = { checklist, topics, present: present.join("、"), needs, helped, reported, next_visit_on };
  return { household_id, day: chinaDay(occurred_at), clock: chinaClock(occurred_at), way, note, ...told, problems, files };
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionTo(visit, now) {
  if (!visit.note.trim()) return "请写一句走访情况";
  if (Date.parse(instantOf(visit.day, visit.clock)) > new Date(now).getTime()) return "走访时间不能晚于现在";
  if (visit.problems.some(({ item, description }) => !item || !description.trim())) return "每个问题须选一项并写明情况";
  if (ID_NUMBER.test(JSON.stringify(bodyOf(visit)))) return "不能写身份证号";
  return "";
}

/** The form as it is sent. */
function bodyOf(visit) {
  return {
    household_id: visit.household_id,
    occurred_at: instantOf(visit.day, visit.clock),
    way: visit.way,
    note: visit.note.trim(),
    content: contentOf(visit),
    problems: visit.problems.map(({ item, description }) => ({ item, description: description.trim() })),
  };
}

function contentOf(visit) {
  const present = visit.present.split(/[、，,；;\s]+/).filter(Boolean);
  const topics = filled(visit.topics);
  const told = {
    ...(Object.keys(visit.checklist).length && { checklist: visit.checklist }),
    ...(Object.keys(topics).length && { topics }),
    ...(present.length && { present }),
    ...filled(Object.fromEntries(TEXTS.map((name) => [name, visit[name]]))),
  };
  return visit.next_visit_on ? { ...told, next_visit_on: visit.next_visit_on } : told;
}

function filled(texts) {
  const trimmed = Object.entries(texts).map(([name, text]) => [name, text.trim()]);
  return Object.fromEntries(trimmed.filter(([, text]) => text));
}

/** The checklist with one finding chosen, or taken back where it was chosen already. */
function found(checklist, item, finding) {
  const { [item]: before, ...others } = checklist;
  return before === finding ? others : { ...others, [item]: finding };
}

module.exports = { MOST_PHOTOS, MOST_PROBLEMS, bodyOf, found, newVisit, objectionTo, visitOf };
