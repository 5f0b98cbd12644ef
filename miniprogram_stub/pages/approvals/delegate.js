// A new delegation: who of the office signs leaves for its head between two days, under which document.

const leave = require("../../services/leave.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { OFFICES } = require("../../logic/words.js");

const LONGEST_DAYS = 366;

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    people: [],
    nobody: false,
    chosen: null,
    first_day: "",
    last_day: "",
    firstText: "",
    lastText: "",
    today: "",
    latest: "",
    documentNo: "",
  },

  onLoad() {
    const today = chinaDay(new Date());
    this.setData({ today, latest: addDays(today, LONGEST_DAYS) });
    this.showDays(today, today);
    return act(this, async () => {
      const { items } = await leave.deputies();
      const people = items.map(({ office, area, deputy }) => ({
        office,
        id: deputy.id,
        name: deputy.name,
        text: `${deputy.name}（代签${area.name}${OFFICES[office]}）`,
      }));
      this.setData({ people, nobody: people.length === 0 });
    });
  },

  onShow() {
    dress(this);
  },

  showDays(first_day, last_day) {
    this.setData({ first_day, last_day, firstText: fullDayText(first_day), lastText: fullDayText(last_day) });
  },

  onWho({ detail }) {
    this.setData({ chosen: this.data.people[detail.value] });
  },

  /** An end that would lie before the beginning comes along, and the other way round. */
  onFirst({ detail }) {
    this.showDays(detail.value, detail.value > this.data.last_day ? detail.value : this.data.last_day);
  },

  onLast({ detail }) {
    this.showDays(detail.value < this.data.first_day ? detail.value : this.data.first_day, detail.value);
  },

  onDocument({ detail }) {
    this.setData({ documentNo: detail.value });
  },

  async onSubmit() {
    const { chosen, first_day, last_day, firstText, lastText } = this.data;
    const documentNo = this.data.documentNo.trim();
    if (!chosen) return this.setData({ message: "请选择受委托人" });
    if (!documentNo) return this.setData({ message: "请填写委托书文号" });
    if (!(await confirmed("委托签批", `${firstText}至${lastText}，由${chosen.name}代为签批请假。`))) return;
    await act(this, async () => {
      await leave.delegate({ office: chosen.office, deputy_id: chosen.id, first_day, last_day, document_no: documentNo });
      wx.navigateBack();
    });
  },
});
