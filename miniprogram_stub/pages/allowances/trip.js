// 登记行程: one way driven on a day; the page stays for the other way.

const allowances = require("../../services/allowances.js");
const { addDays, chinaDay, dayText, fullDayText } = require("../../logic/days.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, dress } = require("../../logic/page.js");
const { TRIP_WAYS } = require("../../logic/words.js");

const EARLIEST_DAYS = 366; // the county says how late; the server holds to it

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    done: "",
    day: "",
    dayText: "",
    earliest: "",
    today: "",
    ways: Object.entries(TRIP_WAYS).map(([value, text]) => ({ value, text })),
    way: "",
  },

  onLoad() {
    const today = chinaDay(new Date());
    this.setData({ today, earliest: addDays(today, -EARLIEST_DAYS) });
    this.showDay(today);
  },

  onShow() {
    dress(this);
  },

  showDay(day) {
    this.setData({ day, dayText: fullDayText(day), done: "" });
  },

  onDay({ detail }) {
    this.showDay(detail.value);
  },

  onWay({ currentTarget }) {
    this.setData({ way: currentTarget.dataset.value, done: "" });
  },

  onSubmit() {
    const { day, way } = this.data;
    if (!way) return this.setData({ message: "请选择往程或返程" });
    return act(this, async () => {
      const sent = await allowances.record(day, way);
      this.setData({ way: "", done: handedOver(sent, `已登记：${dayText(day)}${TRIP_WAYS[way]}`) });
    });
  },
});
