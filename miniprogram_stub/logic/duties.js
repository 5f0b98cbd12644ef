// The recurring duties of a county or a unit: their list, the form that tells one was seen to, and what was told.

const { chinaTime, dateText, dayText } = require("./days.js");
const { choices } = require("./page.js");
const { photoRowsOf, takenOf } = require("./photos.js");
const { DUTY_STANDINGS, villageText } = require("./words.js");

const FEN_PER_YUAN = 100;
const YUAN = /^\d{1,8}(\.\d{1,2})?$/;
const OF_UNITS = ["unit", "team"];
const MOST_PEOPLE = 500;
const MOST_PHOTOS = 6;

// -- the list ------------------------------------------------------------------------------------

/** One duty of which a period stands as asked: whose it is, until when, how much is missing, what was told. */
function dutyRowOf(line, standing) {
  const { duty, subject, village, name, article, is_amount } = line;
  const periods = line.periods.filter((period) => period.standing === standing);
  return {
    key: [duty, subject.id, village ? village.id : ""].join("-"),
    title: name,
    clause: `第${article}条`,
    place: placeText(line),
    periods: periods.map((period) => periodText(period, is_amount)),
    events: periods.flatMap(({ events }) => events).map((event) => ({ id: event.id, text: eventText(event) })),
    state: DUTY_STANDINGS[standing].word,
    tone: DUTY_STANDINGS[standing].tone,
  };
}

function placeText({ subject, village, township, unit }) {
  const places = [subject.name, village && villageText(village, township), unit && unit.name].filter(Boolean);
  return [...new Set(places)].join("，");
}

function periodText({ until, standing, missing, done }, isAmount) {
  if (standing === "done") return `已完成 ${amountText(done, isAmount)}`;
  return `${dayText(until)}前，还差 ${amountText(missing, isAmount)}`;
}

function amountText(amount, isAmount) {
  return isAmount ? `${amount / FEN_PER_YUAN} 元` : `${amount} 次`;
}

function eventText({ day, amount_fen }) {
  return `${dateText(day)}${amount_fen ? `，${amountText(amount_fen, true)}` : ""}`;
}

/** Where the form for a line is; empty where another office tells of it. A team's fund is told by whoever paid. */
function formUrlOf(line, place, standing) {
  const { duty, name, subject, village, is_amount } = line;
  const isOfUnit = OF_UNITS.includes(subject.kind);
  if (place.kind === "unit" && !isOfUnit) return "";
  const asked = {
    duty,
    county: place.kind === "area" ? place.id : "",
    area: subject.kind === "county" ? subject.id : isOfUnit && village ? village.id : "",
    unit: subject.kind === "unit" ? subject.id : place.kind === "unit" ? place.id : "",
    person: subject.kind === "person" ? subject.id : "",
    standing,
    amount: is_amount ? "yes" : "",
    title: name,
    place: placeText(line),
  };
  const filled = Object.entries(asked).filter(([, value]) => value);
  return `/pages/duties/new?${filled.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&")}`;
}

// -- the form ------------------------------------------------------------------------------------

/** An empty form, for today. */
function newReport({ unit = "", person = "" }, today) {
  return { day: today, amount: "", note: "", unit, people: person ? [person] : [] };
}

/** The units to choose from as who paid, from the lines of a village's units. */
function unitsOf(lines, chosen) {
  return choices(Object.fromEntries(lines.map(({ subject }) => [subject.id, subject.name])), chosen);
}

/** The people to choose from as who took part, from the lines of their training. */
function peopleOf(lines, chosen) {
  const named = new Map(lines.map(({ subject, village, township }) => [subject.id, `${subject.name}（${villageText(village, township)}）`]));
  return [...named].map(([value, text]) => ({ value, text, chosen: chosen.includes(value) }));
}

/** Everybody there is to choose from; where they are chosen already, nobody. */
function everybodyOrNobody(people) {
  return people.every(({ chosen }) => chosen) ? [] : people.map(({ value }) => value);
}

/** The people with one put in, or taken out where they were in already. */
function withOrWithout(people, person) {
  return people.includes(person) ? people.filter((each) => each !== person) : [...people, person];
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionToReport({ amount, unit, people }, { isAmount, isTraining }) {
  if (isAmount && !unit) return "请选择拨付单位";
  if (isAmount && !(YUAN.test(amount.trim()) && Number(amount) > 0)) return "请填写金额，最多两位小数";
  if (isTraining && !people.length) return "请选择参加培训的人员";
  return people.length > MOST_PEOPLE ? `一次最多登记${MOST_PEOPLE}人` : "";
}

/** The form as it is sent: of each duty only what it asks for. */
function reportBodyOf({ day, amount, note, unit, people }, { duty, area, isAmount, isTraining }) {
  return {
    duty,
    day,
    note: note.trim(),
    ...(area && { area }),
    ...(unit && { unit }),
    ...(isTraining && { people }),
    ...(isAmount && { amount_fen: Math.round(Number(amount) * FEN_PER_YUAN) }),
  };
}

// -- what was told -------------------------------------------------------------------------------

/** Whether what was told is mine to correct: the county corrects all of its own, a unit what is its own duty. */
function isMineToTell({ subject, unit }, places) {
  return places.some(({ kind, id }) => kind === "area" || (OF_UNITS.includes(subject.kind) && unit && unit.id === id));
}

/** An event as its page shows it; `mayRecord`: the office may add photos and withdraw it. */
function eventOf({ name, article, subject, village, township, unit, is_withdrawn, tellings, photos }, mayRecord) {
  const latest = tellings[tellings.length - 1];
  const isOpen = mayRecord && !is_withdrawn;
  return {
    title: name,
    state: is_withdrawn ? "已撤销" : "已登记",
    tone: is_withdrawn ? "quiet" : "good",
    facts: [
      ["职责", `第${article}条`],
      ["对象", placeText({ subject, village, township, unit })],
      ["日期", dateText(latest.day)],
      ["金额", latest.amount_fen ? amountText(latest.amount_fen, true) : ""],
      ["情况", latest.note],
    ]
      .filter(([, text]) => text)
      .map(([label, text]) => ({ name: label, text })),
    trail: tellings.map(tellingOf),
    photos: photoRowsOf(photos),
    left: isOpen ? Math.max(0, MOST_PHOTOS - takenOf(photos)) : 0,
    mayWithdraw: isOpen,
  };
}

function tellingOf({ is_withdrawn, reason, recorded_by, recorded_at }, number) {
  const word = is_withdrawn ? "撤销" : number ? "更正" : "登记";
  return { key: `step-${number}`, at: chinaTime(recorded_at), text: `${recorded_by.name}${word}`, words: reason || "" };
}

module.exports = {
  dutyRowOf,
  eventOf,
  everybodyOrNobody,
  formUrlOf,
  isMineToTell,
  newReport,
  objectionToReport,
  peopleOf,
  reportBodyOf,
  unitsOf,
  withOrWithout,
};
