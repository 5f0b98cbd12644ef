// One finding or one recall: what it says, what has happened, what the person has to say to it; the inspector adds
// photos on the day, the unit carries a recall out.

const drafts = require("../../services/drafts.js");
const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const oversight = require("../../services/oversight.js");
const pictures = require("../../services/pictures.js");
const { addDays, chinaDay, fullDayText } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { findingCase, photosLeftOf, recallCase, unitStepOf } = require("../../logic/oversight.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const ABOUT = {
  finding: { read: oversight.finding, answer: oversight.answerFinding, shown: findingCase },
  recall: { read: oversight.recall, answer: oversight.answerRecall, shown: recallCase },
};
const LONGEST_AHEAD_DAYS = 366;
const DEPARTURE = "次日起不再派驻，结对户由乡镇另行安排。登记后不能更改，确定吗？";
const ONCE = "说明只能提交一次，提交后不能再改。确定提交吗？";

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    shown: null,
    photos: [],
    left: 0,
    photosWait: false,
    text: "",
    done: "",
    step: null,
    lastDay: "",
    lastDayText: "",
    days: { first: "", last: "" },
  },
  about: "",
  id: "",
  addsPhotos: false,

  onLoad({ about = "finding", id, photos = "" }) {
    const today = chinaDay(new Date());
    this.about = about;
    this.id = id;
    this.addsPhotos = Boolean(photos);
    const days = { first: today, last: addDays(today, LONGEST_AHEAD_DAYS) };
    this.setData({ text: drafts.recall(this.draftName()) || "", days });
    this.showLastDay(today);
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [found, me] = await Promise.all([ABOUT[this.about].read(this.id), identity.me()]);
    this.show(found, me);
    await pictures.fetchThumbnails(this.data.photos, (fetched) => this.setData({ photos: fetched }));
  },

  show(found, me) {
    const { photos, ...shown } = ABOUT[this.about].shown(found, me.person.id, new Date());
    const carriesOut = this.about === "recall" && may(me, "carry_out_recall");
    const left = this.addsPhotos ? photosLeftOf(found, new Date()) : 0;
    this.setData({ shown, photos, left, step: carriesOut ? unitStepOf(found, me.person.id) : null });
  },

  onPhoto({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  onCamera() {
    return act(this, async () => {
      const files = await pictures.take(this.data.left);
      if (!files.length) return;
      const sent = await inspections.sendPhotos(this.id, files);
      this.setData({ photosWait: !sent.some(({ item }) => item.file) });
      await this.load();
    });
  },

  draftName() {
    return `${this.about}-${this.id}`;
  },

  onText({ detail }) {
    this.setData({ text: detail.value });
    drafts.keep(this.draftName(), detail.value);
  },

  async onSubmit() {
    const text = this.data.text.trim();
    if (!text) return this.setData({ message: "请写下您的说明" });
    if (!(await confirmed("提交说明", ONCE, "提交"))) return undefined;
    return act(this, async () => {
      await ABOUT[this.about].answer(this.id, text);
      drafts.forget(this.draftName());
      this.setData({ text: "", done: "说明已送到" });
      await this.load();
    });
  },

  showLastDay(day) {
    this.setData({ lastDay: day, lastDayText: fullDayText(day) });
  },

  onLastDay({ detail }) {
    this.showLastDay(detail.value);
  },

  async onDepart() {
    if (!(await confirmed("登记最后一天", `在岗到${this.data.lastDayText}，${DEPARTURE}`, "登记"))) return;
    await act(this, async () => {
      await oversight.depart(this.id, this.data.lastDay).finally(() => this.load()); // it may have been sent before
      this.setData({ done: "已登记最后一天" });
    });
  },

  onSuccessor() {
    wx.navigateTo({ url: `/pages/recalls/successor?id=${this.id}` });
  },
});
