// What my county or my unit owes of the duties that come again (Articles 14, 15, 26, 28), and what of it is told.

const duties = require("../../services/duties.js");
const identity = require("../../services/identity.js");
const { chinaDay } = require("../../logic/days.js");
const { dutyRowOf, formUrlOf } = require("../../logic/duties.js");
const { may, placesOfDuties } = require("../../logic/me.js");
const { act, reloading } = require("../../logic/page.js");
const { DUTY_STANDINGS } = require("../../logic/words.js");

const SHOWN = ["due", "missing", "done"];

Page({
  ...reloading,
  data: {
    type: "",
    busy: false,
    message: "",
    places: [],
    placeName: "",
    standing: "due",
    standings: [],
    rows: [],
    isEmpty: false,
    hasMore: false,
  },
  place: null,
  wanted: "",
  mayRecord: false,
  cursor: null,

  onLoad({ place = "" }) {
    this.wanted = place;
  },

  async load() {
    const me = await identity.me();
    const places = placesOfDuties(me, chinaDay(new Date()));
    this.mayRecord = may(me, "record_duties");
    this.place = places.find(({ id }) => id === this.wanted) || places[0] || null;
    this.setData({ places, placeName: this.place ? this.place.name : "" });
    if (!this.place) return this.setData({ rows: [], isEmpty: true, hasMore: false });
    await this.read(null);
  },

  async read(cursor) {
    const { standing } = this.data;
    const { items, next_cursor } = await duties.list(this.place, { standing, cursor });
    this.cursor = next_cursor;
    const rowOf = (line) => ({ ...dutyRowOf(line, standing), url: this.mayRecord ? formUrlOf(line, this.place, standing) : "" });
    const rows = [...(cursor ? this.data.rows : []), ...items.map(rowOf)];
    const standings = SHOWN.map((value) => ({ value, text: DUTY_STANDINGS[value].word, chosen: value === standing }));
    this.setData({ rows, standings, isEmpty: rows.length === 0, hasMore: Boolean(next_cursor) });
  },

  onMore() {
    return act(this, () => this.read(this.cursor));
  },

  onPlace({ detail }) {
    this.wanted = this.data.places[detail.value].id;
    return act(this, () => this.load());
  },

  onGo({ currentTarget }) {
    wx.navigateTo({ url: currentTarget.dataset.url });
  },

  onStanding({ currentTarget }) {
    this.setData({ standing: currentTarget.dataset.value, rows: [], isEmpty: false });
    return act(this, () => this.load());
  },
});
