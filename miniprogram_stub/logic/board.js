// Who is in the village today: a township's people by village, each with today's class.

const { DAY_CLASSES, ROLES } = require("./words.js");

/** The villages with their people, and how many are in the village, away, or not yet registered. */
function boardOf(items, today) {
  const villages = new Map();
  const counts = { good: 0, away: 0, other: 0 };
  for (const item of items.filter(({ days }) => days[today])) {
    const { id, name } = item.village;
    if (!villages.has(id)) villages.set(id, { id, name, people: [] });
    const person = personOf(item, today);
    villages.get(id).people.push(person);
    counts[person.tone in counts ? person.tone : "other"] += 1;
  }
  return { villages: [...villages.values()], counts };
}

function personOf({ posting_id, person, role, unit, days, afternoons, waiting, doubtful }, today) {
  const morning = DAY_CLASSES[days[today]];
  const afternoon = DAY_CLASSES[afternoons[today] || days[today]];
  const isHere = [morning, afternoon].includes(DAY_CLASSES.in_village);
  const words = morning === afternoon ? morning.word : `上午${morning.word}，下午${afternoon.word}`;
  const isWaiting = waiting.includes(today);
  return {
    id: posting_id,
    personId: person.id,
    name: person.name,
    role: ROLES[role] || role,
    unit: unit.name,
    text: isWaiting ? "已登记，待乡镇确认" : `${words}${doubtful.includes(today) ? "（存疑）" : ""}`,
    tone: isHere ? "good" : isWaiting ? "warn" : morning.tone,
  };
}

module.exports = { boardOf };
