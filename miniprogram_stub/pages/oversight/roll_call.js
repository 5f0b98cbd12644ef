// 点名: answer from where I stand, or in words without a position.

const identity = require("../../services/identity.js");
const outbox = require("../../services/outbox.js");
const oversight = require("../../services/oversight.js");
const { ofRollCallAnswer, rollCallOf } = require("../../logic/oversight.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { dress, show, whenOnline } = require("../../logic/page.js");
const { ofTrouble } = require("../../logic/standing.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    standing: null,
    attempt: null,
    waiting: "",
    mayAnswer: false,
    answersInWords: false,
    note: "",
    isGone: false,
  },
  id: "",
  endListening: null,

  onLoad({ id }) {
    this.id = id;
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

  /** Send what waits and show how the roll-call stands; without a network, as it was last known. */
  async refresh() {
    this.showCall(oversight.lastRollCalls());
    try {
      const settled = await outbox.send();
      settled.filter(({ item }) => oversight.isAnswerTo(this.id, item)).forEach((result) => this.showResult(result));
      await identity.me();
      const { roll_calls } = await oversight.mine();
      this.showCall(roll_calls);
      this.setData({ message: "", isGone: !roll_calls.some(({ id }) => id === this.id) });
    } catch (error) {
      if (error.code !== "offline" || !this.data.waiting) show(this, error); // what waits says what comes next
    }
  },

  showCall(rollCalls) {
    const rollCall = rollCalls.find(({ id }) => id === this.id);
    const item = oversight.waitingAnswer(this.id);
    this.setData({
      standing: rollCall ? rollCallOf(rollCall, new Date()) : null,
      mayAnswer: Boolean(rollCall) && !rollCall.answered_at && !item,
      waiting: item ? handedOver({ item, answer: null }, "") : "",
    });
  },

  /** What became of an answer; nothing while it waits. */
  showResult({ item, answer, error }) {
    if (error) outbox.discard(item.client_key);
    if (answer) {
      oversight.noteAnswer(answer);
      this.setData({ attempt: ofRollCallAnswer(answer) });
      this.showCall(oversight.lastRollCalls());
    } else if (error) this.setData({ attempt: ofTrouble(error, "没有应答成") });
  },

  onAnswer() {
    const { consents } = identity.lastMe() || { consents: [] };
    if (consents.length && !consents[0].given_at) return wx.navigateTo({ url: "/pages/notice/notice" });
    return this.answer(() => oversight.answerFromHere(this.id), "正在取位置，请稍候…");
  },

  onFold() {
    this.setData({ answersInWords: !this.data.answersInWords });
  },

  onNote({ detail }) {
    this.setData({ note: detail.value });
  },

  onAnswerInWords() {
    const note = this.data.note.trim();
    if (!note) return this.setData({ message: "请写明您在哪里" });
    return this.answer(() => oversight.answerInWords(this.id, note), "正在发送…");
  },

  /** A second tap while the first is under way is none. */
  async answer(work, message) {
    if (this.data.busy) return;
    this.setData({ busy: true, message, attempt: null });
    try {
      this.showResult(await work());
    } catch (error) {
      this.setData({ attempt: ofTrouble(error, "没有应答成") });
    }
    this.setData({ busy: false, message: "" });
    await this.refresh();
  },

  onSystemSettings() {
    wx.openAppAuthorizeSetting({});
  },
});
