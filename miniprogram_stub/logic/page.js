// What every page does alike.

const { textOf } = require("./errors.js");

const LARGE_TYPE = "large_type";

/** Do one thing at a time for a page, and show what went wrong. */
async function act(page, work) {
  if (page.data.busy) return;
  page.setData({ busy: true, message: "" });
  try {
    await work();
  } catch (error) {
    show(page, error);
  }
  page.setData({ busy: false });
}

function show(page, error) {
  if (error.code === "not_bound") wx.reLaunch({ url: "/pages/bind/bind" });
  else if (error.code === "signed_out") wx.reLaunch({ url: "/pages/home/home" });
  else page.setData({ message: textOf(error) });
  if (!error.code) console.error(error);
}

/** Give a page the type the person has chosen. */
function dress(page) {
  page.setData({ type: isTypeLarge() ? "large" : "" });
}

/** What a page does that loads whenever it is shown or pulled down. */
const reloading = {
  /** @this {any} */
  onShow() {
    dress(this);
    return act(this, () => this.load());
  },

  /** @this {any} */
  async onPullDownRefresh() {
    await act(this, () => this.load());
    wx.stopPullDownRefresh();
  },
};

function isTypeLarge() {
  return wx.getStorageSync(LARGE_TYPE) === true;
}

function setTypeLarge(isLarge) {
  wx.setStorageSync(LARGE_TYPE, isLarge);
}

/** Do the work whenever the network is back, until the page is gone; returns what ends it. */
function whenOnline(work) {
  /** @param {any} network */
  const listener = (network) => {
    if (network.isConnected) work();
  };
  wx.onNetworkStatusChange(listener);
  return () => wx.offNetworkStatusChange(listener);
}

/** Ask; resolves to whether the person agrees. */
function confirmed(title, content, confirmText = "确定") {
  return new Promise((resolve) => {
    wx.showModal({ title, content, confirmText, success: ({ confirm }) => resolve(confirm), fail: () => resolve(false) });
  });
}

/** What can be chosen among, from a table of words, with what is chosen. */
function choices(words, chosen = "") {
  return Object.entries(words).map(([value, text]) => ({ value, text, chosen: value === chosen }));
}

module.exports = { act, choices, confirmed, dress, isTypeLarge, reloading, setTypeLarge, show, whenOnline };
