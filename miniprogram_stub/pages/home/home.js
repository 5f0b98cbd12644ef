// 今日驻村登记, where I stand, what waits for me, and what waits to be sent.

const attendance = require("../../services/attendance.js");
const checkin = require("../../services/checkin.js");
const identity = require("../../services/identity.js");
const inbox = require("../../services/inbox.js");
const leave = require("../../services/leave.js");
const messages = require("../../services/messages.js");
const outbox = require("../../services/outbox.js");
const oversight = require("../../services/oversight.js");
const sheets = require("../../services/sheets.js");
const visits = require("../../services/visits.js");
const { areaOn, may, officesOn, ownVillageOn, placesOfDuties, seatsOn } = require("../../logic/me.js");
const { addMonths, chinaDay, monthOf, quarterOf } = require("../../logic/days.js");
const { inboxWaits } = require("../../logic/inbox.js");
const { monthLines } = require("../../logic/month_lines.js");
const { mendUrlOf, rowsOf } = require("../../logic/outbox_rows.js");
const { openCalls, oversightWaits, rollCallOf, unitWaits } = require("../../logic/oversight.js");
const { act, confirmed, dress, whenOnline } = require("../../logic/page.js");
const { ofAnswer, ofToday, ofTrouble, ofWaiting } = require("../../logic/standing.js");
const { sheetWaits } = require("../../logic/sheets.js");
const { textOf } = require("../../logic/errors.js");

const DECLARATION = "本人声明：我今天在派驻村驻村。是否计入由本县规定和乡镇确认。";
const MOST_COUNTED = 50;
const NOTHING_CONCERNS_ME = { roll_calls: [], findings: [], recalls: [] };

