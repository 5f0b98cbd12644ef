// One problem: the steps taken, and the next one: who sees to it by when, what was done, that it is settled.

const identity = require("../../services/identity.js");
const visits = require("../../services/visits.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { handedOver } = require("../../logic/outbox_rows.js");
const { act, dress } = require("../../logic/page.js");
const { problemRowOf, stepsOf } = require("../../logic/visits.js");
const { STEPS } = require("../../logic/words.js");

const USUAL_DAYS = 14;
const ONE_YEAR_DAYS = 366;
const KINDS = Object.entries(STEPS).map(([value, text]) => ({ value, text }));

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    done: "",
    row: null,
    steps: [],
    maySettle: false,
    kinds: KINDS,
    kind: "note",
    note: "",
    responsible: "",
    dueOn: "",
    dueText: "",
    today: "",
    latest: "",
  },
  id: "",

  onLoad({ id }) {
    this.id = id;
    const today = chinaDay(new Date());
    this.setData({ today, latest: addDays(today, ONE_YEAR_DAYS) });
    this.showDue(addDays(today, USUAL_DAYS));
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [problem, me] = await Promise.all([visits.problem(this.id), identity.me()]);
    this.setData({
      row: problemRowOf(problem),
      steps: stepsOf(problem),
      maySettle: problem.state === "open" && may(me, "settle_problems"),
    });
  },

  showDue(day) {
    this.setData({ dueOn: day, dueText: fullDayText(day) });
  },

  onKind({ currentTarget }) {
    this.setData({ kind: currentTarget.dataset.value });
  },

  onText({ currentTarget, detail }) {
    this.setData({ [currentTarget.dataset.name]: detail.value });
  },

  onDue({ detail }) {
    this.showDue(detail.value);
  },

  onSubmit() {
    const { kind, dueOn } = this.data;
    const [note, responsible] = [this.data.note.trim(), this.data.responsible.trim()];
    const isAssignment = kind === "assign";
    if (isAssignment && !responsible) return this.setData({ message: "请写明责任人" });
    if (!isAssignment && !note) return this.setData({ message: "请写明做了什么" });
    const assigned = isAssignment ? { responsible, due_on: dueOn } : { responsible: null, due_on: null };
    return act(this, () => this.submit({ kind, note, ...assigned }));
  },

  async submit(step) {
    const sent = await visits.takeStep(this.id, step);
    this.setData({ note: "", responsible: "", done: handedOver(sent, "已记下") });
    if (sent.answer) await this.load();
  },
});
