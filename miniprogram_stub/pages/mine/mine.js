// Who I am here, and what is mine: my month, my messages, my consent, the size of type, signing out.

const identity = require("../../services/identity.js");
const messages = require("../../services/messages.js");
const outbox = require("../../services/outbox.js");
const { chinaDay, dayText } = require("../../logic/days.js");
const { may, officesOn, postingOn } = require("../../logic/me.js");
const { act, confirmed, dress, isTypeLarge, setTypeLarge, show } = require("../../logic/page.js");
const { ROLES } = require("../../logic/words.js");

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    name: "",
    phone: "",
    places: [],
    isPosted: false,
    mayDecide: false,
    mayAnswer: false,
    recordsTrips: false,
    unread: 0,
    consent: "",
    isLarge: false,
  },

  onShow() {
    dress(this);
    this.setData({ isLarge: isTypeLarge() });
    return this.refresh();
  },

  async refresh() {
    this.showMe(identity.lastMe());
    try {
      this.showMe(await identity.me());
      this.setData({ message: "", unread: await messages.unread() });
    } catch (error) {
      show(this, error);
    }
  },

  showMe(me) {
    if (!me) return;
    const today = chinaDay(new Date());
    const posting = postingOn(me, today);
    const [{ given_at }] = me.consents;
    this.setData({
      name: me.person.name,
      phone: me.phone,
      places: [
        ...(posting ? [placeOf(posting.role, [posting.village, posting.unit])] : []),
        ...officesOn(me, today).map(({ role, area, unit }) => placeOf(role, [area, unit])),
      ],
      isPosted: me.postings.length > 0,
      mayDecide: may(me, "see_inbox"),
      mayAnswer: may(me, "answer_oversight"),
      recordsTrips: may(me, "record_trips"),
      consent: given_at ? `${dayText(chinaDay(given_at))}已同意` : "未同意",
    });
  },

  onGo({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },

  onLargeType() {
    setTypeLarge(!this.data.isLarge);
    this.setData({ isLarge: !this.data.isLarge });
    dress(this);
  },

  async onSignOut() {
    const waiting = outbox.items().length;
    const kept = waiting ? `还有 ${waiting} 条没有送到，留在手机上，重新登录后再发送。` : "";
    if (!(await confirmed("退出登录", `${kept}确定退出吗？`))) return;
    await act(this, async () => {
      await identity.logout();
      wx.reLaunch({ url: "/pages/home/home" });
    });
  },
});

/** What somebody holds, and where. */
function placeOf(role, places) {
  const names = places.filter(Boolean).map(({ name }) => name);
  return `${ROLES[role] || role}：${names.join("，")}`;
}
