// The attempts to check in, as the calendar shows them for a day.

const { chinaClock } = require("./days.js");
const { VERDICTS } = require("./words.js");

/** The attempts of each day in sentences, the first of the day first. */
function attemptsByDay(attempts) {
  const byDay = new Map();
  for (const attempt of [...attempts].reverse()) {
    byDay.set(attempt.day, [...(byDay.get(attempt.day) || []), { id: attempt.id, text: textOf(attempt) }]);
  }
  return byDay;
}

function textOf({ received_at, verdict, counted, late_upload }) {
  const parts = [
    verdict ? `位置在${VERDICTS[verdict]}` : "本人声明",
    counted ? "已计入" : "",
    late_upload ? "补传" : "",
  ].filter(Boolean);
  return `${chinaClock(received_at)} ${parts.join("，")}`;
}

module.exports = { attemptsByDay };
