// Forms begun and not yet sent, kept on the phone for each person, so that a call coming in costs nobody their words.

const api = require("./api.js");

function keyOf(name) {
  return `draft:${api.person().id}:${name}`;
}

/** Keep a form; a full phone keeps it only on the screen. */
function keep(name, draft) {
  try {
    wx.setStorageSync(keyOf(name), draft);
  } catch (error) {
    forget(name);
  }
}

/** The form as it was left, or null. */
function recall(name) {
  return (api.person() && wx.getStorageSync(keyOf(name))) || null;
}

/** Forget a form: it was sent, or given up. */
function forget(name) {
  wx.removeStorageSync(keyOf(name));
}

module.exports = { forget, keep, recall };
