// 走访: whom I still owe a visit this quarter, the households I reach, what waits to be sent.

const identity = require("../../services/identity.js");
const outbox = require("../../services/outbox.js");
const visits = require("../../services/visits.js");
const { addQuarters, chinaDay, dayText, quarterOf, quarterText } = require("../../logic/days.js");
const { areaOn, may, ownVillageOn } = require("../../logic/me.js");
const { mendUrlOf, rowsOf } = require("../../logic/outbox_rows.js");
const { act, confirmed, dress, show, whenOnline } = require("../../logic/page.js");
const { dueRowOf, householdRowOf, tallyLines } = require("../../logic/visits.js");

const KINDS = ["visit", "correction", "step", "photo"];

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    mayVisit: false,
    maySee: false,
    seesQuarter: false,
    quarter: "",
    quarterText: "",
    isPresent: true,
    until: "",
    tally: [],
    due: [],
    isDone: false,
    isSorted: false,
    outbox: [],
    isFull: false,
    households: [],
    hasMore: false,
    isEmpty: false,
  },
  me: null,
  cursor: null,
  endListening: null,

  onLoad() {
    this.endListening = whenOnline(() => this.refresh());
    this.showQuarter(quarterOf(chinaDay(new Date())));
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

  showQuarter(quarter) {
    const isPresent = quarter === quarterOf(chinaDay(new Date()));
    this.setData({ quarter, quarterText: quarterText(quarter), isPresent, tally: [], due: [], isDone: false });
  },

  /** Send what waits and read everything anew; without a network the last known is shown. */
  async refresh() {
    this.showMe(identity.lastMe());
    this.showDue(visits.lastDue(this.data.quarter));
    this.showHouseholds(visits.lastHouseholds(), true);
    this.setData({ busy: true, message: "" });
    try {
      await identity.login();
      await outbox.send();
      this.showMe(await identity.me());
      await this.read();
    } catch (error) {
      show(this, error);
    }
    this.setData({ busy: false });
    this.showOutbox();
  },

  async read() {
    const { quarter } = this.data;
    const [due, households] = await Promise.all([
      this.data.mayVisit ? visits.due(quarter) : null,
      this.data.maySee ? visits.households() : null,
    ]);
    if (quarter === this.data.quarter) this.showDue(due);
    this.showHouseholds(households, true);
  },

  showMe(me) {
    const today = chinaDay(new Date());
    this.me = me;
    this.setData({
      mayVisit: may(me, "visit"),
      maySee: may(me, "see_households"),
      seesQuarter: may(me, "see_visits") && Boolean(areaOn(me, today) || ownVillageOn(me, today)),
    });
    this.showOutbox();
  },

  showDue(due, isSorted = false) {
    if (!due) return;
    this.setData({
      until: dayText(due.last_day),
      tally: tallyLines(due.tally),
      due: due.items.map((item) => dueRowOf(item, due.last_day)),
      isDone: due.items.length === 0 && this.data.isPresent,
      isSorted,
    });
  },

  showHouseholds(page, isFirst) {
    if (!page) return;
    const myId = this.me ? this.me.person.id : "";
    const rows = page.items.map((each) => householdRowOf(each, myId));
    const all = isFirst ? rows : [...this.data.households, ...rows];
    this.cursor = page.next_cursor;
    this.setData({ households: all, isEmpty: all.length === 0, hasMore: Boolean(page.next_cursor) });
  },

  showOutbox() {
    this.setData({ outbox: rowsOf(outbox.items(), KINDS), isFull: outbox.isNearlyFull() });
  },

  onEarlier() {
    return this.onQuarter(-1);
  },

  onLater() {
    return this.onQuarter(1);
  },

  onQuarter(quarters) {
    this.showQuarter(addQuarters(this.data.quarter, quarters));
    return this.refresh();
  },

  /** The nearest first: the position is taken once, after the same notice as everywhere. */
  onSort() {
    const [{ given_at }] = this.me.consents;
    if (!given_at) return wx.navigateTo({ url: "/pages/notice/notice" });
    return act(this, async () => this.showDue(await visits.dueByDistance(this.data.quarter), true));
  },

  onMore() {
    return act(this, async () => this.showHouseholds(await visits.households(this.cursor), false));
  },

  onHousehold({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/household?id=${currentTarget.dataset.id}` });
  },

  onGo({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },

  itemOf({ currentTarget }) {
    return outbox.items().find(({ client_key }) => client_key === currentTarget.dataset.key);
  },

  onMend(event) {
    wx.navigateTo({ url: mendUrlOf(this.itemOf(event)) });
  },

  async onDiscard(event) {
    const item = this.itemOf(event);
    const isRead = item && item.kind !== "visit" && item.state === "refused";
    if (item && (isRead || (await confirmed("不再发送", "删去后，这一条和它的照片不会送到。确定吗？")))) {
      outbox.discard(item.client_key);
    }
    this.showOutbox();
  },
});
