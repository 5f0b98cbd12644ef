// One leave that waits for my office, with what there is to know before one decides.

const identity = require("../../services/identity.js");
const leave = require("../../services/leave.js");
const { approvalOf } = require("../../logic/approvals.js");
const { chinaDay } = require("../../logic/days.js");
const { factsOf, trailOf } = require("../../logic/leaves.js");
const { officesOn } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    row: null,
    facts: [],
    trail: [],
    isOver: false,
    isOpinion: false,
    mayAdjust: false,
    opinion: "",
    adjustment: "",
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
    const [item, me] = await Promise.all([leave.approval(this.id), identity.me()]);
    if (!item) return this.setData({ row: null, isOver: true });
    const leads = officesOn(me, chinaDay(new Date())).some(({ role }) => role === "county_group");
    this.setData({
      row: approvalOf(item),
      facts: factsOf(item),
      trail: trailOf({ ...item, consent: null, papers_filed_at: null, returned_half: null }),
      isOpinion: item.waits_for !== item.tier,
      mayAdjust: leads && item.needs_stand_in && !item.stand_in,
    });
  },

  onOpinion({ detail }) {
    this.setData({ opinion: detail.value });
  },

  onAdjustment({ detail }) {
    this.setData({ adjustment: detail.value });
  },

  onAgree() {
    return this.decide("approved", "同意");
  },

  onDisagree() {
    if (!this.data.opinion.trim()) return this.setData({ message: "不同意须写明理由" });
    return this.decide("rejected", "不同意");
  },

  async decide(decision, word) {
    if (!(await confirmed(word, `${this.data.row.title}，${this.data.row.span}`))) return;
    await act(this, async () => {
      await leave.decide(this.id, decision, this.data.opinion.trim());
      wx.navigateBack();
    });
  },

  onAdjust() {
    const note = this.data.adjustment.trim();
    if (!note) return this.setData({ message: "请写明如何调整岗位" });
    return act(this, async () => {
      await leave.adjustPost(this.id, note);
      await this.load();
    });
  },

  onSlip() {
    return act(this, () => leave.openSlip(this.id));
  },

  onLeave() {
    wx.redirectTo({ url: `/pages/leave/detail?id=${this.id}` });
  },
});
