// The calls the services declare, by name: leave.get is CALLS.get of services/leave.js.

const { readdirSync } = require("node:fs");
const path = require("node:path");

const SERVICES = path.join(__dirname, "../../miniprogram_stub/services");

/** Every declared call by name; the services are loaded for their tables alone. */
function declaredCalls() {
  const named = {};
  for (const file of readdirSync(SERVICES).sort()) {
    const { CALLS = {} } = require(path.join(SERVICES, file));
    for (const [name, call] of Object.entries(CALLS)) named[`${path.basename(file, ".js")}.${name}`] = call;
  }
  return named;
}

/** The name of the declared call a request carries out; null for one nobody declared. */
function nameOf(method, place, calls = declaredCalls()) {
  const isIt = ([, call]) => call.method === method && patternOf(call.path).test(place);
  const found = Object.entries(calls).filter(isIt);
  found.sort(([, one], [, other]) => one.path.split("{").length - other.path.split("{").length);
  return found.length ? found[0][0] : null;
}

function patternOf(place) {
  return new RegExp(`^${place.replace(/\{\w+\}/g, "[^/]+")}$`);
}

/** What of a request its call does not declare: query names, and body fields as dotted names. */
function undeclaredIn({ query = [], body = [] }, { search, data }) {
  const sent = fieldsOf(data);
  const asked = [...new URLSearchParams(search).keys()];
  const isDeclared = (field) => body.some((known) => known === field || known.startsWith(`${field}.`) || isIn(known, field));
  return [...sent.filter((field) => !isDeclared(field)), ...asked.filter((name) => !query.includes(name))];
}

/** Whether a field is an entry of a dictionary, which is declared as `content.topics.*`. */
function isIn(known, field) {
  return known.endsWith(".*") && field.startsWith(known.slice(0, -1));
}

function fieldsOf(value, prefix = "") {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const isObject = inner !== null && typeof inner === "object" && !Array.isArray(inner);
    return isObject ? fieldsOf(inner, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}

module.exports = { declaredCalls, nameOf, undeclaredIn };
