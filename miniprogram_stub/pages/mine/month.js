// My month as a calendar: what each day counts as, where that comes from, and my attempts of the day.

const attendance = require("../../services/attendance.js");
const checkin = require("../../services/checkin.js");
const identity = require("../../services/identity.js");
const { WEEK, halvesIn, sourceIn, weeksOf } = require("../../logic/calendar.js");
const { addMonths, chinaDay, daysOfMonth, monthOf, monthText } = require("../../logic/days.js");
const { may, villagesBetween } = require("../../logic/me.js");
const { monthLines } = require("../../logic/month_lines.js");
const { act, dress } = require("../../logic/page.js");
const { attemptsByDay } = require("../../logic/attempts.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    month: "",
    monthText: "",
    weekdays: WEEK,
    sections: [],
    chosen: null,
    isEmpty: false,
    isRunning: false,
  },
  attempts: new Map(),

  onLoad() {
    return act(this, () => this.load(monthOf(chinaDay(new Date()))));
  },

  onShow() {
    dress(this);
  },

  async onPullDownRefresh() {
    await act(this, () => this.load(this.data.month));
    wx.stopPullDownRefresh();
  },

  async load(month) {
    this.setData({ month, monthText: monthText(month), chosen: null });
    const me = await identity.me();
    const days = daysOfMonth(month);
    const villages = villagesBetween(me, days[0], days[days.length - 1]);
    const [attempts, ...months] = await Promise.all([
      may(me, "see_checkins") ? checkin.attempts(month) : [],
      ...villages.map(({ id }) => attendance.monthOfVillage(month, id)),
    ]);
    this.attempts = attemptsByDay(attempts);
    const own = months.flatMap(({ items }) => items.filter(({ person }) => person.id === me.person.id));
    this.setData({
      sections: own.map((row) => sectionOf(row, month)),
      isEmpty: own.length === 0,
      isRunning: months.some(({ running }) => running),
    });
  },

  onEarlier() {
    return act(this, () => this.load(addMonths(this.data.month, -1)));
  },

  onLater() {
    return act(this, () => this.load(addMonths(this.data.month, 1)));
  },

  onDay({ currentTarget }) {
    const { day } = currentTarget.dataset;
    const cells = this.data.sections.flatMap(({ weeks }) => weeks.flatMap(({ cells }) => cells));
    const cell = cells.find((each) => each.day && each.day === day);
    if (cell) this.setData({ chosen: { day, label: cell.label, attempts: this.attempts.get(day) || [] } });
  },
});

function sectionOf(row, month) {
  const { in_village_days, assessed_days, paid_days, required_days, average, forecast } = row;
  return {
    id: row.posting_id,
    village: row.village.name,
    weeks: weeksOf(month, halvesIn(row), { today: chinaDay(new Date()), sourceOf: sourceIn(row) }),
    lines: monthLines({ month: { in_village_days, assessed_days, paid_days, required_days }, average, forecast }),
  };
}
