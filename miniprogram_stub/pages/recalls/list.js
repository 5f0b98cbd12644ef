// 召回: the recalls of my unit's people, the latest first, with what the unit has to do next.

const identity = require("../../services/identity.js");
const oversight = require("../../services/oversight.js");
const { unitRecallRowOf } = require("../../logic/oversight.js");
const { act, reloading } = require("../../logic/page.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", rows: [], isEmpty: false, hasMore: false },
  cursor: null,
  myId: "",

  async load() {
    const [page, me] = await Promise.all([oversight.recalls(), identity.me()]);
    this.myId = me.person.id;
    this.showPage(page, []);
  },

  showPage({ items, next_cursor }, before) {
    this.cursor = next_cursor;
    const rows = [...before, ...items.map((recall) => unitRecallRowOf(recall, this.myId))];
    this.setData({ rows, isEmpty: rows.length === 0, hasMore: Boolean(next_cursor) });
  },

  onMore() {
    return act(this, async () => this.showPage(await oversight.recalls({ cursor: this.cursor }), this.data.rows));
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },
});
