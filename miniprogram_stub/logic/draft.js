// The form of a leave request: what is filled in, what is still missing, what is sent.

const { addDays, chinaClock, chinaDay, instantOf } = require("./days.js");
const { naturalDays } = require("./span.js");

const LONGEST_AHEAD_DAYS = 366;

/** An empty form, for today. */
function newDraft(today) {
  return {
    kind: "",
    first_day: today,
    first_half: "morning",
    last_day: today,
    last_half: "afternoon",
    reason: "",
    destination: "",
    work_goes_to: "",
    consent: null,
  };
}

/** Who agreed by phone, as an empty part of the form. */
function newConsent(now) {
  return { by: "", day: chinaDay(now), clock: chinaClock(now), channel: "phone" };
}

/** The form filled in with what was once sent. */
function draftOf({ consent, ...body }) {
  if (!consent) return { ...body, consent: null };
  const { by, at, channel } = consent;
  return { ...body, consent: { by, day: chinaDay(at), clock: chinaClock(at), channel } };
}

/** What the form still lacks, as a sentence; empty when it can be sent. */
function objectionTo(draft) {
  if (!draft.kind) return "请选择请假类别";
  if (naturalDays(draft) <= 0) return "结束时间须晚于开始时间";
  if (!draft.reason.trim()) return "请填写事由";
  if (!draft.destination.trim()) return "请填写去向";
  return objectionToConsent(draft.consent);
}

function objectionToConsent(consent) {
  return consent && !consent.by.trim() ? "请填写准假人，或收起“电话或短信已获准假”" : "";
}

/** Whether there is enough for a preview. */
function canPreview(draft) {
  return Boolean(draft.kind) && naturalDays(draft) > 0;
}

/** The form as it is sent. */
function bodyOf(draft) {
  return {
    ...draft,
    reason: draft.reason.trim(),
    destination: draft.destination.trim(),
    work_goes_to: draft.work_goes_to.trim(),
    consent: consentOf(draft.consent),
  };
}

/** Who agreed by phone as it is sent; null while nobody is named. */
function consentOf(consent) {
  if (!consent || !consent.by.trim()) return null;
  return { by: consent.by.trim(), at: instantOf(consent.day, consent.clock), channel: consent.channel };
}

/** Between which days the form lets choose; earlier ones only for what was agreed by phone. */
function choosable(today) {
  return { first: addDays(today, -LONGEST_AHEAD_DAYS), last: addDays(today, LONGEST_AHEAD_DAYS) };
}

module.exports = {
  bodyOf,
  canPreview,
  choosable,
  consentOf,
  draftOf,
  newConsent,
  newDraft,
  objectionTo,
  objectionToConsent,
};
