// 登记: that a duty was seen to, on which day; its photos are taken on the page of what was told.

const drafts = require("../../services/drafts.js");
const duties = require("../../services/duties.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const {
  everybodyOrNobody,
  newReport,
  objectionToReport,
  peopleOf,
  reportBodyOf,
  unitsOf,
  withOrWithout,
} = require("../../logic/duties.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, dress } = require("../../logic/page.js");

const EARLIEST_DAYS = 366;
const TRAINING = "county_training";

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    done: "",
    hasMany: false,
    title: "",
    place: "",
    report: newReport({}, "2000-01-01"),
    isAmount: false,
    isTraining: false,
    units: [],
    people: [],
    dayText: "",
    earliest: "",
    today: "",
  },
  about: { duty: "", area: "", unit: "", person: "" },
  unitLines: [],
  peopleLines: [],

  /** What the address does not name is empty: each duty is about something else. */
  onLoad({ duty, county = "", area = "", unit = "", person = "", standing = "", amount = "", title = "", place = "" }) {
    const today = chinaDay(new Date());
    this.about = { duty, area, unit, person };
    this.setData({
      title: decodeURIComponent(title),
      place: decodeURIComponent(place),
      isAmount: Boolean(amount),
      isTraining: duty === TRAINING,
      today,
      earliest: addDays(today, -EARLIEST_DAYS),
    });
    this.showReport(drafts.recall(this.draftName()) || newReport(this.about, today));
    if (this.data.isAmount && !unit) return act(this, () => this.findUnits());
    return this.data.isTraining ? act(this, () => this.findPeople(county, standing)) : undefined;
  },

  onShow() {
    dress(this);
  },

  /** Who may have paid: the units that serve in the village; where there is one it is chosen. */
  async findUnits() {
    this.unitLines = await duties.allOf(this.about.area, "unit");
    const units = unitsOf(this.unitLines, "");
    this.showReport(units.length === 1 ? { ...this.data.report, unit: units[0].value } : this.data.report);
  },

  /** Who else may have taken part: all of the county whose training stands alike. */
  async findPeople(county, standing) {
    this.peopleLines = await duties.allOf(county, "person", standing);
    this.showReport(this.data.report);
  },

  draftName() {
    return ["duty", ...Object.values(this.about)].join(":");
  },

  showReport(report) {
    this.setData({
      report,
      dayText: fullDayText(report.day),
      units: unitsOf(this.unitLines, report.unit),
      people: peopleOf(this.peopleLines, report.people),
      hasMany: this.peopleLines.length > 1,
    });
  },

  /** Change the form, and keep it as it is for when the app is closed. */
  change(news) {
    const report = { ...this.data.report, ...news };
    drafts.keep(this.draftName(), report);
    this.showReport(report);
  },

  onEnter({ currentTarget, detail }) {
    this.change({ [currentTarget.dataset.name]: detail.value });
  },

  onUnit({ currentTarget }) {
    this.change({ unit: currentTarget.dataset.value });
  },

  onPerson({ currentTarget }) {
    this.change({ people: withOrWithout(this.data.report.people, currentTarget.dataset.value) });
  },

  onEveryone() {
    this.change({ people: everybodyOrNobody(this.data.people) });
  },

  onSubmit() {
    const about = { ...this.about, isAmount: this.data.isAmount, isTraining: this.data.isTraining };
    const objection = objectionToReport(this.data.report, about);
    if (objection) return this.setData({ message: objection });
    return act(this, async () => {
      const sent = await duties.record(reportBodyOf(this.data.report, about));
      drafts.forget(this.draftName());
      if (sent.answer) wx.redirectTo({ url: `/pages/duties/event?id=${sent.answer.items[0].id}` });
      else this.setData({ done: handedOver(sent, "") });
    });
  },
});
