// What is stored about me, who looked at it, and all of it as a file to keep.

const identity = require("../../services/identity.js");
const { chinaTime } = require("../../logic/days.js");
const { act, dress } = require("../../logic/page.js");

const MOST_SHOWN = 100;

Page({
  data: { type: "", busy: false, message: "", at: "", kinds: [], looks: [], isUnseen: false, hidden: 0 },

  onLoad() {
    return act(this, () => this.load());
  },

  onShow() {
    dress(this);
  },

  async onPullDownRefresh() {
    await act(this, () => this.load());
    wx.stopPullDownRefresh();
  },

  async load() {
    const { made_at, tables, looked_at } = await identity.data();
    this.setData({
      at: chinaTime(made_at),
      kinds: tables.filter(({ count }) => count).map(({ table, title, count }) => ({ table, title, count: `${count} 条` })),
      looks: looked_at.slice(0, MOST_SHOWN).map(lookOf),
      isUnseen: looked_at.length === 0,
      hidden: Math.max(0, looked_at.length - MOST_SHOWN),
    });
  },

  onExport() {
    return act(this, () => identity.openData());
  },
});

function lookOf({ at, text, by }, number) {
  return { key: `look-${number}`, at: chinaTime(at), text, by: by || "系统" };
}
