// One event of a duty: what was told of it, its photos; told wrongly it is withdrawn with the reason.

const duties = require("../../services/duties.js");
const identity = require("../../services/identity.js");
const pictures = require("../../services/pictures.js");
const { chinaDay } = require("../../logic/days.js");
const { eventOf, isMineToTell } = require("../../logic/duties.js");
const { may, placesOfDuties } = require("../../logic/me.js");
const { act, confirmed, reloading } = require("../../logic/page.js");

Page({
  ...reloading,
  data: { type: "", busy: false, message: "", shown: null, photos: [], photosWait: false, withdraws: false, reason: "" },
  id: "",

  onLoad({ id }) {
    this.id = id;
  },

  async load() {
    const [found, me] = await Promise.all([duties.get(this.id), identity.me()]);
    const isMine = isMineToTell(found, placesOfDuties(me, chinaDay(new Date())));
    const { photos, ...shown } = eventOf(found, may(me, "record_duties") && isMine);
    this.setData({ shown, photos });
    await pictures.fetchThumbnails(photos, (fetched) => this.setData({ photos: fetched }));
  },

  onPhoto({ currentTarget }) {
    return act(this, async () => wx.previewImage({ urls: [await pictures.get(currentTarget.dataset.id, "full")] }));
  },

  onCamera() {
    return act(this, async () => {
      const files = await pictures.take(this.data.shown.left);
      if (!files.length) return;
      const sent = await duties.sendPhotos(this.id, files);
      this.setData({ photosWait: !sent.some(({ item }) => item.file) });
      await this.load();
    });
  },

  onFold() {
    this.setData({ withdraws: !this.data.withdraws });
  },

  onReason({ detail }) {
    this.setData({ reason: detail.value });
  },

  async onWithdraw() {
    const reason = this.data.reason.trim();
    if (!reason) return this.setData({ message: "请写明撤销的理由" });
    if (!(await confirmed("撤销登记", "撤销后这一次不再算数，记录仍会留下。确定吗？"))) return undefined;
    return act(this, async () => {
      await duties.withdraw(this.id, reason);
      this.setData({ withdraws: false, reason: "" });
      await this.load();
    });
  },
});
