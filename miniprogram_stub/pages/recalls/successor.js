// 接替人员: who comes in place of the recalled, and from when on; whether Article 6 takes them the server says.

const drafts = require("../../services/drafts.js");
const oversight = require("../../services/oversight.js");
const { candidateBodyOf, candidateTexts, newCandidate, objectionToCandidate } = require("../../logic/candidate.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { successionOf } = require("../../logic/oversight.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const EARLIEST = "1950-01-01";
const LONGEST_AHEAD_DAYS = 366;

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    succession: null,
    successor: { ...newCandidate(), first_day: "" },
    grades: [],
    memberText: "",
    workingText: "",
    firstDayText: "",
    earliest: EARLIEST,
    today: "",
    latest: "",
  },
  id: "",

  onLoad({ id }) {
    const today = chinaDay(new Date());
    this.id = id;
    this.setData({ today, latest: addDays(today, LONGEST_AHEAD_DAYS) });
    return act(this, async () => {
      const succession = successionOf(await oversight.recall(id), today);
      const draft = drafts.recall(this.draftName()) || newCandidate();
      const { earliest } = succession;
      this.setData({ succession });
      this.showSuccessor({ ...draft, first_day: draft.first_day > earliest ? draft.first_day : earliest });
    });
  },

  onShow() {
    dress(this);
  },

  draftName() {
    return `successor-${this.id}`;
  },

  showSuccessor(successor) {
    this.setData({ successor, firstDayText: fullDayText(successor.first_day), ...candidateTexts(successor) });
  },

  /** Change the form, and keep it as it is for when the app is closed. */
  change(news) {
    const successor = { ...this.data.successor, ...news };
    drafts.keep(this.draftName(), successor);
    this.showSuccessor(successor);
  },

  onChoose({ currentTarget }) {
    const { name, value } = currentTarget.dataset;
    this.change({ [name]: value });
  },

  onEnter({ currentTarget, detail }) {
    this.change({ [currentTarget.dataset.name]: detail.value });
  },

  async onSubmit() {
    const { successor, succession, firstDayText } = this.data;
    const objection = objectionToCandidate(successor);
    if (objection) return this.setData({ message: objection });
    const content = `${succession.title}：${successor.name.trim()}，${firstDayText}到任。登记后不能更改，确定吗？`;
    if (!(await confirmed("确定接替人员", content))) return undefined;
    return act(this, async () => {
      await oversight.nameSuccessor(this.id, { ...candidateBodyOf(successor), first_day: successor.first_day });
      drafts.forget(this.draftName());
      wx.navigateBack();
    });
  },
});
