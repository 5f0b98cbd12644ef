// The last answers, kept on the phone so that there is something to see without a network.

const api = require("./api.js");

const NAMES = ["today", "me", "leaves", "due", "households", "roll_calls"];

function keyOf(name) {
  return `${name}:${api.person().id}`;
}

/** Keep an answer for the signed-in person and return it; a full phone only forgets. */
function remember(name, answer) {
  try {
    wx.setStorageSync(keyOf(name), answer);
  } catch (error) {
    wx.removeStorageSync(keyOf(name));
  }
  return answer;
}

/** The last answer kept under a name, or null. */
function recall(name) {
  return (api.person() && wx.getStorageSync(keyOf(name))) || null;
}

/** Forget all answers of the signed-in person. */
function forget() {
  NAMES.forEach((name) => wx.removeStorageSync(keyOf(name)));
}

module.exports = { forget, recall, remember };
