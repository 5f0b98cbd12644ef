// From a day to a day with half days: what a leave takes, as the form counts and words it.

const { dayText, daysFromTo } = require("./days.js");

/** The half-days of a span as natural days; 0 or less where it ends before it begins. */
function naturalDays({ first_day, first_half, last_day, last_half }) {
  const lost = (first_half === "afternoon" ? 0.5 : 0) + (last_half === "morning" ? 0.5 : 0);
  return daysFromTo(first_day, last_day) - lost;
}

/** The span as people say it: 11月23日下午至11月25日. */
function spanText({ first_day, first_half, last_day, last_half }) {
  const first = dayText(first_day) + (first_half === "afternoon" ? "下午" : "");
  const last = dayText(last_day) + (last_half === "morning" ? "上午" : "");
  if (first_day !== last_day) return `${first}至${last}`;
  return first_half === "afternoon" ? first : last;
}

/** The span with another first day; an end that would lie before it comes along. */
function beginningOn(span, day) {
  return { ...span, first_day: day, last_day: day > span.last_day ? day : span.last_day };
}

/** The span with another last day; a beginning that would lie after it comes along. */
function endingOn(span, day) {
  return { ...span, last_day: day, first_day: day < span.first_day ? day : span.first_day };
}

module.exports = { beginningOn, endingOn, naturalDays, spanText };
