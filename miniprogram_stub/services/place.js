// Which township somebody looks at: their own, or one chosen below their county or city.

const roster = require("./roster.js");
const { areaOn } = require("../logic/me.js");
const { chinaDay } = require("../logic/days.js");

const KEPT = "place";

/** What can be chosen of my own area, and what was chosen last: `{counties, county, townships, township}`. */
function begin(me) {
  return within(areaOn(me, chinaDay(new Date())));
}

/** The same of any area, or of none. */
async function within(area) {
  if (!area) return { counties: [], county: null, townships: [], township: null };
  if (area.level === "township") return { counties: [], county: null, townships: [area], township: area };
  const last = wx.getStorageSync(KEPT) || {};
  const counties = area.level === "city" ? await roster.areasBelow(area.id) : [area];
  return inCounty(counties, counties.find(({ id }) => id === last.county) || counties[0] || null, last.township);
}

/** The choice after another county is taken. */
async function inCounty(counties, county, lastTownship = "") {
  const townships = county ? await roster.areasBelow(county.id) : [];
  const township = townships.find(({ id }) => id === lastTownship) || townships[0] || null;
  return { counties, county, townships, township };
}

/** Begin with these next time. */
function keep({ county, township }) {
  wx.setStorageSync(KEPT, { county: county ? county.id : "", township: township ? township.id : "" });
}

module.exports = { begin, inCounty, keep, within };
