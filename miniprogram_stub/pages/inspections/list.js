// 督查: the inspections I have carried out, the latest first; a village is opened from here.

const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const { chinaDay } = require("../../logic/days.js");
const { inspectionRowOf } = require("../../logic/inspections.js");
const { may } = require("../../logic/me.js");
const { act, reloading } = require("../../logic/page.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", mayInspect: false, rows: [], isEmpty: false, hasMore: false },
  cursor: null,
  myId: "",

  async load() {
    const [page, me] = await Promise.all([inspections.list(), identity.me()]);
    this.myId = me.person.id;
    this.setData({ mayInspect: may(me, "inspect") });
    this.showPage(page, []);
  },

  showPage({ items, next_cursor }, before) {
    this.cursor = next_cursor;
    const seen = { myId: this.myId, today: chinaDay(new Date()) };
    const rows = [...before, ...items.map((item) => inspectionRowOf(item, seen))];
    this.setData({ rows, isEmpty: rows.length === 0, hasMore: Boolean(next_cursor) });
  },

  onMore() {
    return act(this, async () => this.showPage(await inspections.list(this.cursor), this.data.rows));
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: `/pages/inspections/detail?id=${currentTarget.dataset.id}` });
  },

  onNew() {
    wx.navigateTo({ url: "/pages/inspections/new" });
  },
});
