// What an inspector has found about somebody; the person is told at once, and may answer before anybody decides.

const drafts = require("../../services/drafts.js");
const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const { chinaDay } = require("../../logic/days.js");
const { foundUrl, inspectionRowOf, newFinding, objectionToFinding, peopleOf } = require("../../logic/inspections.js");
const { act, choices, confirmed, dress } = require("../../logic/page.js");
const { FINDING_KINDS } = require("../../logic/words.js");

const TOLD = "本人会马上收到通知，可在期限内说明。提交后不能更改，确定吗？";

Page({
  data: { type: "", busy: false, message: "", row: null, finding: newFinding(), people: [], kinds: [], isEmpty: false },
  id: "",
  situation: [],
  myId: "",

  onLoad({ inspection }) {
    this.id = inspection;
    return act(this, async () => {
      const [found, me] = await Promise.all([inspections.get(inspection), identity.me()]);
      this.situation = found.situation;
      this.myId = me.person.id;
      this.setData({ row: inspectionRowOf(found, { myId: this.myId, today: chinaDay(new Date()) }) });
      this.showFinding(drafts.recall(this.draftName()) || newFinding());
      this.setData({ isEmpty: this.data.people.length === 0 });
    });
  },

  onShow() {
    dress(this);
  },

  draftName() {
    return `finding-form:${this.id}`;
  },

  showFinding(finding) {
    this.setData({
      finding,
      people: peopleOf(this.situation, this.myId, finding.person_id),
      kinds: choices(FINDING_KINDS, finding.kind),
    });
  },

  /** Change the form, and keep it as it is for when the app is closed. */
  change(news) {
    const finding = { ...this.data.finding, ...news };
    drafts.keep(this.draftName(), finding);
    this.setData({ message: "" });
    this.showFinding(finding);
  },

  onChoose({ currentTarget }) {
    const { name, value } = currentTarget.dataset;
    this.change({ [name]: value });
  },

  onDescription({ detail }) {
    this.change({ description: detail.value });
  },

  async onSubmit() {
    const { finding, people } = this.data;
    const objection = objectionToFinding(finding);
    if (objection) return this.setData({ message: objection });
    const { name } = people.find(({ chosen }) => chosen);
    if (!(await confirmed(`${name} ${FINDING_KINDS[finding.kind]}`, TOLD, "提交"))) return undefined;
    return act(this, async () => {
      const made = await inspections.find(this.id, { ...finding, description: finding.description.trim() });
      drafts.forget(this.draftName());
      wx.redirectTo({ url: foundUrl(made.id, true) });
    });
  },
});
