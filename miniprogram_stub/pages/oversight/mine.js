// 督查与召回: the roll-calls of a day, the findings, warnings and recalls that concern me.

const oversight = require("../../services/oversight.js");
const { findingRowOf, recallRowOf, rollCallRowOf, warningOf } = require("../../logic/oversight.js");
const { reloading } = require("../../logic/page.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", sections: [], warnings: [], isEmpty: false },

  async load() {
    const now = new Date();
    const { roll_calls, findings, recalls, warnings } = await oversight.mine();
    const sections = [
      { title: "点名", rows: roll_calls.map((each) => rollCallRowOf(each, now)) },
      { title: "召回", rows: recalls.map((each) => recallRowOf(each, now)) },
      { title: "督查记录", rows: findings.map((each) => findingRowOf(each, now)) },
    ].filter(({ rows }) => rows.length);
    this.setData({
      sections,
      warnings: warnings.map(warningOf),
      isEmpty: sections.length === 0 && warnings.length === 0,
    });
  },

  onGo({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },
});
