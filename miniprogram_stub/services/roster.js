// The areas a person may look at.

const api = require("./api.js");

const CALLS = {
  areas: { method: "GET", path: "/areas", query: ["parent", "level", "limit", "cursor"] },
};
const MOST = 200;

/** All areas of a level within my reach. */
function areasOf(level) {
  return allPages({ level });
}

/** All areas one level below an area. */
function areasBelow(parent) {
  return allPages({ parent });
}

async function allPages(query) {
  const found = [];
  let cursor = null;
  do {
    const page = await api.call(CALLS.areas, { query: { ...query, limit: MOST, cursor } });
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

module.exports = { CALLS, areasBelow, areasOf };
