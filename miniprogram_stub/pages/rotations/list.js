// The rotations I may see, the latest first; a unit asks for a new one here.

const identity = require("../../services/identity.js");
const rotation = require("../../services/rotation.js");
const { may } = require("../../logic/me.js");
const { act, reloading } = require("../../logic/page.js");
const { rotationRowOf } = require("../../logic/rotations.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", mayApply: false, rows: [], isEmpty: false, hasMore: false },
  cursor: null,

  async load() {
    const [page, me] = await Promise.all([rotation.list(), identity.me()]);
    this.setData({ mayApply: may(me, "apply_rotation") });
    this.showPage(page, []);
  },

  showPage({ items, next_cursor }, before) {
    this.cursor = next_cursor;
    const rows = [...before, ...items.map(rotationRowOf)];
    this.setData({ rows, isEmpty: rows.length === 0, hasMore: Boolean(next_cursor) });
  },

  onMore() {
    return act(this, async () => this.showPage(await rotation.list({ cursor: this.cursor }), this.data.rows));
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: `/pages/rotations/detail?id=${currentTarget.dataset.id}` });
  },

  onNew() {
    wx.navigateTo({ url: "/pages/rotations/new" });
  },
});
