// All that waits for my office, the longest waiting first; several leaves can be decided alike.

const identity = require("../../services/identity.js");
const inbox = require("../../services/inbox.js");
const leave = require("../../services/leave.js");
const { outcomeOf } = require("../../logic/approvals.js");
const { inboxRowOf } = require("../../logic/inbox.js");
const { may } = require("../../logic/me.js");
const { act, confirmed, reloading } = require("../../logic/page.js");

const MOST_AT_ONCE = 50;

Page({
  ...reloading,
  data: {
    type: "",
    busy: false,
    message: "",
    mayDelegate: false,
    rows: [],
    isEmpty: false,
    hasLeaves: false,
    hasMore: false,
    choosing: false,
    chosen: 0,
    opinion: "",
    done: "",
    failed: [],
  },
  cursor: null,

  async load() {
    const [page, me] = await Promise.all([inbox.list(), identity.me()]);
    this.setData({ mayDelegate: may(me, "delegate"), choosing: false, chosen: 0, opinion: "" });
    this.showPage(page, []);
  },

  showPage({ items, next_cursor }, before) {
    this.cursor = next_cursor;
    const rows = [...before, ...items.map((item) => ({ ...inboxRowOf(item), chosen: false }))];
    this.setData({ rows, isEmpty: rows.length === 0, hasLeaves: rows.some(({ choosable }) => choosable), hasMore: Boolean(next_cursor) });
  },

  onMore() {
    return act(this, async () => this.showPage(await inbox.list({ cursor: this.cursor }), this.data.rows));
  },

  onChoosing() {
    const rows = this.data.rows.map((row) => ({ ...row, chosen: false }));
    this.setData({ choosing: !this.data.choosing, rows, chosen: 0, done: "", failed: [] });
  },

  /** A tap opens what waits, or chooses a leave while several are being chosen. */
  onRow({ currentTarget }) {
    const { id } = currentTarget.dataset;
    if (!this.data.choosing) return wx.navigateTo({ url: this.data.rows.find((row) => row.id === id).url });
    const rows = this.data.rows.map((row) => (row.id === id && row.choosable ? { ...row, chosen: !row.chosen } : row));
    this.setData({ rows, chosen: rows.filter(({ chosen }) => chosen).length });
  },

  onOpinion({ detail }) {
    this.setData({ opinion: detail.value });
  },

  onAgree() {
    return this.decide("approved", "同意");
  },

  onDisagree() {
    if (!this.data.opinion.trim()) return this.setData({ message: "不同意须写明理由" });
    return this.decide("rejected", "不同意");
  },

  async decide(decision, word) {
    const chosen = this.data.rows.filter((row) => row.chosen);
    if (chosen.length > MOST_AT_ONCE) return this.setData({ message: `一次最多办理${MOST_AT_ONCE}件` });
    if (!(await confirmed(word, `${word}所选的 ${chosen.length} 件请假？`))) return;
    await act(this, async () => {
      const ids = chosen.map(({ id }) => id);
      const { items } = await leave.decideSeveral(ids, decision, this.data.opinion.trim());
      const { done, failed } = outcomeOf(items, new Map(chosen.map(({ id, title }) => [id, title])));
      this.setData({ done: done ? `已办理 ${done} 件（${word}）` : "", failed });
      await this.load();
    });
  },

  onDelegation() {
    wx.navigateTo({ url: "/pages/approvals/delegation" });
  },
});
