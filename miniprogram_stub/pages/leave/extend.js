// 续假: more days from where a leave ends.

const leave = require("../../services/leave.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { choosable, consentOf, newConsent, objectionToConsent } = require("../../logic/draft.js");
const { act, dress } = require("../../logic/page.js");
const { spanText } = require("../../logic/span.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    span: "",
    firstChoice: "",
    lastChoice: "",
    today: "",
    lastDay: "",
    lastDayText: "",
    lastHalf: "afternoon",
    reason: "",
    consent: null,
  },
  id: "",

  onLoad({ id }) {
    this.id = id;
    return act(this, () => this.load());
  },

  onShow() {
    dress(this);
  },

  async load() {
    const found = await leave.get(this.id);
    const today = chinaDay(new Date());
    const endsAtNoon = found.asked_last_half === "morning";
    const firstChoice = endsAtNoon ? found.asked_last_day : addDays(found.asked_last_day, 1);
    this.setData({ span: spanText(found), firstChoice, lastChoice: choosable(today).last, today });
    this.showLastDay(firstChoice);
  },

  showLastDay(day) {
    this.setData({ lastDay: day, lastDayText: fullDayText(day) });
  },

  onLastDay({ detail }) {
    this.showLastDay(detail.value);
  },

  onLastHalf({ currentTarget }) {
    this.setData({ lastHalf: currentTarget.dataset.value });
  },

  onReason({ detail }) {
    this.setData({ reason: detail.value });
  },

  onFold() {
    this.setData({ consent: this.data.consent ? null : newConsent(new Date()) });
  },

  onConsentBy({ detail }) {
    this.setData({ consent: { ...this.data.consent, by: detail.value } });
  },

  onChannel({ currentTarget }) {
    this.setData({ consent: { ...this.data.consent, channel: currentTarget.dataset.value } });
  },

  onSubmit() {
    const { reason, consent } = this.data;
    const objection = reason.trim() ? objectionToConsent(consent) : "请填写续假事由";
    if (objection) return this.setData({ message: objection });
    return act(this, () => this.submit());
  },

  async submit() {
    const { lastDay, lastHalf, reason, consent } = this.data;
    const extension = { last_day: lastDay, last_half: lastHalf, reason: reason.trim(), consent: consentOf(consent) };
    const { answer } = await leave.extend(this.id, extension);
    if (answer) wx.redirectTo({ url: `/pages/leave/detail?id=${answer.id}` });
    else wx.switchTab({ url: "/pages/leave/list" });
  },
});
