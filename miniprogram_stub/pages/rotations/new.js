// A unit's new rotation request: who, why, until when, and who comes; whether Article 6 takes the successor is shown
// while it is filled in. Its proofs are photographed on the page of the request.

const outbox = require("../../services/outbox.js");
const rotation = require("../../services/rotation.js");
const { candidateTexts } = require("../../logic/candidate.js");
const { chinaDay, fullDayText } = require("../../logic/days.js");
const { textOf } = require("../../logic/errors.js");
const { act, choices, dress } = require("../../logic/page.js");
const {
  ASKED_GROUNDS,
  canPreviewRequest,
  choicesOf,
  choosableDays,
  newRequest,
  objectionToRequest,
  previewBodyOf,
  requestBodyOf,
  requestOf,
  requestPreviewOf,
} = require("../../logic/rotations.js");

const EARLIEST = "1950-01-01";

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    people: [],
    nobody: false,
    whoText: "",
    request: newRequest("2000-01-01"),
    grounds: [],
    grades: [],
    lastDayText: "",
    memberText: "",
    workingText: "",
    days: { first: "", last: "" },
    earliest: EARLIEST,
    today: "",
    preview: null,
    previewTrouble: "",
  },
  mends: "",
  asked: 0,

  onLoad({ mends = "" }) {
    const today = chinaDay(new Date());
    const item = outbox.items().find(({ client_key }) => client_key === mends);
    this.mends = item ? mends : "";
    this.setData({ days: choosableDays(today), today });
    this.showRequest(item ? requestOf(item.body) : newRequest(today));
    return act(this, async () => {
      const people = choicesOf(await rotation.postings(), today);
      this.setData({ people, nobody: people.length === 0 });
      await this.change({});
    });
  },

  onShow() {
    dress(this);
  },

  showRequest(request) {
    const who = this.data.people.find(({ id }) => id === request.posting_id);
    this.setData({
      request,
      whoText: who ? who.text : "请选择",
      grounds: choices(ASKED_GROUNDS, request.ground),
      lastDayText: fullDayText(request.last_day),
      ...candidateTexts(request),
    });
  },

  /** Change the form, and ask anew what would become of the request. */
  change(news) {
    this.showRequest({ ...this.data.request, ...news });
    return this.preview();
  },

  /** An answer to an older form is not shown any more. */
  async preview() {
    this.asked += 1;
    const asked = this.asked;
    const { request } = this.data;
    if (!canPreviewRequest(request)) return this.setData({ preview: null, previewTrouble: "" });
    try {
      const preview = requestPreviewOf(await rotation.preview(previewBodyOf(request)));
      if (asked === this.asked) this.setData({ preview, previewTrouble: "" });
    } catch (error) {
      if (asked === this.asked) this.setData({ preview: null, previewTrouble: textOf(error) });
    }
  },

  onWho({ detail }) {
    return this.change({ posting_id: this.data.people[detail.value].id });
  },

  onChoose({ currentTarget }) {
    const { name, value } = currentTarget.dataset;
    return this.change({ [name]: value });
  },

  onDay({ currentTarget, detail }) {
    return this.change({ [currentTarget.dataset.name]: detail.value });
  },

  onText({ currentTarget, detail }) {
    this.showRequest({ ...this.data.request, [currentTarget.dataset.name]: detail.value });
  },

  /** What is typed is looked at once the field is left. */
  onTyped() {
    return this.preview();
  },

  onSubmit() {
    const objection = objectionToRequest(this.data.request);
    if (objection) return this.setData({ message: objection });
    return act(this, () => this.submit());
  },

  async submit() {
    const { answer } = await rotation.ask(requestBodyOf(this.data.request), this.mends);
    if (answer) wx.redirectTo({ url: `/pages/rotations/detail?id=${answer.id}` });
    else wx.navigateBack();
  },
});
