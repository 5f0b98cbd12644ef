// Trips (往返行程) as their list shows them.

const { fullDayText } = require("./days.js");
const { TRIP_WAYS } = require("./words.js");

/** A trip in a list; who drove is said where it was somebody else. */
function tripRowOf({ id, day, way, person, village }, myId) {
  const isMine = person.id === myId;
  return {
    id,
    isMine,
    title: `${fullDayText(day)} ${TRIP_WAYS[way]}`,
    place: isMine ? village.name : `${person.name}，${village.name}`,
  };
}

module.exports = { tripRowOf };
