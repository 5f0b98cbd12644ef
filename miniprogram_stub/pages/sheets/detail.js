// One village's monthly sheet: its people and their days, and passing it on to the stamp.

const identity = require("../../services/identity.js");
const sheets = require("../../services/sheets.js");
const { WEEK, weeksOf } = require("../../logic/calendar.js");
const { chinaDay, chinaTime, monthOf, monthText } = require("../../logic/days.js");
const { may } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { changesOf, peopleOf, signaturesOf, stepsOn } = require("../../logic/sheets.js");
const { SHEET_TONES } = require("../../logic/words.js");

const STEPS = {
  submit: { title: "提交考勤表", content: "提交后交乡镇核对；之后的补登按更正办理。", done: "已提交乡镇" },
  witness: { title: "见证", content: "确认表中人员的在村情况属实。", done: "已见证" },
  check: { title: "核对无误", content: "核对后交乡镇党委盖章。", done: "已核对" },
  giveBack: { title: "退回", content: "退回后由村里重新提交。", done: "已退回", needsReason: true },
  stamp: { title: "盖章", content: "盖章后内容固定，是发放补助的凭据；之后的变化另出新版。", done: "已盖章" },
  amend: { title: "申请更正", content: "按盖章后的变化出新版，须重新盖章。", done: "已转盖章", needsReason: true },
};

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    done: "",
    title: "",
    state: "",
    tone: "",
    reason: "",
    version: "",
    signatures: [],
    people: [],
    opened: "",
    weekdays: WEEK,
    weeks: [],
    changes: [],
    steps: { submit: false, witness: false, check: false, giveBack: false, stamp: false, amend: false },
    needsReason: false,
    typed: "",
  },
  village: "",
  month: "",
  sheet: null,

  onLoad({ village, month }) {
    this.village = village;
    this.month = month;
    return act(this, () => this.load());
  },

  onShow() {
    dress(this);
  },

  async load() {
    const [sheet, me] = await Promise.all([sheets.get(this.village, this.month), identity.me()]);
    this.sheet = sheet;
    const { version } = sheet;
    const steps = stepsOn(sheet, (permission) => may(me, permission), monthOf(chinaDay(new Date())));
    this.setData({
      title: `${sheet.village.name} ${monthText(sheet.month)}`,
      state: sheet.state_text,
      tone: SHEET_TONES[sheet.state],
      reason: sheet.reason || "",
      version: version ? `第 ${version.number} 版，${chinaTime(version.stamped_at)}盖章，校验码 ${version.check_code}` : "",
      signatures: signaturesOf(sheet),
      people: peopleOf(sheet),
      opened: "",
      weeks: [],
      changes: changesOf(sheet),
      steps,
      needsReason: steps.giveBack || steps.amend,
      typed: "",
    });
  },

  /** Unfold one person's days, or fold them again. */
  onPerson({ currentTarget }) {
    const { id } = currentTarget.dataset;
    if (id === this.data.opened) return this.setData({ opened: "", weeks: [] });
    const row = this.sheet.rows.find(({ posting_id }) => posting_id === id);
    this.setData({ opened: id, weeks: weeksOf(this.month, (day) => row.days[day] || null) });
  },

  onReason({ detail }) {
    this.setData({ typed: detail.value });
  },

  async onStep({ currentTarget }) {
    const name = currentTarget.dataset.step;
    const { title, content, done, needsReason = false } = STEPS[name];
    const reason = this.data.typed.trim();
    if (needsReason && !reason) return this.setData({ message: "请写明理由" });
    if (!(await confirmed(title, content))) return;
    await act(this, async () => {
      await sheets.pass(name, this.village, this.month, reason);
      await this.load();
      this.setData({ done });
    });
  },

  onPaper() {
    return act(this, () => sheets.openPaper(this.village, this.month, this.sheet.version));
  },
});
