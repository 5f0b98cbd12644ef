// A month as a calendar: one cell for each day, with its class and where that comes from.

const { daysOfMonth, fullDayText, placeInWeek } = require("./days.js");
const { DAY_CLASSES } = require("./words.js");

const WEEK = ["一", "二", "三", "四", "五", "六", "日"];
const FREE = { in_village: "本人登记", rest: "休息日", unexplained: "没有登记，也没有请假", open: "" };
const ON_LEAVE = "请假单";

/** The weeks of a month; `halvesOf(day)` gives the classes of morning and afternoon, or null outside the posting. */
function weeksOf(month, halvesOf, { today = "", sourceOf = (_day) => "" } = {}) {
  const days = daysOfMonth(month);
  const blank = placeInWeek(days[0]);
  const cells = [
    ...Array.from({ length: blank }, (_, place) => emptyCell(`before-${place}`)),
    ...days.map((day) => cellOf(day, halvesOf(day), day === today, sourceOf(day))),
  ];
  while (cells.length % WEEK.length) cells.push(emptyCell(`after-${cells.length}`));
  return Array.from({ length: cells.length / WEEK.length }, (_, week) => ({
    key: `week-${week}`,
    cells: cells.slice(week * WEEK.length, (week + 1) * WEEK.length),
  }));
}

function emptyCell(key) {
  return { key, day: "", number: "", symbol: "", tone: "outside", text: "", source: "", isToday: false, label: "" };
}

function cellOf(day, halves, isToday, source) {
  const number = Number(day.slice(8));
  if (!halves) return { ...emptyCell(day), number, isToday, label: `${fullDayText(day)}，不在派驻期` };
  const [morning, afternoon] = halves.map((name) => DAY_CLASSES[name]);
  const isWhole = morning === afternoon;
  const text = isWhole ? morning.word : `上午${morning.word}，下午${afternoon.word}`;
  return {
    key: day,
    day,
    number,
    symbol: isWhole ? morning.symbol : `${morning.symbol || "－"}${afternoon.symbol || "－"}`,
    tone: morning.tone,
    text,
    source,
    isToday,
    label: `${fullDayText(day)}，${text}${source ? `，${source}` : ""}`,
  };
}

/** The halves of a day of an attendance row. */
function halvesIn({ days, afternoons }) {
  return (day) => (days[day] ? [days[day], afternoons[day] || days[day]] : null);
}

/** Where the class of a day of an attendance row comes from. */
function sourceIn({ days, registered, waiting, doubtful }) {
  const [isRegistered, isWaiting, isDoubtful] = [registered, waiting, doubtful].map((list) => new Set(list));
  return (day) => {
    if (!days[day]) return "";
    if (isRegistered.has(day)) return "乡镇登记";
    if (isWaiting.has(day)) return "本人登记，待乡镇确认";
    if (isDoubtful.has(day)) return "本人登记，有存疑";
    if (days[day] === "pending") return "请假待批";
    return days[day] in FREE ? FREE[days[day]] : ON_LEAVE;
  };
}

module.exports = { WEEK, halvesIn, sourceIn, weeksOf };
