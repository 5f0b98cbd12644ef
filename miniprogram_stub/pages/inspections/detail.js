// One inspection: who must be in the village, the roll-calls with their answers, the inspector's word, what was found.

const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const { chinaDay } = require("../../logic/days.js");
const { foundRowOf, inspectionRowOf, isUnderWay, rollCallsOf, situationOf } = require("../../logic/inspections.js");
const { act, confirmed, dress, whenOnline } = require("../../logic/page.js");

const CALL = "应在村的人会马上收到通知，须在限定的几分钟内应答。现在点名吗？";

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    row: null,
    isUnderWay: false,
    found: [],
    situation: { count: "", people: [] },
    rollCalls: [],
    asked: "",
    note: "",
  },
  id: "",
  endListening: null,

  onLoad({ id }) {
    this.id = id;
    this.endListening = whenOnline(() => this.onRefresh());
  },

  onUnload() {
    this.endListening();
  },

  onShow() {
    dress(this);
    return this.onRefresh();
  },

  async onPullDownRefresh() {
    await this.onRefresh();
    wx.stopPullDownRefresh();
  },

  onRefresh() {
    return act(this, () => this.load());
  },

  async load() {
    const [found, me] = await Promise.all([inspections.get(this.id), identity.me()]);
    const now = new Date();
    const seen = { myId: me.person.id, today: chinaDay(now) };
    const goesOn = isUnderWay(found, seen);
    this.setData({
      row: inspectionRowOf(found, seen),
      isUnderWay: goesOn,
      found: found.findings.map((finding) => foundRowOf(finding, goesOn)),
      situation: situationOf(found.situation),
      rollCalls: rollCallsOf(found.roll_calls, { mayCall: goesOn, now }),
    });
  },

  async onCall() {
    if (!(await confirmed("点名", CALL, "点名"))) return;
    await act(this, async () => {
      await inspections.callRoll(this.id, this.data.rollCalls.length);
      await this.load();
    });
  },

  onFinding() {
    wx.navigateTo({ url: `/pages/inspections/finding?inspection=${this.id}` });
  },

  onFound({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },

  /** A tap on somebody whom the answer does not show asks for the inspector's word, or takes the question back. */
  onAsk({ currentTarget }) {
    const { key } = currentTarget.dataset;
    this.setData({ asked: this.data.asked === key ? "" : key, note: "" });
  },

  onNote({ detail }) {
    this.setData({ note: detail.value });
  },

  async onWord({ currentTarget }) {
    const { call, person, name, present } = currentTarget.dataset;
    const word = present ? `${name}在村` : `${name}不在村`;
    if (!(await confirmed("核实", `${word}。只能核实一次，确定吗？`))) return;
    await act(this, async () => {
      await inspections.giveWord(call, person, present, this.data.note.trim());
      this.setData({ asked: "", note: "" });
      await this.load();
    });
  },
});
