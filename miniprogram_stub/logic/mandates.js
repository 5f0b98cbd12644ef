// 督查授权: who is sent to inspect which area, in the list and on the form.

const { isMobile } = require("./candidate.js");
const { dateText } = require("./days.js");
const { INSPECTION_LEVELS } = require("./words.js");

/** A mandate in the list, with what taking it back would mean; of one for today alone nothing is left to take back. */
function mandateRowOf({ id, person, area, level, first_day, last_day, document_no }, today) {
  return {
    id,
    name: person.name,
    place: `${area.name}，${INSPECTION_LEVELS[level]}督查`,
    days: daysText(first_day, last_day),
    document: document_no,
    state: first_day > today ? "尚未开始" : "",
    mayEnd: first_day !== today || last_day !== today,
    ending: endingText(first_day, today),
  };
}

function endingText(firstDay, today) {
  if (firstDay > today) return "授权还没有开始，收回后不再生效。";
  return firstDay === today ? "授权今天开始，收回后到今晚为止；已记录的仍然有效。" : "收回后马上失效；已记录的仍然有效。";
}

function daysText(firstDay, lastDay) {
  return `${dateText(firstDay)}至${dateText(lastDay)}`;
}

/** An empty form, for today and one area. */
function newMandate(today, area) {
  return { name: "", phone: "", area_id: area ? area.id : "", first_day: today, last_day: today, document_no: "" };
}

/** A form left on an earlier day, or about an area that is mine no more, goes on from today and the first of mine. */
function continued(draft, today, areas) {
  const [first_day, last_day] = [draft.first_day, draft.last_day].map((day) => (day < today ? today : day));
  const isMine = areas.some(({ id }) => id === draft.area_id);
  return { ...draft, first_day, last_day, area_id: isMine ? draft.area_id : newMandate(today, areas[0]).area_id };
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionToMandate({ name, phone, area_id, document_no }) {
  if (!name.trim()) return "请填写督查人员的姓名";
  if (!isMobile(phone)) return "督查人员的手机号须为 11 位";
  if (!area_id) return "请选择督查范围";
  return document_no.trim() ? "" : "请填写授权文号";
}

/** The form as it is sent. */
function mandateBodyOf({ name, phone, area_id, first_day, last_day, document_no }) {
  return { name: name.trim(), phone: phone.trim(), area_id, first_day, last_day, document_no: document_no.trim() };
}

module.exports = { continued, daysText, mandateBodyOf, mandateRowOf, newMandate, objectionToMandate };
