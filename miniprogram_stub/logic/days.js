// Days, months and times of day in China, whatever zone the phone is set to.

const CHINA_OFFSET_MS = 8 * 3600 * 1000;
const DAY_MS = 24 * 3600 * 1000;
const QUARTERS = "一二三四";
const WEEKDAYS = "日一二三四五六";

function inChina(instant) {
  return new Date(new Date(instant).getTime() + CHINA_OFFSET_MS).toISOString();
}

/** The day of an instant, 2026-11-23. */
function chinaDay(instant) {
  return inChina(instant).slice(0, 10);
}

/** The time of day of an instant, 08:01. */
function chinaClock(instant) {
  return inChina(instant).slice(11, 16);
}

/** An instant as people read it, 11月23日 08:01. */
function chinaTime(instant) {
  return `${dayText(chinaDay(instant))} ${chinaClock(instant)}`;
}

/** The instant of a day and a time of day in China, as the server reads it. */
function instantOf(day, clock) {
  return `${day}T${clock}:00+08:00`;
}

function addDays(day, days) {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days lie from one day to another, both included. */
function daysFromTo(firstDay, lastDay) {
  return Math.round((Date.parse(lastDay) - Date.parse(firstDay)) / DAY_MS) + 1;
}

/** The place of a day in a week that begins on Monday, 0 to 6. */
function placeInWeek(day) {
  return (new Date(Date.parse(day)).getUTCDay() + 6) % 7;
}

/** A day as people read it, 11月23日. */
function dayText(day) {
  return `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;
}

/** A day with its weekday, 11月23日（周一）. */
function fullDayText(day) {
  return `${dayText(day)}（周${WEEKDAYS[new Date(Date.parse(day)).getUTCDay()]}）`;
}

/** A day of whichever year as people read it, 2015年7月1日. */
function dateText(day) {
  return `${day.slice(0, 4)}年${dayText(day)}`;
}

function monthOf(day) {
  return day.slice(0, 7);
}

/** A month so many months later or earlier, 2026-11. */
function addMonths(month, months) {
  const [year, number] = month.split("-").map(Number);
  return new Date(Date.UTC(year, number - 1 + months, 1)).toISOString().slice(0, 7);
}

/** Every day of a month. */
function daysOfMonth(month) {
  const firstDay = `${month}-01`;
  const length = daysFromTo(firstDay, `${addMonths(month, 1)}-01`) - 1;
  return Array.from({ length }, (_, number) => addDays(firstDay, number));
}

/** A month as people read it, 2026年11月. */
function monthText(month) {
  return `${month.slice(0, 4)}年${Number(month.slice(5))}月`;
}

/** The quarter of a day, 2026Q4. */
function quarterOf(day) {
  return `${day.slice(0, 4)}Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
}

/** A quarter so many quarters later or earlier. */
function addQuarters(quarter, quarters) {
  const firstMonth = `${quarter.slice(0, 4)}-${String(Number(quarter.slice(5)) * 3 - 2).padStart(2, "0")}`;
  return quarterOf(`${addMonths(firstMonth, quarters * 3)}-01`);
}

/** A quarter as people read it, 2026年四季度. */
function quarterText(quarter) {
  return `${quarter.slice(0, 4)}年${QUARTERS[Number(quarter.slice(5)) - 1]}季度`;
}

module.exports = {
  addDays,
  addMonths,
  addQuarters,
  chinaClock,
  chinaDay,
  chinaTime,
  dateText,
  dayText,
  daysFromTo,
  daysOfMonth,
  fullDayText,
  instantOf,
  monthOf,
  monthText,
  placeInWeek,
  quarterOf,
  quarterText,
};
