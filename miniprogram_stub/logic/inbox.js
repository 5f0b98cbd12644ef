// What waits for an office in its one inbox, and what it is asked to say.

const { approvalOf, waitedText } = require("./approvals.js");
const { dayText } = require("./days.js");
const { rotationRowOf } = require("./rotations.js");
const { FINDING_KINDS, INBOX_KINDS, INSPECTION_LEVELS, LADDER_STEPS } = require("./words.js");

const PAGES = {
  leave: "/pages/approvals/detail",
  rotation: "/pages/rotations/detail",
  finding: "/pages/approvals/oversight",
  proposal: "/pages/approvals/oversight",
  recall: "/pages/approvals/oversight",
};

const ROWS = {
  leave: ({ leave }) => approvalOf(leave),
  rotation: ({ rotation }) => {
    const { title, place, change, tone } = rotationRowOf(rotation);
    return { title, place, span: change, state: "待审核", tone };
  },
  finding: ({ finding, person, village }) => ({
    title: `${person.name} ${FINDING_KINDS[finding.kind]}`,
    place: village.name,
    span: `${dayText(finding.day)}${INSPECTION_LEVELS[finding.level]}督查`,
    state: "待认定",
    tone: "warn",
  }),
  proposal: ({ proposal, person, village }) => ({
    title: `${person.name} ${LADDER_STEPS[proposal.step]}建议`,
    place: village.name,
    span: `${proposal.findings.length} 次无故不在岗`,
    state: "待决定",
    tone: "warn",
  }),
  recall: ({ recall, person, village }) => ({
    title: `${person.name} 召回`,
    place: village.name,
    span: recall.unit.name,
    state: recall.state === "proposed" ? "待审定" : "待督促",
    tone: "warn",
  }),
};

/** One thing that waits, in the list: whose, where, for how long, by which clause. Several leaves may be chosen at once. */
function inboxRowOf(item) {
  const row = { away: [], notes: [], ...ROWS[item.kind](item) };
  const waited = waitedText(item.waiting_hours);
  return {
    ...row,
    id: item.id,
    choosable: item.kind === "leave" && item.may_decide,
    waited,
    clause: item.clause,
    article: item.clause.split("：")[0],
    mayDecide: item.may_decide,
    url: `${PAGES[item.kind]}?id=${item.id}`,
    label: `${row.title}，${row.span}，${row.state}，${waited}`,
  };
}

/** What home lists of the inbox: how many of each kind wait. */
function inboxWaits({ items, next_cursor }) {
  const rest = next_cursor ? "件以上" : "件";
  return Object.entries(INBOX_KINDS)
    .map(([kind, text]) => ({ text, many: items.filter((item) => item.kind === kind).length }))
    .filter(({ many }) => many)
    .map(({ text, many }) => ({ text, state: `${many}${rest}`, url: "/pages/approvals/list" }));
}

/** What an office may say to a finding, a proposal or a recall: the words of its buttons, and what must be written. */
function questionOf({ kind, proposal, recall }) {
  if (kind === "finding") {
    return { heading: "认定", yes: "认定", no: "撤销", asksReason: true, asksDocument: false };
  }
  if (kind === "proposal") {
    const yes = proposal.step === "notice" ? "给予全市通报" : "建议提出召回";
    return { heading: "决定", yes, no: "不采纳", asksReason: true, asksDocument: true };
  }
  if (recall.state === "proposed") {
    return { heading: "审定", yes: "同意召回", no: "不予召回", asksReason: true, asksDocument: false };
  }
  return { heading: "督促派出单位召回", yes: "督促召回", no: "", asksReason: false, asksDocument: true };
}

/** What is still missing before an office says yes or no, as a sentence; empty when it can be said. */
function objectionToWord(question, { agrees, reason, documentNo }) {
  if (question.asksReason && !reason.trim()) return "请写明理由";
  return agrees && question.asksDocument && !documentNo.trim() ? "请填写文件号" : "";
}

/** What the city is told of a proposal, as pairs of name and text. */
function proposalFactsOf({ proposal, person, village }) {
  return [
    { name: "人员", text: person.name },
    { name: "派驻村", text: village.name },
    { name: "建议", text: LADDER_STEPS[proposal.step] },
    { name: "依据", text: `${proposal.findings.length} 次经认定的无故不在岗` },
  ];
}

module.exports = { inboxRowOf, inboxWaits, objectionToWord, proposalFactsOf, questionOf };
