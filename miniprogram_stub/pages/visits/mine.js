// The visits I made, the latest first.

const identity = require("../../services/identity.js");
const visits = require("../../services/visits.js");
const { act, dress } = require("../../logic/page.js");
const { visitRowOf } = require("../../logic/visits.js");

Page({
  data: { type: "", busy: false, message: "", visits: [], hasMore: false, isEmpty: false },
  cursor: null,

  onShow() {
    dress(this);
    return act(this, () => this.load(null));
  },

  async onPullDownRefresh() {
    await act(this, () => this.load(null));
    wx.stopPullDownRefresh();
  },

  onMore() {
    return act(this, () => this.load(this.cursor));
  },

  async load(cursor) {
    const [{ items, next_cursor }, me] = await Promise.all([visits.mine(cursor), identity.me()]);
    const rows = items.map((each) => visitRowOf(each, me.person.id));
    const all = cursor ? [...this.data.visits, ...rows] : rows;
    this.cursor = next_cursor;
    this.setData({ visits: all, hasMore: Boolean(next_cursor), isEmpty: all.length === 0 });
  },

  onVisit({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/detail?id=${currentTarget.dataset.id}` });
  },
});
