// 乡镇登记: what somebody's day counts as, entered by the township with a reason; the equal way without a phone.

const attendance = require("../../services/attendance.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, dress } = require("../../logic/page.js");
const { DAY_CLASSES, ENTERED, HALVES } = require("../../logic/words.js");

const REASONS = ["现场查看", "电话核实", "手机故障", "没有信号"];
const EARLIEST_DAYS = 366;

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    done: "",
    name: "",
    day: "",
    dayText: "",
    earliest: "",
    today: "",
    halves: Object.entries(HALVES).map(([value, text]) => ({ value, text })),
    half: "whole",
    classes: ENTERED.map((value) => ({ value, text: DAY_CLASSES[value].word })),
    dayClass: "in_village",
    reasons: REASONS,
    reason: "",
  },
  person: "",

  onLoad({ person = "", name = "" }) {
    const today = chinaDay(new Date());
    this.person = person;
    this.setData({ name: decodeURIComponent(name), today, earliest: addDays(today, -EARLIEST_DAYS) });
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

  onChoose({ currentTarget }) {
    const { name, value } = currentTarget.dataset;
    this.setData({ [name]: value, done: "" });
  },

  onReason({ detail }) {
    this.setData({ reason: detail.value });
  },

  onSubmit() {
    const { day, half, dayClass } = this.data;
    const reason = this.data.reason.trim();
    if (!reason) return this.setData({ message: "请选择或写明依据" });
    return act(this, async () => {
      const sent = await attendance.enter({ person_id: this.person, day, half, day_class: dayClass, reason });
      this.setData({ done: handedOver(sent, "已登记") });
    });
  },
});
