// The areas a person may look at.

const api = require("./api.js");

const CALLS = {
  areas: { method: "GET", path: "/areas", query: ["parent", "limit", "cursor"] },
};
const MOST = 200;

/** All areas one level below an area. */
async function areasBelow(parent) {
  const found = [];
  let cursor = null;
  do {
    const page = await api.call(CALLS.areas, { query: { parent, limit: MOST, cursor } });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

module.exports = { CALLS, areasBelow };
