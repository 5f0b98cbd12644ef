// What somebody may do and where, from the answer of /me.

const AREA_LEVELS = ["township", "county", "city"];
const MANDATE = "inspector";

function runs({ first_day, last_day }, day) {
  return first_day <= day && (last_day === null || day <= last_day);
}

function may(me, permission) {
  return Boolean(me) && me.may.includes(permission);
}

/** The posting of a day; that of a transfer is the new one. */
function postingOn(me, day) {
  return me.postings.filter((posting) => runs(posting, day)).pop() || null;
}

/** The villages of my postings on any day between two. */
function villagesBetween(me, firstDay, lastDay) {
  const touching = me.postings.filter(
    ({ first_day, last_day }) => first_day <= lastDay && (last_day === null || firstDay <= last_day),
  );
  return [...new Map(touching.map(({ village }) => [village.id, village])).values()];
}

/** The offices held on a day, mandates to inspect among them. */
function officesOn(me, day) {
  return me.offices.filter((office) => runs(office, day));
}

/** The offices held on a day that look after an area or a unit. */
function seatsOn(me, day) {
  return officesOn(me, day).filter(({ role }) => role !== MANDATE);
}

/** The areas I am sent to inspect on a day. */
function mandatesOn(me, day) {
  const areas = officesOn(me, day).filter(({ role }) => role === MANDATE).map(({ area }) => area);
  return [...new Map(areas.map((area) => [area.id, area])).values()];
}

/** The widest area I hold an office for on a day, of a township, county or city; null without one. */
function areaOn(me, day) {
  const areas = seatsOn(me, day).map(({ area }) => area);
  const known = areas.filter((area) => area && AREA_LEVELS.includes(area.level));
  return known.sort((one, other) => AREA_LEVELS.indexOf(other.level) - AREA_LEVELS.indexOf(one.level))[0] || null;
}

/** Whose recurring duties are mine to look after on a day: my county's, my unit's; of each kind, id and name. */
function placesOfDuties(me, day) {
  return seatsOn(me, day).flatMap(({ area, unit }) => [
    ...(area && area.level === "county" ? [{ kind: "area", id: area.id, name: area.name }] : []),
    ...(unit ? [{ kind: "unit", id: unit.id, name: unit.name }] : []),
  ]);
}

/** The village whose sheet is mine to submit or to witness: of my posting, or of my office. */
function ownVillageOn(me, day) {
  const posting = postingOn(me, day);
  if (posting) return posting.village;
  const office = officesOn(me, day).find(({ area }) => area && area.level === "village");
  return office ? office.area : null;
}

module.exports = { areaOn, mandatesOn, may, officesOn, ownVillageOn, placesOfDuties, postingOn, seatsOn, villagesBetween };
