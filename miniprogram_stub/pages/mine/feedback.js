// 意见反馈: say what is good or bad about the system; the county office and the city read what was said.

const feedback = require("../../services/feedback.js");
const identity = require("../../services/identity.js");
const { chinaTime } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, dress } = require("../../logic/page.js");

Page({
  data: { type: "", busy: false, message: "", text: "", done: "", hears: false, rows: [], hasMore: false, isEmpty: false },
  cursor: null,

  onLoad() {
    if (!may(identity.lastMe(), "see_feedback")) return undefined;
    this.setData({ hears: true });
    return act(this, () => this.load(null));
  },

  onShow() {
    dress(this);
  },

  async load(cursor) {
    const { items, next_cursor } = await feedback.list(cursor);
    const rows = items.map(({ id, person, text, sent_at }) => ({ id, name: person.name, text, at: chinaTime(sent_at) }));
    const all = cursor ? [...this.data.rows, ...rows] : rows;
    this.cursor = next_cursor;
    this.setData({ rows: all, hasMore: Boolean(next_cursor), isEmpty: all.length === 0 });
  },

  onMore() {
    return act(this, () => this.load(this.cursor));
  },

  onText({ detail }) {
    this.setData({ text: detail.value, done: "" });
  },

  onSubmit() {
    const text = this.data.text.trim();
    if (!text) return this.setData({ message: "请写下您的意见" });
    return act(this, async () => {
      this.setData({ text: "", done: handedOver(await feedback.say(text), "已送到，谢谢") });
    });
  },
});
