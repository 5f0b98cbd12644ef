// What happens with the position, to be read, agreed to, and withdrawn at any time.

const attendance = require("../../services/attendance.js");
const identity = require("../../services/identity.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const WITHDRAWAL = "撤回后，登记时不再取位置，手机上还没有送到的位置登记也会删去；可改用本人声明或请乡镇登记。";

Page({
  data: { type: "", text: "", consented: false, message: "", busy: false },
  version: 0,

  onLoad() {
    return act(this, () => this.load());
  },

  onShow() {
    dress(this);
  },

  async load() {
    const [notice, today] = await Promise.all([identity.notice(), attendance.today()]);
    this.version = notice.version;
    this.setData({ text: notice.text, consented: today.consented });
  },

  onConsent() {
    return act(this, async () => {
      try {
        await identity.consent(this.version);
        await this.load(); // the first page begins from what is remembered of today
        wx.navigateBack();
      } catch (error) {
        if (error.code === "notice_changed") await this.load();
        throw error;
      }
    });
  },

  async onWithdraw() {
    if (!(await confirmed("撤回同意", WITHDRAWAL))) return;
    await act(this, async () => {
      await identity.withdraw();
      await this.load();
    });
  },

  onLeave() {
    wx.navigateBack();
  },
});
