// One visit: all that was told, its photos, the problems found.

const identity = require("../../services/identity.js");
const pictures = require("../../services/pictures.js");
const visits = require("../../services/visits.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { PROBLEM_ITEMS, photosOf, titleOf, visitFactsOf, visitRowOf } = require("../../logic/visits.js");
const { PROBLEM_STATES } = require("../../logic/words.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    row: null,
    household: "",
    facts: [],
    photos: [],
    missing: 0,
    problems: [],
    isMine: false,
    canRelease: false,
    asksRelease: false,
    releaseReason: "",
    corrects: false,
    note: "",
    reason: "",
    done: "",
  },
  id: "",

  onLoad({ id }) {
    this.id = id;
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [visit, me] = await Promise.all([visits.get(this.id), identity.me()]);
    const photos = photosOf(visit);
    this.setData({
      row: visitRowOf(visit, me.person.id),
      household: titleOf(visit.household),
      facts: visitFactsOf(visit),
      photos,
      canRelease: visit.content_reading === "to_release",
      asksRelease: visit.content_reading === "to_release" || photos.some(({ canRelease }) => canRelease),
      missing: visit.photos_missing,
      isMine: visit.person.id === me.person.id && !visit.withdrawn,
      note: visit.note,
      problems: visit.problems.map(({ id, item, description, state }) => ({
        id,
        title: PROBLEM_ITEMS[item],
        text: description,
        state: PROBLEM_STATES[state].word,
        tone: PROBLEM_STATES[state].tone,
      })),
    });
    await pictures.fetchThumbnails(photos, (fetched) => this.setData({ photos: fetched }));
  },

  onPhoto({ currentTarget }) {
    return act(this, async () => {
      const file = await pictures.get(currentTarget.dataset.id, "full");
      wx.previewImage({ urls: [file] });
    });
  },

  async onDelete({ currentTarget }) {
    if (!(await confirmed("删除照片", "删除后不能恢复，走访记录仍在。确定吗？"))) return;
    await act(this, async () => {
      await pictures.remove(currentTarget.dataset.id);
      await this.load();
    });
  },

  onFold() {
    this.setData({ corrects: !this.data.corrects, done: "" });
  },

  onText({ currentTarget, detail }) {
    this.setData({ [currentTarget.dataset.name]: detail.value });
  },

  onCorrect() {
    const [note, reason] = [this.data.note.trim(), this.data.reason.trim()];
    if (!note || !reason) return this.setData({ message: "请写明更正后的情况和理由" });
    return act(this, () => this.correct({ reason, note }, "已更正"));
  },

  async onWithdraw() {
    const reason = this.data.reason.trim();
    if (!reason) return this.setData({ message: "请写明撤销的理由" });
    if (!(await confirmed("撤销走访", "撤销后这次走访不再算数，记录仍会留下。确定吗？"))) return undefined;
    return act(this, () => this.correct({ reason, withdrawn: true }, "已撤销"));
  },

  async correct(correction, doneText) {
    const sent = await visits.correct(this.id, correction);
    if (sent.answer) await this.load();
    this.setData({ corrects: false, reason: "", done: handedOver(sent, doneText) });
  },

  /** Release the photo that the button names, or the texts. */
  onRelease({ currentTarget }) {
    const reason = this.data.releaseReason.trim();
    if (!reason) return this.setData({ message: "请写明放开的理由" });
    return act(this, async () => {
      await visits.release(this.id, reason, currentTarget.dataset.id || null);
      await this.load();
      this.setData({ releaseReason: "", done: "已放开，理由已留存" });
    });
  },

  onProblem({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/problem?id=${currentTarget.dataset.id}` });
  },
});
