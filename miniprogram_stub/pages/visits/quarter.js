// A quarter in numbers: of my area, and of each helper, village or township in it. In the office's order, no ranks.

const identity = require("../../services/identity.js");
const visits = require("../../services/visits.js");
const { addQuarters, chinaDay, quarterOf, quarterText } = require("../../logic/days.js");
const { areaOn, ownVillageOn } = require("../../logic/me.js");
const { act, dress } = require("../../logic/page.js");
const { quarterRowOf, tallyLines } = require("../../logic/visits.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    quarter: "",
    quarterText: "",
    isPresent: true,
    area: "",
    total: [],
    isRunning: false,
    rows: [],
    isEmpty: false,
    canGoUp: false,
  },
  /** The areas gone down through, the widest first. */
  path: [],

  onLoad({ quarter = "" }) {
    this.showQuarter(quarter || quarterOf(chinaDay(new Date())));
    return act(this, async () => {
      const me = await identity.me();
      const today = chinaDay(new Date());
      const area = areaOn(me, today) || ownVillageOn(me, today);
      this.path = area ? [area.id] : [];
      await this.load();
    });
  },

  onShow() {
    dress(this);
  },

  async onPullDownRefresh() {
    await act(this, () => this.load());
    wx.stopPullDownRefresh();
  },

  showQuarter(quarter) {
    const isPresent = quarter === quarterOf(chinaDay(new Date()));
    this.setData({ quarter, quarterText: quarterText(quarter), isPresent });
  },

  async load() {
    const area = this.path[this.path.length - 1];
    if (!area) return this.setData({ isEmpty: true });
    const found = await visits.quarterOf(this.data.quarter, area);
    const goesOn = found.by !== "helper";
    this.setData({
      area: found.area.name,
      total: tallyLines(found.total),
      isRunning: found.running,
      rows: found.items.map((item) => ({ ...quarterRowOf(item), goesOn })),
      canGoUp: this.path.length > 1,
      isEmpty: found.items.length === 0,
    });
  },

  onEarlier() {
    return this.onQuarter(-1);
  },

  onLater() {
    return this.onQuarter(1);
  },

  onQuarter(quarters) {
    return act(this, async () => {
      this.showQuarter(addQuarters(this.data.quarter, quarters));
      await this.load();
    });
  },

  onDown({ currentTarget }) {
    return act(this, async () => {
      this.path = [...this.path, currentTarget.dataset.id];
      await this.load();
    });
  },

  onUp() {
    return act(this, async () => {
      this.path = this.path.slice(0, -1);
      await this.load();
    });
  },
});
