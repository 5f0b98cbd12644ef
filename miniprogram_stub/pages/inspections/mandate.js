// A new mandate: who is sent to inspect which area, between two days, under which document.

const drafts = require("../../services/drafts.js");
const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const roster = require("../../services/roster.js");
const { addDays, chinaDay, dateText } = require("../../logic/days.js");
const { continued, daysText, mandateBodyOf, newMandate, objectionToMandate } = require("../../logic/mandates.js");
const { areaOn } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const DRAFT = "mandate";
const LONGEST_DAYS = 366;

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    mandate: newMandate("2000-01-01", null),
    areas: [],
    areaName: "",
    firstText: "",
    lastText: "",
    today: "",
    latest: "",
  },

  onLoad() {
    const today = chinaDay(new Date());
    this.setData({ today, latest: addDays(today, LONGEST_DAYS) });
    return act(this, async () => {
      const areas = await areasFor(areaOn(await identity.me(), today));
      this.setData({ areas });
      this.showMandate(continued(drafts.recall(DRAFT) || newMandate(today, areas[0]), today, areas));
    });
  },

  onShow() {
    dress(this);
  },

  showMandate(mandate) {
    const { name = "" } = this.data.areas.find(({ id }) => id === mandate.area_id) || {};
    const [firstText, lastText] = [mandate.first_day, mandate.last_day].map(dateText);
    this.setData({ mandate, areaName: name, firstText, lastText });
  },

  /** Change the form, and keep it as it is for when the app is closed. */
  change(news) {
    const mandate = { ...this.data.mandate, ...news };
    drafts.keep(DRAFT, mandate);
    this.setData({ message: "" });
    this.showMandate(mandate);
  },

  onEnter({ currentTarget, detail }) {
    this.change({ [currentTarget.dataset.name]: detail.value });
  },

  onArea({ detail }) {
    this.change({ area_id: this.data.areas[detail.value].id });
  },

  /** An end that would lie before the beginning comes along, and the other way round. */
  onFirst({ detail: { value } }) {
    const { last_day } = this.data.mandate;
    this.change({ first_day: value, last_day: value > last_day ? value : last_day });
  },

  onLast({ detail: { value } }) {
    const { first_day } = this.data.mandate;
    this.change({ first_day: value < first_day ? value : first_day, last_day: value });
  },

  async onSubmit() {
    const { mandate, areaName } = this.data;
    const objection = objectionToMandate(mandate);
    if (objection) return this.setData({ message: objection });
    const { name, first_day, last_day, document_no } = mandateBodyOf(mandate);
    const content = `${name}，${daysText(first_day, last_day)}督查${areaName}，依据${document_no}。`;
    if (!(await confirmed("督查授权", content, "授权"))) return undefined;
    return act(this, async () => {
      await inspections.giveMandate(mandateBodyOf(mandate));
      drafts.forget(DRAFT);
      wx.navigateBack();
    });
  },
});

/** Where somebody of an office may send an inspector: its own area, and each one below it but the villages. */
async function areasFor(area) {
  if (!area) return [];
  return area.level === "township" ? [area] : [area, ...(await roster.areasBelow(area.id))];
}
