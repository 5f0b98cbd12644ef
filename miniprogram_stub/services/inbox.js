// The one inbox of an office: leaves, rotations, findings, proposals and recalls that wait for its word.

const api = require("./api.js");

const CALLS = {
  list: { method: "GET", path: "/inbox", query: ["limit", "cursor"] },
  get: { method: "GET", path: "/inbox/{subject_id}" },
};

/** A page of what waits for my offices, the longest waiting first. */
function list({ cursor = null, limit = null } = {}) {
  return api.call(CALLS.list, { query: { cursor, limit } });
}

/** One thing that waits for my offices, by the id of what it is about; null once it waits no more. */
async function get(subjectId) {
  try {
    return await api.call(CALLS.get, { params: { subject_id: subjectId } });
  } catch (error) {
    if (error.code === "not_waiting") return null;
    throw error;
  }
}

module.exports = { CALLS, get, list };
