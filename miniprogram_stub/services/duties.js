// What the offices and units owe again and again (Articles 14, 15, 26, 28).

const api = require("./api.js");

const CALLS = {
  list: { method: "GET", path: "/duties", query: ["area", "unit", "standing", "cursor"] },
};

/** A page of the duties of a county (`area`) or a dispatching unit (`unit`) of which a period stands so. */
function list(place, { standing, cursor = null }) {
  return api.call(CALLS.list, { query: { [place.kind]: place.id, standing, cursor } });
}

module.exports = { CALLS, list };
