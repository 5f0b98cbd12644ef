// 意见反馈: what people say about the system.

const api = require("./api.js");
const outbox = require("./outbox.js");

const CALLS = {
  say: { method: "POST", path: "/feedback", body: ["client_key", "text"] },
  list: { method: "GET", path: "/feedback", query: ["cursor"] },
};

/** Say something, through the outbox. */
function say(text) {
  return outbox.submit("feedback", CALLS.say, { body: { text } });
}

/** A page of what the people of my county or city said, the latest first. */
function list(cursor = null) {
  return api.call(CALLS.list, { query: { cursor } });
}

module.exports = { CALLS, list, say };
