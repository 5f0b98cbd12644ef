// A new visit (入户走访记录): household, time, way and one line; the rest may be left out. It works without a network.

const drafts = require("../../services/drafts.js");
const outbox = require("../../services/outbox.js");
const pictures = require("../../services/pictures.js");
const visits = require("../../services/visits.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { act, choices, confirmed, dress } = require("../../logic/page.js");
const { MOST_PHOTOS, MOST_PROBLEMS, bodyOf, found, newVisit, objectionTo, visitOf } = require("../../logic/visit_form.js");
const { PROBLEM_ITEMS, titleOf } = require("../../logic/visits.js");
const { CHECKLIST, FINDINGS, TOPICS, WAYS } = require("../../logic/words.js");

const ITEMS = Object.entries(PROBLEM_ITEMS).map(([value, text]) => ({ value, text }));
const ONE_YEAR_DAYS = 366;

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    household: "",
    visit: newVisit("", "2000-01-01"),
    dayText: "",
    nextText: "",
    days: { earliest: "", today: "", latest: "" },
    ways: [],
    checklist: [],
    topics: [],
    problems: [],
    items: ITEMS,
    open: { checklist: false, topics: false, problems: false, more: false },
    canAddProblem: true,
    photosLeft: MOST_PHOTOS,
  },
  mends: "",

  onLoad({ household = "", mends = "" }) {
    const now = new Date();
    const today = chinaDay(now);
    const item = outbox.items().find(({ client_key }) => client_key === mends);
    this.mends = item ? mends : "";
    pictures.sweep();
    const visit = item ? visitOf(item.body, filesOf(item)) : drafts.recall(draftName(household)) || newVisit(household, now);
    const brief = visits.briefOf(visit.household_id);
    this.setData({
      household: brief ? `${titleOf(brief)} ${brief.village.name}` : "",
      days: { earliest: addDays(today, -ONE_YEAR_DAYS), today, latest: addDays(today, ONE_YEAR_DAYS) },
      open: openOf(visit),
    });
    this.showVisit(visit);
  },

  onShow() {
    dress(this);
  },

  showVisit(visit) {
    this.setData({
      visit,
      dayText: fullDayText(visit.day),
      nextText: visit.next_visit_on ? fullDayText(visit.next_visit_on) : "",
      ways: choices(WAYS, visit.way),
      checklist: Object.entries(CHECKLIST).map(([value, text]) => ({
        value,
        text,
        findings: choices(FINDINGS, visit.checklist[value]),
      })),
      topics: Object.entries(TOPICS).map(([value, text]) => ({ value, text, words: visit.topics[value] || "" })),
      problems: visit.problems.map(({ item, description }, number) => ({
        key: `problem-${number}`,
        number,
        itemText: item ? PROBLEM_ITEMS[item] : "选择哪一项",
        description,
      })),
      canAddProblem: visit.problems.length < MOST_PROBLEMS,
      photosLeft: MOST_PHOTOS - visit.files.length,
    });
  },

  /** Change the form, and keep it as it is for when the app is closed. */
  change(news) {
    const visit = { ...this.data.visit, ...news };
    if (!this.mends) drafts.keep(draftName(visit.household_id), visit);
    this.showVisit(visit);
  },

  onDay({ detail }) {
    this.change({ day: detail.value });
  },

  onClock({ detail }) {
    this.change({ clock: detail.value });
  },

  onWay({ currentTarget }) {
    this.change({ way: currentTarget.dataset.value });
  },

  onText({ currentTarget, detail }) {
    this.change({ [currentTarget.dataset.name]: detail.value });
  },

  onFold({ currentTarget }) {
    const { name } = currentTarget.dataset;
    this.setData({ open: { ...this.data.open, [name]: !this.data.open[name] } });
  },

  onFinding({ currentTarget }) {
    const { item, value } = currentTarget.dataset;
    this.change({ checklist: found(this.data.visit.checklist, item, value) });
  },

  onTopic({ currentTarget, detail }) {
    this.change({ topics: { ...this.data.visit.topics, [currentTarget.dataset.value]: detail.value } });
  },

  onNext({ detail }) {
    this.change({ next_visit_on: detail.value });
  },

  onAddProblem() {
    this.change({ problems: [...this.data.visit.problems, { item: "", description: "" }] });
  },

  changeProblem(number, news) {
    this.change({ problems: this.data.visit.problems.map((each, at) => (at === number ? { ...each, ...news } : each)) });
  },

  onProblemItem({ currentTarget, detail }) {
    this.changeProblem(currentTarget.dataset.number, { item: ITEMS[detail.value].value });
  },

  onProblemText({ currentTarget, detail }) {
    this.changeProblem(currentTarget.dataset.number, { description: detail.value });
  },

  onDropProblem({ currentTarget }) {
    this.change({ problems: this.data.visit.problems.filter((_, at) => at !== currentTarget.dataset.number) });
  },

  onCamera() {
    return act(this, async () => {
      const taken = await pictures.take(this.data.photosLeft);
      this.change({ files: [...this.data.visit.files, ...taken].slice(0, MOST_PHOTOS) });
    });
  },

  onPhoto({ currentTarget }) {
    wx.previewImage({ urls: this.data.visit.files, current: currentTarget.dataset.file });
  },

  async onDropPhoto({ currentTarget }) {
    const { file } = currentTarget.dataset;
    if (!(await confirmed("删除照片", "这张照片还没有送出，删除后不能恢复。"))) return;
    this.change({ files: this.data.visit.files.filter((each) => each !== file) });
    if (!this.mends) pictures.forget(file);
  },

  onSubmit() {
    const objection = objectionTo(this.data.visit, new Date());
    if (objection) return this.setData({ message: objection });
    return act(this, () => this.submit());
  },

  /** What the server refuses at once is mended here; what it has not seen yet waits in the outbox. */
  async submit() {
    const { visit } = this.data;
    const { item, answer, error } = await visits.record(bodyOf(visit), visit.files, this.mends);
    this.mends = error ? item.client_key : "";
    drafts.forget(draftName(visit.household_id));
    if (error) throw error;
    if (answer) wx.redirectTo({ url: `/pages/visits/detail?id=${answer.id}` });
    else wx.navigateBack();
  },
});

function draftName(householdId) {
  return `visit:${householdId}`;
}

function filesOf({ client_key }) {
  return outbox.items().filter(({ after }) => after === client_key).map(({ file }) => file);
}

/** What has something in it is unfolded. */
function openOf({ checklist, topics, problems, ...visit }) {
  const isAnyIn = (values) => Object.values(values).some(Boolean);
  return {
    checklist: isAnyIn(checklist),
    topics: isAnyIn(topics),
    problems: problems.length > 0,
    more: ["present", "needs", "helped", "reported", "next_visit_on"].some((name) => visit[name]),
  };
}
