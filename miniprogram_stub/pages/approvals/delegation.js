// Who signs leaves for the offices of my area by written delegation, until when.

const leave = require("../../services/leave.js");
const { fullDayText } = require("../../logic/days.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { OFFICES } = require("../../logic/words.js");

Page({
  data: { type: "", busy: false, message: "", rows: [], isEmpty: false },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const { items } = await leave.delegations();
    const rows = items.map(({ id, office, area, deputy, first_day, last_day, document_no }) => ({
      id,
      name: deputy.name,
      office: `${area.name} ${OFFICES[office]}`,
      days: `${fullDayText(first_day)}至${fullDayText(last_day)}`,
      document: document_no,
    }));
    this.setData({ rows, isEmpty: rows.length === 0 });
  },

  onNew() {
    wx.navigateTo({ url: "/pages/approvals/delegate" });
  },

  async onEnd({ currentTarget }) {
    const { id, name } = currentTarget.dataset;
    if (!(await confirmed("收回委托", `收回后${name}不能再代为签批；已签批的仍然有效。`))) return;
    await act(this, async () => {
      await leave.endDelegation(id);
      await this.load();
    });
  },
});
