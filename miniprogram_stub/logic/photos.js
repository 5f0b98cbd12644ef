// The photos of a record as its page shows them.

const { PHOTO_STATES } = require("./words.js");

const RECEIVED = ["waiting", "kept", "expired"];

/** Each photo with what there is to say of it; the page fetches its file. */
function photoRowsOf(photos) {
  return photos.map(({ id, state, error_message }) => ({
    id,
    file: "",
    isKept: state === "kept",
    text: [PHOTO_STATES[state], error_message].filter(Boolean).join("；"),
  }));
}

/** How many photos the server has taken. */
function takenOf(photos) {
  return photos.filter(({ state }) => RECEIVED.includes(state)).length;
}

module.exports = { photoRowsOf, takenOf };
