// A new leave request: who decides it, by which clause and with what days, is shown while it is filled in.

const leave = require("../../services/leave.js");
const outbox = require("../../services/outbox.js");
const { chinaDay, fullDayText } = require("../../logic/days.js");
const {
  bodyOf,
  canPreview,
  choosable,
  draftOf,
  newConsent,
  newDraft,
  objectionTo,
} = require("../../logic/draft.js");
const { textOf } = require("../../logic/errors.js");
const { act, choices, dress } = require("../../logic/page.js");
const { describePreview } = require("../../logic/preview.js");
const { beginningOn, endingOn } = require("../../logic/span.js");
const { CHANNELS, KINDS } = require("../../logic/words.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    draft: newDraft("2000-01-01"),
    kinds: [],
    channels: [],
    firstDayText: "",
    lastDayText: "",
    choosable: { first: "", last: "" },
    today: "",
    preview: null,
    previewTrouble: "",
    canSend: true,
  },
  mends: "",
  asked: 0,

  onLoad({ mends = "" }) {
    const today = chinaDay(new Date());
    const item = outbox.items().find(({ client_key }) => client_key === mends);
    this.mends = item ? mends : "";
    this.setData({ choosable: choosable(today), today });
    this.showDraft(item ? draftOf(item.body) : newDraft(today));
    return this.preview();
  },

  onShow() {
    dress(this);
  },

  showDraft(draft) {
    this.setData({
      draft,
      kinds: choices(KINDS, draft.kind),
      channels: choices(CHANNELS, draft.consent && draft.consent.channel),
      firstDayText: fullDayText(draft.first_day),
      lastDayText: fullDayText(draft.last_day),
    });
  },

  /** Change the form, and ask anew what would become of the request. */
  change(news) {
    this.showDraft({ ...this.data.draft, ...news });
    return this.preview();
  },

  changeConsent(news) {
    return this.change({ consent: { ...this.data.draft.consent, ...news } });
  },

  /** An answer to an older form is not shown any more. */
  async preview() {
    this.asked += 1;
    const asked = this.asked;
    if (!canPreview(this.data.draft)) return this.showPreview(null, objectionTo(this.data.draft));
    try {
      const preview = describePreview(await leave.preview(bodyOf(this.data.draft)));
      if (asked === this.asked) this.showPreview(preview, "");
    } catch (error) {
      if (asked === this.asked) this.showPreview(null, textOf(error));
    }
  },

  showPreview(preview, previewTrouble) {
    this.setData({ preview, previewTrouble, canSend: !preview || preview.canSend });
  },

  onKind({ currentTarget }) {
    return this.change({ kind: currentTarget.dataset.value });
  },

  onFirstDay({ detail }) {
    return this.change(beginningOn(this.data.draft, detail.value));
  },

  onLastDay({ detail }) {
    return this.change(endingOn(this.data.draft, detail.value));
  },

  onFirstHalf({ currentTarget }) {
    return this.change({ first_half: currentTarget.dataset.value });
  },

  onLastHalf({ currentTarget }) {
    return this.change({ last_half: currentTarget.dataset.value });
  },

  onText({ currentTarget, detail }) {
    this.showDraft({ ...this.data.draft, [currentTarget.dataset.name]: detail.value });
  },

  onFold() {
    return this.change({ consent: this.data.draft.consent ? null : newConsent(new Date()) });
  },

  onConsentBy({ detail }) {
    return this.changeConsent({ by: detail.value });
  },

  onConsentDay({ detail }) {
    return this.changeConsent({ day: detail.value });
  },

  onConsentClock({ detail }) {
    return this.changeConsent({ clock: detail.value });
  },

  onChannel({ currentTarget }) {
    return this.changeConsent({ channel: currentTarget.dataset.value });
  },

  onSubmit() {
    const objection = objectionTo(this.data.draft);
    if (objection) return this.setData({ message: objection });
    return act(this, () => this.submit());
  },

  async submit() {
    const { answer } = await leave.ask(bodyOf(this.data.draft), this.mends);
    if (answer) wx.redirectTo({ url: `/pages/leave/detail?id=${answer.id}` });
    else wx.navigateBack();
  },
});
