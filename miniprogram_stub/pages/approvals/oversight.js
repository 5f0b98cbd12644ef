// A finding, a proposal or a recall that waits for my office: what there is to know, and the office's word.

const identity = require("../../services/identity.js");
const inbox = require("../../services/inbox.js");
const oversight = require("../../services/oversight.js");
const pictures = require("../../services/pictures.js");
const { inboxRowOf, objectionToWord, proposalFactsOf, questionOf } = require("../../logic/inbox.js");
const { findingCase, recallCase } = require("../../logic/oversight.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const NO_QUESTION = { heading: "", yes: "", no: "", asksReason: false, asksDocument: false };

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    isOver: false,
    row: null,
    cases: [],
    question: NO_QUESTION,
    reason: "",
    documentNo: "",
    done: "",
  },
  id: "",
  kind: "",

  onLoad({ id }) {
    this.id = id;
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [item, me] = await Promise.all([inbox.get(this.id), identity.me()]);
    if (!item) return this.setData({ row: null, cases: [], isOver: true });
    const cases = await CASES[item.kind](item, me.person.id);
    this.kind = item.kind;
    this.setData({ row: inboxRowOf(item), cases, question: questionOf(item), isOver: false });
    await this.fetchPhotos();
  },

  async fetchPhotos() {
    for (const { id, photos } of this.data.cases) {
      const inCase = (fetched) => this.data.cases.map((each) => (each.id === id ? { ...each, photos: fetched } : each));
      await pictures.fetchThumbnails(photos, (fetched) => this.setData({ cases: inCase(fetched) }));
    }
  },

  onPhoto({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  onReason({ detail }) {
    this.setData({ reason: detail.value });
  },

  onDocument({ detail }) {
    this.setData({ documentNo: detail.value });
  },

  onYes() {
    return this.say(true, this.data.question.yes);
  },

  onNo() {
    return this.say(false, this.data.question.no);
  },

  async say(agrees, word) {
    const { question, row, reason, documentNo } = this.data;
    const objection = objectionToWord(question, { agrees, reason, documentNo });
    if (objection) return this.setData({ message: objection });
    if (!(await confirmed(word, `${row.title}，${row.span}`))) return;
    await act(this, async () => {
      await this.send(agrees, reason.trim(), documentNo.trim());
      this.setData({ done: `已办理：${word}`, reason: "", documentNo: "" });
      await this.load();
    });
  },

  send(agrees, reason, documentNo) {
    if (this.kind === "finding") return oversight.decideFinding(this.id, agrees, reason);
    if (this.kind === "proposal") return oversight.decideProposal(this.id, agrees, reason, agrees ? documentNo : null);
    return this.data.question.asksReason
      ? oversight.decideRecall(this.id, agrees, reason)
      : oversight.urgeRecall(this.id, documentNo);
  },
});

/** What is shown before the office says its word: of a proposal also each finding it rests on. */
const CASES = {
  finding: async ({ id }, myId) => [caseOf(id, "督查记录", findingCase(await oversight.finding(id), myId, new Date()))],
  recall: async ({ id, recall }, myId) => [caseOf(id, "召回", recallCase(recall, myId, new Date()))],
  proposal: async (item, myId) => {
    const found = await Promise.all(item.proposal.findings.map((id) => oversight.finding(id)));
    const itself = { facts: proposalFactsOf(item), trail: [], photos: [] };
    return [
      caseOf(item.id, "建议", itself),
      ...found.map((each) => caseOf(each.id, "督查记录", findingCase(each, myId, new Date()))),
    ];
  },
};

function caseOf(id, heading, { facts, trail, photos }) {
  return { id, heading, facts, trail, photos };
}
