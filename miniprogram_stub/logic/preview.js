// What would become of a leave request, in sentences.

const { dayText } = require("./days.js");
const { spanText } = require("./span.js");
const { OFFICES, count } = require("./words.js");

const DAYS_SHOWN = 6;

/** The server's preview as the form shows it: a sentence, what stands behind it, and whether it can be sent. */
function describePreview(preview) {
  return { title: preview.message, lines: preview.tier ? lines(preview) : [], canSend: preview.tier !== null };
}

function lines(preview) {
  return [
    `自然日 ${count(preview.natural_days)} 天，计审 ${count(preview.counted_days)} 天`,
    preview.clause,
    stepsLine(preview.steps),
    chainLine(preview),
    preview.needs_stand_in && "满15天：须由派出单位安排接替人员，或由领导小组注明调整岗位",
    emptyDaysLine(preview.empty_days),
    ...preview.unannounced_years.map((year) => `${year}年节假日尚未公布，暂按周一至周五计算`),
  ].filter(Boolean);
}

function stepsLine(steps) {
  if (steps.length < 2) return "";
  const [opinion, decision] = steps.map((office) => OFFICES[office]);
  return `先由${opinion}签意见，再由${decision}审批`;
}

function chainLine({ chained_with, chain_days, chain_first_day, chain_last_day }) {
  if (!chained_with.length) return "";
  const spans = chained_with.map(spanText).join("、");
  const whole = `${dayText(chain_first_day)}至${dayText(chain_last_day)}`;
  return `与${spans}的请假连续计算：${whole}，共 ${count(chain_days)} 天`;
}

function emptyDaysLine(days) {
  if (!days.length) return "";
  const more = days.length > DAYS_SHOWN ? `等 ${days.length} 天` : "";
  return `村里没有其他队员的日子：${days.slice(0, DAYS_SHOWN).map(dayText).join("、")}${more}`;
}

module.exports = { describePreview };
