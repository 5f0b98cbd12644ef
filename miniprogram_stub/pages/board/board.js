// Who is in the village today, village by village, in a township.

const attendance = require("../../services/attendance.js");
const identity = require("../../services/identity.js");
const place = require("../../services/place.js");
const { boardOf } = require("../../logic/board.js");
const { chinaDay, fullDayText, monthOf } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { act, dress } = require("../../logic/page.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    day: "",
    choice: { counties: [], county: null, townships: [], township: null },
    villages: [],
    counts: null,
    isEmpty: false,
    mayEnter: false,
  },

  onLoad() {
    return act(this, async () => {
      const me = await identity.me();
      this.setData({ choice: await place.begin(me), mayEnter: may(me, "correct_attendance") });
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

  async load() {
    const { township } = this.data.choice;
    if (!township) return this.setData({ villages: [], counts: null, isEmpty: true });
    place.keep(this.data.choice);
    const today = chinaDay(new Date());
    const { items } = await attendance.monthOfTownship(monthOf(today), township.id);
    const { villages, counts } = boardOf(items, today);
    this.setData({ day: fullDayText(today), villages, counts, isEmpty: villages.length === 0 });
  },

  onPerson({ currentTarget }) {
    const { person, name } = currentTarget.dataset;
    wx.navigateTo({ url: `/pages/board/entry?person=${person}&name=${encodeURIComponent(name)}` });
  },

  onCounty({ detail }) {
    return act(this, async () => {
      const { counties } = this.data.choice;
      this.setData({ choice: await place.inCounty(counties, counties[detail.value]) });
      await this.load();
    });
  },

  onTownship({ detail }) {
    return act(this, async () => {
      this.setData({ choice: { ...this.data.choice, township: this.data.choice.townships[detail.value] } });
      await this.load();
    });
  },
});
