// A month and the year so far in sentences.

const { count } = require("./words.js");

/** The counts of a month, the average of the year, and what the average still needs. */
function monthLines({ month, average, forecast }) {
  if (!month) return [];
  const lines = [
    `在村 ${count(month.in_village_days)} 天，考核天数 ${count(month.assessed_days)} 天（要求 ${month.required_days} 天）`,
    `补助天数 ${month.paid_days} 天`,
  ];
  if (average) lines.push(averageLine(average));
  if (forecast) lines.push(forecast.text);
  return lines;
}

function averageLine({ days, required_days }) {
  return `全年月均 ${count(days)} 天（要求 ${required_days} 天）`;
}

module.exports = { averageLine, monthLines };
