// My inbox.

const api = require("./api.js");

const CALLS = {
  list: { method: "GET", path: "/messages", query: ["unread_only", "limit", "cursor"] },
  read: { method: "POST", path: "/messages/reading", body: ["ids"] },
  templates: { method: "GET", path: "/messages/templates" },
};
const MOST_TEMPLATES = 5; // WeChat asks for no more at once

/** A page of what I was told, the latest first. */
function list(cursor = null) {
  return api.call(CALLS.list, { query: { cursor } });
}

/** How many messages I have not read. */
async function unread() {
  return (await api.call(CALLS.list, { query: { unread_only: true, limit: 1 } })).unread;
}

/** I have read these. */
async function read(ids) {
  if (ids.length) await api.call(CALLS.read, { body: { ids } });
}

/** The templates to ask leave for, those of these kinds of message. */
async function templatesOf(kinds) {
  const { items } = await api.call(CALLS.templates);
  const wanted = items.filter(({ kind }) => kinds.includes(kind)).map(({ template }) => template);
  return [...new Set(wanted)].slice(0, MOST_TEMPLATES);
}

/** Ask leave to send one WeChat notice of each template; only from a tap. Resolves to how many are allowed. */
function subscribe(templateIds) {
  return new Promise((resolve, reject) => {
    wx.requestSubscribeMessage({
      tmplIds: templateIds,
      success: (answer) => resolve(templateIds.filter((id) => answer[id] === "accept").length),
      fail: ({ errMsg }) => reject(new api.ApiError(0, "not_subscribed", "微信没有打开提醒，请稍后再试", { errMsg })),
    });
  });
}

module.exports = { CALLS, list, read, subscribe, templatesOf, unread };
