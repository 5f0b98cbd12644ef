// Who comes in place of somebody (接替人选), as forms ask for it and Article 6 looks at it.

const { dateText } = require("./days.js");
const { choices } = require("./page.js");
const { GRADES } = require("./words.js");

const MOBILE = /^1[3-9][0-9]{9}$/;

/** An empty form. */
function newCandidate() {
  return { name: "", phone: "", full_member_since: "", working_since: "", grade: "" };
}

/** What the form shows beside what was typed. */
function candidateTexts({ full_member_since, working_since, grade }) {
  return {
    grades: choices(GRADES, grade),
    memberText: full_member_since ? dateText(full_member_since) : "请选择（不是党员的不填）",
    workingText: working_since ? dateText(working_since) : "请选择",
  };
}

function isMobile(phone) {
  return MOBILE.test(phone.trim());
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionToCandidate({ name, phone }) {
  if (!name.trim()) return "请填写接替人选的姓名";
  return isMobile(phone) ? "" : "接替人选的手机号须为 11 位";
}

/** What Article 6 looks at, as it is sent. */
function qualificationOf({ full_member_since, working_since, grade }) {
  return { full_member_since: full_member_since || null, working_since: working_since || null, grade: grade || null };
}

/** The form as it is sent. */
function candidateBodyOf(candidate) {
  return { name: candidate.name.trim(), phone: candidate.phone.trim(), ...qualificationOf(candidate) };
}

module.exports = { candidateBodyOf, candidateTexts, isMobile, newCandidate, objectionToCandidate, qualificationOf };
