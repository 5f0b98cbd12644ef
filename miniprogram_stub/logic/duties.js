// The recurring duties of a county or a unit as their list shows them.

const { dayText } = require("./days.js");
const { DUTY_STANDINGS } = require("./words.js");

const FEN_PER_YUAN = 100;

/** One duty of which a period stands as asked: whose it is, until when, and how much is missing. */
function dutyRowOf(line, standing) {
  const { duty, subject, village, unit, name, article, is_amount } = line;
  const places = [subject.name, village && village.name, unit && unit.name].filter(Boolean);
  const periods = line.periods.filter((period) => period.standing === standing);
  return {
    key: [duty, subject.id, village ? village.id : ""].join("-"),
    title: name,
    clause: `第${article}条`,
    place: [...new Set(places)].join("，"),
    periods: periods.map((period) => `${dayText(period.until)}前，还差 ${missingText(period, is_amount)}`),
    state: DUTY_STANDINGS[standing].word,
    tone: DUTY_STANDINGS[standing].tone,
  };
}

function missingText({ missing }, isAmount) {
  return isAmount ? `${missing / FEN_PER_YUAN} 元` : `${missing} 次`;
}

module.exports = { dutyRowOf };
