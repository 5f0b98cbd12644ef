// 交通补助: the trips my team's car has driven.

const api = require("./api.js");
const outbox = require("./outbox.js");

const CALLS = {
  trips: { method: "GET", path: "/trips", query: ["month", "cursor"] },
  record: { method: "POST", path: "/trips", body: ["client_key", "day", "way"] },
  withdraw: { method: "POST", path: "/trips/{trip_id}/withdrawal" },
};

/** A page of the trips of a month that I may see, the earliest first. */
function trips(month, cursor = null) {
  return api.call(CALLS.trips, { query: { month, cursor } });
}

/** Enter one way I drove on a day, through the outbox. */
function record(day, way) {
  return outbox.submit("trip", CALLS.record, { body: { day, way } });
}

/** Take back a trip I entered wrongly. */
function withdraw(tripId) {
  return api.call(CALLS.withdraw, { params: { trip_id: tripId } });
}

module.exports = { CALLS, record, trips, withdraw };
