// One leave: where it stands, what happened, and what can be done with it now.

const identity = require("../../services/identity.js");
const leave = require("../../services/leave.js");
const pictures = require("../../services/pictures.js");
const { chinaDay, fullDayText } = require("../../logic/days.js");
const { actionsOn, factsOf, notesOf, proofsOf, rowOf, trailOf } = require("../../logic/leaves.js");
const { may, seatsOn } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    row: null,
    notes: [],
    facts: [],
    trail: [],
    actions: { withdraw: false, comeBack: "", extend: false, filePapers: false },
    proofs: { photos: [], left: 0 },
    proofsWait: false,
    choosesDay: false,
    firstDay: "",
    today: "",
    backDay: "",
    backDayText: "",
    backHalf: "morning",
  },
  id: "",

  onLoad({ id }) {
    this.id = id;
  },

  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  async load() {
    const [found, me] = await Promise.all([leave.get(this.id), identity.me()]);
    this.showLeave(found, me);
    const { proofs } = this.data;
    await pictures.fetchThumbnails(proofs.photos, (photos) => this.setData({ proofs: { ...proofs, photos } }));
  },

  showLeave(found, me) {
    const today = chinaDay(new Date());
    const myId = me.person.id;
    const confirmsReturns =
      may(me, "confirm_return") && seatsOn(me, today).some(({ area }) => area && area.level === "township");
    this.setData({
      row: rowOf(found, myId),
      notes: notesOf(found),
      facts: factsOf(found),
      trail: trailOf(found),
      proofs: proofsOf(found, myId),
      actions: actionsOn(found, { myId, confirmsReturns, today }),
      choosesDay: false,
      firstDay: found.first_day,
      today,
      backDay: today,
      backDayText: fullDayText(today),
    });
  },

  /** Ask, do it, and show the leave as it is now. */
  async change(title, content, work) {
    if (!(await confirmed(title, content))) return;
    await act(this, async () => {
      await work();
      await this.load();
    });
  },

  onWithdraw() {
    return this.change("撤回申请", "撤回后这份申请不再有效，如需请假请重新申请。", () => leave.withdraw(this.id));
  },

  onComeBack() {
    return this.change(this.data.actions.comeBack, "按现在的时间销假，没有用完的天数不再计入。", () =>
      leave.comeBack(this.id),
    );
  },

  onChooseDay() {
    this.setData({ choosesDay: !this.data.choosesDay });
  },

  onBackDay({ detail }) {
    this.setData({ backDay: detail.value, backDayText: fullDayText(detail.value) });
  },

  onBackHalf({ currentTarget }) {
    this.setData({ backHalf: currentTarget.dataset.value });
  },

  onComeBackOn() {
    const { backDay, backDayText, backHalf } = this.data;
    const since = `${backDayText}${backHalf === "morning" ? "上午" : "下午"}`;
    return this.change("销假", `从${since}起在村。`, () => leave.comeBack(this.id, { day: backDay, half: backHalf }));
  },

  onExtend() {
    wx.navigateTo({ url: `/pages/leave/extend?id=${this.id}` });
  },

  onPapers() {
    wx.navigateTo({ url: `/pages/leave/papers?id=${this.id}` });
  },

  onCamera() {
    return act(this, async () => {
      const files = await pictures.take(this.data.proofs.left);
      if (!files.length) return;
      const sent = await leave.sendProofs(this.id, files);
      this.setData({ proofsWait: !sent.some(({ item }) => item.file) });
      await this.load();
    });
  },

  onProof({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  onSlip() {
    return act(this, () => leave.openSlip(this.id));
  },
});
