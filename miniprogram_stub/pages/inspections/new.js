// 开始督查: the villages I am sent to; a tap opens one.

const identity = require("../../services/identity.js");
const inspections = require("../../services/inspections.js");
const place = require("../../services/place.js");
const roster = require("../../services/roster.js");
const { chinaDay } = require("../../logic/days.js");
const { villageRowsOf } = require("../../logic/inspections.js");
const { mandatesOn } = require("../../logic/me.js");
const { act, confirmed, dress } = require("../../logic/page.js");

const KEPT = "系统会记下此刻谁应在村、谁请假在外，不通知被督查的人。开始吗？";

Page({
  data: {
    type: "",
    busy: false,
    message: "",
    mandates: [],
    mandateName: "",
    choice: { counties: [], county: null, townships: [], township: null },
    villages: [],
    isEmpty: false,
  },
  myId: "",

  onLoad() {
    return act(this, async () => {
      const me = await identity.me();
      const mandates = mandatesOn(me, chinaDay(new Date()));
      this.myId = me.person.id;
      this.setData({ mandates });
      await this.goTo(mandates[0] || null);
    });
  },

  onShow() {
    dress(this);
  },

  async goTo(mandate) {
    this.setData({ mandateName: mandate ? mandate.name : "" });
    await this.choose(await place.within(mandate));
  },

  async choose(choice) {
    const { township } = choice;
    const villages = township ? await roster.areasBelow(township.id) : [];
    const { items } = await inspections.list();
    const rows = villageRowsOf(villages, items, { myId: this.myId, today: chinaDay(new Date()) });
    if (township) place.keep(choice);
    this.setData({ choice, villages: rows, isEmpty: rows.length === 0 });
  },

  onMandate({ detail }) {
    return act(this, () => this.goTo(this.data.mandates[detail.value]));
  },

  onCounty({ detail }) {
    const { counties } = this.data.choice;
    return act(this, async () => this.choose(await place.inCounty(counties, counties[detail.value])));
  },

  onTownship({ detail }) {
    const { choice } = this.data;
    return act(this, () => this.choose({ ...choice, township: choice.townships[detail.value] }));
  },

  async onVillage({ currentTarget }) {
    const { id, name, inspection } = currentTarget.dataset;
    if (inspection) return wx.redirectTo({ url: `/pages/inspections/detail?id=${inspection}` });
    if (!(await confirmed(`督查${name}`, KEPT, "开始"))) return undefined;
    return act(this, async () => {
      const opened = await inspections.open(id);
      wx.redirectTo({ url: `/pages/inspections/detail?id=${opened.id}` });
    });
  },
});
