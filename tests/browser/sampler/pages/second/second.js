Page({
  data: { query: "", depth: 0 },

  onLoad(query) {
    this.setData({ query: JSON.stringify(query), depth: getCurrentPages().length });
    this.getOpenerEventChannel().emit("answer", `来自 ${getCurrentPages()[0].route}`);
    wx.setNavigationBarTitle({ title: `第 ${query.id} 号` });
  },

  onUnload() {
    getApp().lives.push("second unload");
  },
});
