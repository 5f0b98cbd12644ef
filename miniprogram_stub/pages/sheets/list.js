// Where the sheets of a month stand: of a township's villages, or my own village's.

const identity = require("../../services/identity.js");
const place = require("../../services/place.js");
const sheets = require("../../services/sheets.js");
const { addMonths, chinaDay, monthOf, monthText } = require("../../logic/days.js");
const { ownVillageOn } = require("../../logic/me.js");
const { act, reloading } = require("../../logic/page.js");
const { lineOf } = require("../../logic/sheets.js");

Page({
  ...reloading,
  data: {
    type: "",
    busy: false,
    message: "",
    month: "",
    monthText: "",
    isRunning: false,
    choice: { counties: [], county: null, townships: [], township: null },
    rows: [],
    isEmpty: false,
  },
  village: null,

  onLoad() {
    this.showMonth(addMonths(monthOf(chinaDay(new Date())), -1));
  },

  showMonth(month) {
    this.setData({ month, monthText: monthText(month) });
  },

  async load() {
    const me = await identity.me();
    if (!this.data.choice.township) this.setData({ choice: await place.begin(me) });
    this.village = ownVillageOn(me, chinaDay(new Date()));
    await this.read();
  },

  async read() {
    const area = this.data.choice.township || this.village;
    if (!area) return this.setData({ rows: [], isEmpty: true });
    if (this.data.choice.township) place.keep(this.data.choice);
    const { items, running } = await sheets.board(this.data.month, area.id);
    this.setData({ rows: items.map(lineOf), isRunning: running, isEmpty: items.length === 0 });
  },

  onEarlier() {
    return this.onMonth(-1);
  },

  onLater() {
    return this.onMonth(1);
  },

  onMonth(months) {
    return act(this, async () => {
      this.showMonth(addMonths(this.data.month, months));
      await this.read();
    });
  },

  onCounty({ detail }) {
    return act(this, async () => {
      const { counties } = this.data.choice;
      this.setData({ choice: await place.inCounty(counties, counties[detail.value]) });
      await this.read();
    });
  },

  onTownship({ detail }) {
    return act(this, async () => {
      this.setData({ choice: { ...this.data.choice, township: this.data.choice.townships[detail.value] } });
      await this.read();
    });
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: `/pages/sheets/detail?village=${currentTarget.dataset.id}&month=${this.data.month}` });
  },
});
