// One rotation: where it stands, what happened, its proofs; the office whose turn it is decides here.

const identity = require("../../services/identity.js");
const pictures = require("../../services/pictures.js");
const rotation = require("../../services/rotation.js");
const { may } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");
const { rotationFactsOf, rotationProofsOf, rotationRowOf, rotationTrailOf } = require("../../logic/rotations.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    row: null,
    facts: [],
    trail: [],
    proofs: { photos: [], left: 0, isMissing: false },
    proofsWait: false,
    mayDecide: false,
    mayWithdraw: false,
    opinion: "",
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
    const [found, me] = await Promise.all([rotation.get(this.id), identity.me()]);
    const mayApply = may(me, "apply_rotation");
    this.setData({
      row: rotationRowOf(found),
      facts: rotationFactsOf(found),
      trail: rotationTrailOf(found),
      proofs: rotationProofsOf(found, mayApply),
      mayDecide: found.may_decide,
      mayWithdraw: mayApply && Boolean(found.waits_for),
    });
    const { proofs } = this.data;
    await pictures.fetchThumbnails(proofs.photos, (photos) => this.setData({ proofs: { ...proofs, photos } }));
  },

  onProof({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  onCamera() {
    return act(this, async () => {
      const files = await pictures.take(this.data.proofs.left);
      if (!files.length) return;
      const sent = await rotation.sendProofs(this.id, files);
      this.setData({ proofsWait: !sent.some(({ item }) => item.file) });
      await this.load();
    });
  },

  onOpinion({ detail }) {
    this.setData({ opinion: detail.value });
  },

  onAgree() {
    return this.decide("approved", "同意");
  },

  onDisagree() {
    if (!this.data.opinion.trim()) return this.setData({ message: "不同意须写明理由" });
    return this.decide("rejected", "不同意");
  },

  async decide(decision, word) {
    const { title, change } = this.data.row;
    if (!(await confirmed(word, `${title}，${change}`))) return;
    await act(this, async () => {
      await rotation.decide(this.id, decision, this.data.opinion.trim());
      this.setData({ opinion: "" });
      await this.load();
    });
  },

  async onWithdraw() {
    if (!(await confirmed("撤回申请", "撤回后这份申请不再有效，如仍需调整请重新申请。"))) return;
    await act(this, async () => {
      await rotation.withdraw(this.id);
      await this.load();
    });
  },
});
