// The first time: which person of the roster has this WeChat.

const identity = require("../../services/identity.js");
const { act, dress } = require("../../logic/page.js");

Page({
  data: { type: "", invitationCode: "", message: "", busy: false },

  onShow() {
    dress(this);
  },

  onInput({ detail }) {
    this.setData({ invitationCode: detail.value });
  },

  onPhone({ detail }) {
    if (detail.code) return this.bind(() => identity.bindByPhone(detail.code));
    this.setData({ message: "没有取得手机号。可以再点一次并选“允许”，或改用邀请码。" });
  },

  onInvitation() {
    const code = this.data.invitationCode;
    if (code.trim()) return this.bind(() => identity.bindByInvitation(code));
    this.setData({ message: "请先填写邀请码。" });
  },

  bind(work) {
    return act(this, async () => {
      await work();
      wx.reLaunch({ url: "/pages/home/home" });
    });
  },
});
