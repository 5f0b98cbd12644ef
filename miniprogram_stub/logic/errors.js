// What did not work, in words for the person at the phone.

const FIELDS = {
  household_id: "户",
  occurred_at: "走访时间",
  way: "走访方式",
  note: "走访情况",
  content: "走访内容",
  problems: "问题",
  description: "问题的情况",
  responsible: "责任人",
  due_on: "完成日期",
  kind: "请假类别",
  first_day: "开始日期",
  last_day: "结束日期",
  last_half: "结束时间",
  reason: "事由",
  destination: "去向",
  work_goes_to: "工作交接人",
  consent: "准假情况",
  by: "准假人",
  at: "准假时间",
  channel: "准假方式",
  opinion: "意见",
  day: "日期",
  name: "姓名",
  phone: "手机号",
  full_member_since: "转正日期",
  working_since: "参加工作日期",
  grade: "职级",
  document_no: "委托书文号",
  invitation_code: "邀请码",
  text: "说明",
};
const UNKNOWN = "没有办成，请稍后再试；仍不行请联系县驻村办";

/** The server's sentence, with the fields or reasons it names; for anything else one that says no more than it knows. */
function textOf(error) {
  if (!error || !error.code || !error.message) return UNKNOWN;
  const { reasons = [] } = error.details || {};
  const named = error.code === "invalid" ? [...new Set(fieldsIn(error.details))] : reasons;
  return named.length ? `${error.message}：${named.join("、")}` : error.message;
}

function fieldsIn(details) {
  if (details === null || typeof details !== "object" || Array.isArray(details)) return [];
  return Object.entries(details).flatMap(([name, inner]) => {
    const below = fieldsIn(inner);
    if (below.length) return below;
    return FIELDS[name] ? [FIELDS[name]] : [];
  });
}

module.exports = { textOf };
