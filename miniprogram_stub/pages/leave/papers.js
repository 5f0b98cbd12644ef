// 补办: the papers of a leave agreed by phone.

const leave = require("../../services/leave.js");
const { act, dress } = require("../../logic/page.js");
const { notesOf } = require("../../logic/leaves.js");
const { spanText } = require("../../logic/span.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    span: "",
    notes: [],
    papers: { reason: "", destination: "", work_goes_to: "" },
  },
  id: "",

  onLoad({ id }) {
    this.id = id;
    return act(this, () => this.load());
  },

  onShow() {
    dress(this);
  },

  async load() {
    const found = await leave.get(this.id);
    const { reason, destination, work_goes_to } = found;
    this.setData({ span: spanText(found), notes: notesOf(found), papers: { reason, destination, work_goes_to } });
  },

  onText({ currentTarget, detail }) {
    this.setData({ papers: { ...this.data.papers, [currentTarget.dataset.name]: detail.value } });
  },

  onSubmit() {
    const { reason, destination, work_goes_to } = this.data.papers;
    if (!reason.trim() || !destination.trim()) return this.setData({ message: "请填写事由和去向" });
    const papers = { reason: reason.trim(), destination: destination.trim(), work_goes_to: work_goes_to.trim() };
    return act(this, async () => {
      await leave.filePapers(this.id, papers);
      wx.navigateBack();
    });
  },
});
