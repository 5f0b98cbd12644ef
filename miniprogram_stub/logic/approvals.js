// What waits for an office, as its inbox shows it.

const { spanText } = require("./span.js");
const { averageLine } = require("./month_lines.js");
const { rowOf } = require("./leaves.js");
const { KINDS, count } = require("./words.js");

const HOURS_A_DAY = 24;

/** A waiting leave with what there is to know before one decides. */
function approvalOf(item) {
  return {
    ...rowOf(item, null),
    reason: item.reason,
    destination: item.destination,
    waited: waitedText(item.waiting_hours),
    mayDecide: item.may_decide,
    month: monthText(item.month),
    away: item.away.map((other) => `${other.person.name}：${KINDS[other.kind]}，${spanText(other)}`),
  };
}

/** How long something has waited, in words. */
function waitedText(hours) {
  if (hours < 1) return "刚刚送到";
  return hours < HOURS_A_DAY ? `已等 ${hours} 小时` : `已等 ${Math.floor(hours / HOURS_A_DAY)} 天`;
}

/** The applicant's month and year in a sentence. */
function monthText(month) {
  if (!month) return "";
  const counts = `本月在村 ${count(month.in_village_days)} 天，考核 ${count(month.assessed_days)} 天（要求 ${month.required_days} 天）`;
  return month.average ? `${counts}；${averageLine(month.average)}` : counts;
}

/** What became of several decided at once: how many went well, and why the others did not. */
function outcomeOf(items, names) {
  const failed = items.filter(({ message }) => message);
  return {
    done: items.length - failed.length,
    failed: failed.map(({ leave_id, message }) => `${names.get(leave_id)}：${message}`),
  };
}

module.exports = { approvalOf, outcomeOf, waitedText };
