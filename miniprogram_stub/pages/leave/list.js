// My leaves, or those of my area; first of all those that are still on their way.

const identity = require("../../services/identity.js");
const leave = require("../../services/leave.js");
const outbox = require("../../services/outbox.js");
const { chinaDay } = require("../../logic/days.js");
const { rowOf } = require("../../logic/leaves.js");
const { may, seatsOn } = require("../../logic/me.js");
const { rowsOf } = require("../../logic/outbox_rows.js");
const { confirmed, dress, show, whenOnline } = require("../../logic/page.js");

const FILTERS = [
  { state: "", text: "全部" },
  { state: "submitted", text: "待审批" },
  { state: "oral", text: "待补手续" },
  { state: "approved", text: "已批准" },
  { state: "overdue_return", text: "超假" },
];
const KINDS = ["leave", "extension", "photo"];

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    mayAsk: false,
    filters: [],
    state: "",
    outbox: [],
    rows: [],
    isEmpty: false,
    hasMore: false,
  },
  cursor: null,
  asked: 0,
  endListening: null,

  onLoad() {
    this.endListening = whenOnline(() => this.refresh());
  },

  onUnload() {
    this.endListening();
  },

  onShow() {
    dress(this);
    return this.refresh();
  },

  async onPullDownRefresh() {
    await this.refresh();
    wx.stopPullDownRefresh();
  },

  onSend() {
    return this.refresh();
  },

  /** Send what waits and read the list anew; without a network the last known one is shown. */
  async refresh() {
    this.showMe(identity.lastMe());
    if (!this.data.state) this.showPage(leave.lastList(), true);
    this.setData({ busy: true, message: "" });
    try {
      await identity.login();
      await outbox.send();
      this.showMe(await identity.me());
      await this.read(true);
    } catch (error) {
      show(this, error);
    }
    this.setData({ busy: false });
    this.showOutbox();
  },

  showMe(me) {
    const holdsOffice = Boolean(me) && seatsOn(me, chinaDay(new Date())).length > 0;
    this.setData({
      mayAsk: may(me, "request_leave"),
      filters: holdsOffice ? FILTERS.map((each) => ({ ...each, chosen: each.state === this.data.state })) : [],
    });
    this.showOutbox();
  },

  showOutbox() {
    this.setData({ outbox: rowsOf(outbox.items(), KINDS) });
  },

  /** Read a page of the list; an answer to an older question is not shown any more. */
  async read(isFirst) {
    if (!may(identity.lastMe(), "see_leaves")) return this.showPage({ items: [], next_cursor: null }, true);
    this.asked += 1;
    const asked = this.asked;
    const page = await leave.list({ state: this.data.state, cursor: isFirst ? null : this.cursor });
    if (asked === this.asked) this.showPage(page, isFirst);
  },

  showPage(page, isFirst) {
    if (!page) return;
    const me = identity.lastMe();
    const rows = page.items.map((each) => rowOf(each, me && me.person.id));
    this.cursor = page.next_cursor;
    const all = isFirst ? rows : [...this.data.rows, ...rows];
    this.setData({ rows: all, isEmpty: all.length === 0, hasMore: Boolean(page.next_cursor) });
  },

  async onFilter({ currentTarget }) {
    this.setData({ state: currentTarget.dataset.state, rows: [], isEmpty: false });
    await this.refresh();
  },

  async onMore() {
    try {
      await this.read(false);
    } catch (error) {
      show(this, error);
    }
  },

  onNew() {
    wx.navigateTo({ url: "/pages/leave/new" });
  },

  onOpen({ currentTarget }) {
    wx.navigateTo({ url: `/pages/leave/detail?id=${currentTarget.dataset.id}` });
  },

  onMend({ currentTarget }) {
    wx.navigateTo({ url: `/pages/leave/new?mends=${currentTarget.dataset.key}` });
  },

  async onDiscard({ currentTarget }) {
    const { key } = currentTarget.dataset;
    const item = outbox.items().find(({ client_key }) => client_key === key);
    const isRead = item && item.state === "refused";
    if (isRead || (await confirmed("不再发送", "删去后，这份申请不会送到。确定吗？"))) outbox.discard(key);
    this.showOutbox();
  },
});
