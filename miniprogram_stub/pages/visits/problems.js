// What was found on visits and is to be settled, the oldest first (动态清零).

const visits = require("../../services/visits.js");
const { act, dress } = require("../../logic/page.js");
const { problemRowOf } = require("../../logic/visits.js");

const FILTERS = [
  { state: "open", text: "未办结" },
  { state: "settled", text: "已办结" },
];

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    state: "open",
    filters: FILTERS,
    problems: [],
    hasMore: false,
    isEmpty: false,
  },
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

  onFilter({ currentTarget }) {
    this.setData({ state: currentTarget.dataset.state, problems: [], isEmpty: false });
    return act(this, () => this.load(null));
  },

  async load(cursor) {
    const { items, next_cursor } = await visits.problems({ state: this.data.state, cursor });
    const rows = items.map(problemRowOf);
    const all = cursor ? [...this.data.problems, ...rows] : rows;
    this.cursor = next_cursor;
    this.setData({ problems: all, hasMore: Boolean(next_cursor), isEmpty: all.length === 0 });
  },

  onProblem({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/problem?id=${currentTarget.dataset.id}` });
  },
});