Page({
  data: {
    type: "",
    name: "",
    standing: { title: "正在打开…", tone: "plain", lines: [] },
    attempt: null,
    connection: "",
    message: "",
    signedOut: false,
    canCheckIn: false,
    busy: false,
    rollCalls: [],
    waits: [],
    nothingWaits: false,
    entries: [],
    returnOf: "",
    outbox: [],
    isFull: false,
    monthLines: [],
  },
  today: null,
  me: null,
  waiting: "",
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

  /** Sign in where needed, send what waits, and show how things stand. */
  async refresh() {
    this.show(attendance.lastToday(), identity.lastMe());
    this.showRollCalls(oversight.lastRollCalls());
    try {
      await identity.login();
      await outbox.send();
      this.show(...(await Promise.all([attendance.today(), identity.me()])));
      const waits = await this.waits();
      this.setData({ connection: "", signedOut: false, waits, nothingWaits: waits.length === 0 });
    } catch (error) {
      if (error.code === "not_bound") wx.reLaunch({ url: "/pages/bind/bind" });
      else this.setData({ connection: textOf(error), signedOut: error.code === "signed_out" });
    }
    this.showOutbox();
  },

  show(today, me) {
    const day = chinaDay(new Date());
    const holdsOffice = Boolean(me) && officesOn(me, day).length > 0;
    this.today = today;
    this.me = me;
    this.setData({
      name: me ? me.person.name : "",
      standing: ofToday(today, holdsOffice),
      canCheckIn: Boolean(today) && today.state !== "no_posting" && today.mode !== "township_register",
      returnOf: today && today.leave && today.leave.proposes_return ? today.leave.id : "",
      monthLines: today ? monthLines(today) : [],
      entries: me ? entriesOf(me, day) : [],
    });
    this.showOutbox();
  },

  /** Who is called answers before anything else. */
  showRollCalls(rollCalls) {
    const now = new Date();
    const open = openCalls(rollCalls, now).filter(({ id }) => !oversight.waitingAnswer(id));
    this.setData({ rollCalls: open.map((each) => ({ id: each.id, ...rollCallOf(each, now) })) });
  },

  showOutbox() {
    const items = outbox.items();
    this.setData({ outbox: rowsOf(items), isFull: outbox.isNearlyFull() });
    if (this.waiting && !items.some(({ client_key }) => client_key === this.waiting)) {
      this.waiting = "";
      this.setData({ attempt: null }); // it has been sent
    }
  },

  /** What waits for me, each with the page it leads to. */
  async waits() {
    const today = chinaDay(new Date());
    const place = placeOfSheets(this.me, today);
    const [unread, concerns, waiting, board, due, recalls] = await Promise.all([
      messages.unread(),
      may(this.me, "answer_oversight") ? oversight.mine() : NOTHING_CONCERNS_ME,
      may(this.me, "see_inbox") ? inbox.list({ limit: MOST_COUNTED }) : { items: [], next_cursor: null },
      place ? sheets.board(addMonths(monthOf(today), -1), place.id) : { items: [] },
      may(this.me, "visit") ? visits.due(quarterOf(today)) : { items: [] },
      may(this.me, "carry_out_recall") ? oversight.recallsToCarryOut() : [],
    ]);
    this.showRollCalls(concerns.roll_calls);
    return [
      ...oversightWaits(concerns, new Date()),
      ...inboxWaits(waiting),
      ...unitWaits(recalls, this.me.person.id),
      ...sheetWaits(board.items, (permission) => may(this.me, permission)),
      due.items.length && { text: "本季还要走访", state: `${due.items.length}户`, url: "/pages/visits/list" },
      unread && { text: "未读消息", state: `${unread}条`, url: "/pages/mine/messages" },
    ].filter(Boolean);
  },

  onCheckIn() {
    if (this.today.mode === "self_declare") return this.onDeclare();
    if (!this.today.consented) return this.onNotice();
    return this.attempt(checkin.checkIn, "正在取位置，请稍候…");
  },

  async onDeclare() {
    if (await confirmed("本人声明", DECLARATION, "确认")) await this.attempt(checkin.declare, "正在发送…");
  },

  async attempt(work, message) {
    this.setData({ busy: true, message, attempt: null });
    try {
      const { item, answer, error } = await work();
      this.waiting = answer || error ? "" : item.client_key;
      this.setData({ attempt: answer ? ofAnswer(answer, item.body.fix) : error ? ofTrouble(error) : ofWaiting() });
    } catch (error) {
      this.setData({ attempt: ofTrouble(error) });
    }
    this.setData({ busy: false, message: "" });
    await this.refresh();
  },

  onSystemSettings() {
    wx.openAppAuthorizeSetting({});
  },

  /** 销假 with one tap, for who has been seen in the village. */
  async onReturn() {
    await act(this, async () => {
      await leave.comeBack(this.data.returnOf);
      this.setData({ returnOf: "" });
    });
    await this.refresh();
  },

  async onDiscard({ currentTarget }) {
    const { key } = currentTarget.dataset;
    const item = outbox.items().find(({ client_key }) => client_key === key);
    const isRead = item && item.state === "refused";
    if (isRead || (await confirmed("不再发送", "删去后，这一条不会送到。确定吗？"))) outbox.discard(key);
    this.showOutbox();
  },

  onMend({ currentTarget }) {
    const item = outbox.items().find(({ client_key }) => client_key === currentTarget.dataset.key);
    wx.navigateTo({ url: mendUrlOf(item) });
  },

  onGo({ currentTarget }) {
    const { url } = currentTarget.dataset;
    if (url === "/pages/visits/list") wx.switchTab({ url });
    else wx.navigateTo({ url });
  },

  onNotice() {
    wx.navigateTo({ url: "/pages/notice/notice" });
  },

  async onSignIn() {
    await act(this, () => identity.loginAgain());
    await this.refresh();
  },
});

/** Whose sheets of last month are mine to pass on: my township's, or my own village's. */
function placeOfSheets(me, day) {
  const area = areaOn(me, day);
  if (area) return area.level === "township" ? area : null;
  return may(me, "submit_sheet") || may(me, "witness_sheet") ? ownVillageOn(me, day) : null;
}

/** The pages of the offices, for those who hold one. */
function entriesOf(me, day) {
  return [
    may(me, "see_inbox") && { text: "审批", url: "/pages/approvals/list" },
    may(me, "inspect") && { text: "督查", url: "/pages/inspections/list" },
    may(me, "give_mandates") && { text: "督查授权", url: "/pages/inspections/mandates" },
    may(me, "see_rotations") && seatsOn(me, day).length > 0 && { text: "轮换", url: "/pages/rotations/list" },
    may(me, "carry_out_recall") && { text: "召回", url: "/pages/recalls/list" },
    may(me, "see_duties") && placesOfDuties(me, day).length > 0 && { text: "经常性职责", url: "/pages/duties/list" },
    may(me, "see_attendance") && areaOn(me, day) && { text: "今天谁在村", url: "/pages/board/board" },
    may(me, "see_attendance") &&
      (areaOn(me, day) || ownVillageOn(me, day)) && { text: "考勤表", url: "/pages/sheets/list" },
  ].filter(Boolean);
}
