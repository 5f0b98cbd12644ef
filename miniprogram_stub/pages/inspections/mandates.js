// 督查授权: who inspects in the name of my level, where and until when; a mandate is taken back here.

const inspections = require("../../services/inspections.js");
const { chinaDay } = require("../../logic/days.js");
const { mandateRowOf } = require("../../logic/mandates.js");
const { act, confirmed, reloading } = require("../../logic/page.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", rows: [], isEmpty: false },

  async load() {
    const { items } = await inspections.mandates();
    const today = chinaDay(new Date());
    this.setData({ rows: items.map((mandate) => mandateRowOf(mandate, today)), isEmpty: items.length === 0 });
  },

  onNew() {
    wx.navigateTo({ url: "/pages/inspections/mandate" });
  },

  async onEnd({ currentTarget }) {
    const { id, name, place, ending } = this.data.rows[currentTarget.dataset.number];
    if (!(await confirmed("收回授权", `${name}，${place}。${ending}`, "收回"))) return;
    await act(this, () => inspections.endMandate(id).finally(() => this.load())); // it may have been taken back before
  },
});
