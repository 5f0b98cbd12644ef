// 往返行程: a month's trips, of which the travel allowance is paid; a wrong one is taken back.

const allowances = require("../../services/allowances.js");
const api = require("../../services/api.js");
const outbox = require("../../services/outbox.js");
const { addMonths, chinaDay, monthOf, monthText } = require("../../logic/days.js");
const { rowsOf } = require("../../logic/outbox_rows.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { tripRowOf } = require("../../logic/trips.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    month: "",
    monthText: "",
    isPresent: true,
    outbox: [],
    trips: [],
    hasMore: false,
    isEmpty: false,
  },
  cursor: null,

  onLoad() {
    this.showMonth(monthOf(chinaDay(new Date())));
  },

  onShow() {
    dress(this);
    return act(this, () => this.refresh());
  },

  async onPullDownRefresh() {
    await act(this, () => this.refresh());
    wx.stopPullDownRefresh();
  },

  onSend() {
    return act(this, () => this.refresh());
  },

  async refresh() {
    this.showOutbox();
    await outbox.send();
    this.showOutbox();
    await this.load(null);
  },

  showOutbox() {
    this.setData({ outbox: rowsOf(outbox.items(), ["trip"]) });
  },

  showMonth(month) {
    const isPresent = month >= monthOf(chinaDay(new Date()));
    this.setData({ month, monthText: monthText(month), isPresent, trips: [], isEmpty: false, hasMore: false });
  },

  async load(cursor) {
    const { items, next_cursor } = await allowances.trips(this.data.month, cursor);
    const rows = items.map((trip) => tripRowOf(trip, api.person().id));
    const all = cursor ? [...this.data.trips, ...rows] : rows;
    this.cursor = next_cursor;
    this.setData({ trips: all, hasMore: Boolean(next_cursor), isEmpty: all.length === 0 });
  },

  onMore() {
    return act(this, () => this.load(this.cursor));
  },

  onEarlier() {
    return this.onMonth(-1);
  },

  onLater() {
    return this.onMonth(1);
  },

  onMonth(months) {
    this.showMonth(addMonths(this.data.month, months));
    return act(this, () => this.load(null));
  },

  onNew() {
    wx.navigateTo({ url: "/pages/allowances/trip" });
  },

  async onWithdraw({ currentTarget }) {
    const { id, title } = currentTarget.dataset;
    if (!(await confirmed("撤销行程", `撤销 ${title}，不再计入交通补助；已经发放的会在下次扣回。确定吗？`))) return;
    await act(this, async () => {
      await allowances.withdraw(id);
      await this.load(null);
    });
  },

  async onDiscard({ currentTarget }) {
    const { key } = currentTarget.dataset;
    const item = outbox.items().find(({ client_key }) => client_key === key);
    const isRead = item && item.state === "refused";
    if (isRead || (await confirmed("不再发送", "删去后，这一条不会送到。确定吗？"))) outbox.discard(key);
    this.showOutbox();
  },
});
