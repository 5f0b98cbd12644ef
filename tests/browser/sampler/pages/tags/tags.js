Page({
  data: {
    last: "",
    text: "起初",
    lines: "一行\n二行",
    both: "",
    isOn: true,
    days: ["甲", "乙", "丙"],
    people: [{ name: "曾福生" }, { name: "钟秋香" }],
    columns: [["上午", "下午"], ["一", "二"]],
    chosen: 0,
    day: "2026-11-23",
    half: 100,
    nothing: undefined,
    lives: [],
  },

  onLoad(query) {
    this.log("load", query);
  },

  onShow() {
    this.log("show", getApp().lives);
  },

  onReady() {
    this.setData({ ready: true });
  },

  onPullDownRefresh() {
    this.log("refresh", {});
    wx.stopPullDownRefresh();
  },

  onReachBottom() {
    this.setData({ bottom: true });
  },

  onTabItemTap({ text }) {
    this.log("tab", text);
  },

  onEvent({ type, detail, currentTarget }) {
    this.log(type, { ...detail, from: currentTarget.dataset.from });
  },

  onPicture({ detail }) {
    this.setData({ picture: detail });
  },

  onColumn({ detail }) {
    if (detail.column === 0) this.setData({ columns: [["上午", "下午"], detail.value ? ["三"] : ["一", "二"]] });
  },

  onSecond() {
    wx.navigateTo({ url: "/pages/second/second?id=7&word=%E5%A5%BD", events: { answer: (word) => this.log("answer", word) } });
  },

  onUnknown() {
    wx.startLocationUpdate();
  },

  onBrowser() {
    this.log("browser", [typeof window, typeof document, typeof localStorage, typeof fetch]);
  },

  log(what, about) {
    this.setData({ last: `${what} ${JSON.stringify(about)}` });
  },
});
