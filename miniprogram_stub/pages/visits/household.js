// One household: its visits and problems; in full only for a reason, and that is put on record.

const identity = require("../../services/identity.js");
const visits = require("../../services/visits.js");
const { may } = require("../../logic/me.js");
const { act, dress } = require("../../logic/page.js");
const { householdFactsOf, problemRowOf, titleOf, visitRowOf } = require("../../logic/visits.js");

const REASONS = ["入户走访", "电话联系", "帮助办事"];

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    title: "",
    place: "",
    mayVisit: false,
    reasons: REASONS,
    reason: "",
    facts: [],
    visits: [],
    hasMore: false,
    problems: [],
    isEmpty: false,
  },
  id: "",
  cursor: null,

  onLoad({ id }) {
    this.id = id;
    const brief = visits.briefOf(id);
    this.setData({
      title: brief ? titleOf(brief) : "监测户",
      place: brief ? brief.village.name : "",
      mayVisit: may(identity.lastMe(), "visit"),
    });
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [me, made, found] = await Promise.all([
      identity.me(),
      visits.visitsTo(this.id),
      visits.problems({ household: this.id }),
    ]);
    this.setData({ mayVisit: may(me, "visit"), problems: found.items.map(problemRowOf) });
    this.showVisits(made, [], me);
  },

  showVisits({ items, next_cursor }, before, me) {
    this.cursor = next_cursor;
    const rows = [...before, ...items.map((each) => visitRowOf(each, me.person.id))];
    this.setData({ visits: rows, hasMore: Boolean(next_cursor), isEmpty: rows.length === 0 });
  },

  onMore() {
    return act(this, async () =>
      this.showVisits(await visits.visitsTo(this.id, this.cursor), this.data.visits, identity.lastMe()),
    );
  },

  onReason({ currentTarget }) {
    this.setData({ reason: currentTarget.dataset.value });
  },

  onReasonTyped({ detail }) {
    this.setData({ reason: detail.value });
  },

  onReveal() {
    const reason = this.data.reason.trim();
    if (!reason) return this.setData({ message: "请先选择或写明查看事由" });
    return act(this, async () => {
      const household = await visits.readHousehold(this.id, reason);
      this.setData({ facts: householdFactsOf(household) });
    });
  },

  onNew() {
    wx.navigateTo({ url: `/pages/visits/new?household=${this.id}` });
  },

  onVisit({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/detail?id=${currentTarget.dataset.id}` });
  },

  onProblem({ currentTarget }) {
    wx.navigateTo({ url: `/pages/visits/problem?id=${currentTarget.dataset.id}` });
  },
});
