// 经常性职责 told on the phone: each duty with what it asks for, once, its photos, and taken back.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, EVENT_ID, HEAD, KEY, MATE, ME, TODAY, TOWNSHIP, UNIT, VILLAGE } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const COUNTY = { id: "20000000-0000-4000-8000-000000000009", name: "甲县", level: "county" };
const OTHER_UNIT = { id: "30000000-0000-4000-8000-000000000002", name: "甲县水利局" };
const [FUND] = ANSWERS["duties.list"].items;
const [PERIOD] = FUND.periods;
const EVENT = ANSWERS["duties.get"];

function office(role, place) {
  const held = { role, area: null, unit: null, ...place, first_day: "2026-01-01", last_day: null };
  return { ...ANSWERS["identity.me"], postings: [], offices: [held], may: ["see_duties", "record_duties"] };
}

const CLERK = office("unit_clerk", { unit: UNIT });
const COUNTY_OFFICE = office("county_office", { area: COUNTY });

function lineOf(duty, subject, changes = {}) {
  const period = { ...PERIOD, owed: 1, done: 0, missing: 1 };
  return { ...FUND, duty, name: duty, is_amount: false, subject, village: null, township: null, unit: null, periods: [period], ...changes };
}

const MEETING = lineOf("county_meeting", { kind: "county", ...pick(COUNTY) });
const REPORT = lineOf("unit_head_report", { kind: "unit", ...UNIT }, { unit: UNIT });
const VISIT = lineOf("unit_head_visit", { kind: "unit", ...UNIT }, { unit: UNIT, village: VILLAGE, township: TOWNSHIP });
const TRAININGS = [ME, MATE].map((person) => lineOf("county_training", { kind: "person", ...person }, { unit: UNIT, village: VILLAGE, township: TOWNSHIP }));

function pick({ id, name }) {
  return { id, name };
}

function signedIn(me, items, answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, { "identity.me": me, "duties.list": { ...ANSWERS["duties.list"], items }, ...answers });
  return phone;
}

/** The form that the list leads to from a line. */
async function openForm(phone, number = 0) {
  const list = await phone.visit("pages/duties/list");
  return openAt(phone, list.data.rows[number].url);
}

function openAt(phone, url) {
  const [place, asked] = url.slice(1).split("?");
  return phone.visit(place, Object.fromEntries(asked.split("&").map((pair) => pair.split("="))));
}

function told(phone) {
  return phone.sent("/duties/events").map(({ client_key, ...body }) => body);
}

// -- whose it is ---------------------------------------------------------------------------------

test("each duty is told with what it asks for and nothing else", async () => {
  const note = "定了饮水工程的钱";
  const bodies = [];
  for (const [me, line] of [[COUNTY_OFFICE, MEETING], [CLERK, REPORT], [CLERK, VISIT], [COUNTY_OFFICE, VISIT]]) {
    const phone = signedIn(me, [line]);
    const page = await openForm(phone);
    page.onEnter(input(` ${note} `, { name: "note" }));
    await page.onSubmit();
    bodies.push(...told(phone));
    assert.deepEqual(phone.visited, [`/pages/duties/event?id=${EVENT_ID}`]);
  }
  assert.deepEqual(bodies, [
    { duty: "county_meeting", day: TODAY, note, area: COUNTY.id },
    { duty: "unit_head_report", day: TODAY, note, unit: UNIT.id },
    { duty: "unit_head_visit", day: TODAY, note, area: VILLAGE.id, unit: UNIT.id },
    { duty: "unit_head_visit", day: TODAY, note, area: VILLAGE.id, unit: UNIT.id },
  ]);
});

test("a unit tells its own and not what the county tells; who only reads finds no form", async () => {
  const list = await signedIn(CLERK, [REPORT, ...TRAININGS]).visit("pages/duties/list");
  assert.deepEqual(list.data.rows.map(({ url }) => Boolean(url)), [true, false, false]);
  const reader = { ...COUNTY_OFFICE, may: ["see_duties"] };
  const read = await signedIn(reader, [MEETING, ...TRAININGS]).visit("pages/duties/list");
  assert.deepEqual(read.data.rows.map(({ url }) => url), ["", "", ""]);
});

test("a unit tells in yuan what it has paid; the server is told in fen", async () => {
  const phone = signedIn(CLERK, [FUND]);
  const page = await openForm(phone);
  assert.deepEqual([page.data.title, page.data.place, page.data.units], ["拨付驻村工作经费", "杨梅村，甲一乡杨梅村", []]);
  const said = [];
  for (const amount of ["", "一万", "0", "12.345", "-5"]) {
    page.onEnter(input(amount, { name: "amount" }));
    await page.onSubmit();
    said.push(page.data.message);
  }
  assert.deepEqual(new Set(said), new Set(["请填写金额，最多两位小数"]));
  page.onEnter(input("10000.29", { name: "amount" }));
  await page.onSubmit();
  assert.deepEqual(told(phone), [
    { duty: "team_fund", day: TODAY, note: "", area: VILLAGE.id, unit: UNIT.id, amount_fen: 1000029 },
  ]);
});

test("a county says which of the village's units has paid; the only one is chosen already", async () => {
  const other = { ...VISIT, subject: { kind: "unit", ...OTHER_UNIT }, unit: OTHER_UNIT };
  const phone = signedIn(COUNTY_OFFICE, [FUND]);
  const list = await phone.visit("pages/duties/list");
  phone.answers["duties.list"] = { ...ANSWERS["duties.list"], items: [VISIT, VISIT, other] };
  const page = await openAt(phone, list.data.rows[0].url);
  assert.match(phone.requests.at(-1).url, new RegExp(`/duties\\?area=${VILLAGE.id}&subject=unit&limit=200$`));
  assert.deepEqual(page.data.units.map(({ text, chosen }) => [text, chosen]), [["市统计局", false], ["甲县水利局", false]]);
  page.onEnter(input("5000", { name: "amount" }));
  await page.onSubmit();
  assert.equal(page.data.message, "请选择拨付单位");
  page.onUnit(tap({ value: OTHER_UNIT.id }));
  await page.onSubmit();
  assert.deepEqual(told(phone)[0].unit, OTHER_UNIT.id);
  phone.answers["duties.list"] = { ...ANSWERS["duties.list"], items: [VISIT] };
  const alone = await openAt(phone, list.data.rows[0].url);
  assert.deepEqual(alone.data.units.map(({ chosen }) => chosen), [true]);
});

test("a training is told of several people at once", async () => {
  const phone = signedIn(COUNTY_OFFICE, TRAININGS);
  const page = await openForm(phone, 1);
  assert.match(phone.requests.at(-1).url, new RegExp(`/duties\\?area=${COUNTY.id}&subject=person&standing=due&limit=200$`));
  assert.deepEqual(page.data.people.map(({ text, chosen }) => [text, chosen]), [["曾福生（甲一乡杨梅村）", false], ["钟秋香（甲一乡杨梅村）", true]]);
  page.onPerson(tap({ value: MATE.id }));
  await page.onSubmit();
  assert.equal(page.data.message, "请选择参加培训的人员");
  page.onEveryone();
  await page.onSubmit();
  assert.deepEqual(told(phone), [{ duty: "county_training", day: TODAY, note: "", people: [ME.id, MATE.id] }]);
  page.onEveryone();
  assert.deepEqual(page.data.report.people, []);
});

test("more people than the server takes are not sent at once", async () => {
  const many = Array.from({ length: 501 }, (_, number) => lineOf("county_training", { kind: "person", id: `p-${number}`, name: "某" }, { village: VILLAGE, township: TOWNSHIP }));
  const phone = signedIn(COUNTY_OFFICE, many);
  const page = await openForm(phone);
  page.onEveryone();
  await page.onSubmit();
  assert.deepEqual([page.data.message, told(phone)], ["一次最多登记500人", []]);
});

// -- once, and kept ------------------------------------------------------------------------------

test("without a network it waits under its name and is sent once", async () => {
  const phone = signedIn(CLERK, [REPORT]);
  const page = await openForm(phone);
  phone.isOnline = false;
  await page.onSubmit();
  assert.deepEqual([page.data.done, phone.visited], ["已存在手机上，有网络时自动发出", []]);
  const outbox = phone.restart().load("services/outbox.js");
  const [row] = phone.load("logic/outbox_rows.js").rowsOf(outbox.items());
  assert.match(row.name, /^主要领导听取汇报 \d+月\d+日$/);
  phone.isOnline = true;
  await outbox.send();
  assert.deepEqual([outbox.items(), new Set(phone.sent("/duties/events").map(({ client_key }) => client_key)).size], [[], 1]);
});

test("what is typed outlives a closed app and a refusal, and is gone once it is sent", async () => {
  const phone = signedIn(CLERK, [REPORT], { "duties.record": refusal(422, "day_in_future", "不能登记将来的日期") });
  const page = await openForm(phone);
  page.onEnter(input("党组会", { name: "note" }));
  page.onEnter(input("2026-11-20", { name: "day" }));
  await page.onSubmit();
  assert.deepEqual([page.data.message, phone.load("services/outbox.js").items()], ["不能登记将来的日期", []]);
  const again = await openForm(phone.restart());
  assert.deepEqual([again.data.report.note, again.data.dayText], ["党组会", "11月20日（周五）"]);
  delete phone.answers["duties.record"];
  await again.onSubmit();
  assert.equal((await openForm(phone.restart())).data.report.note, "");
});

// -- what was told -------------------------------------------------------------------------------

test("the list leads from a period to what was told of it", async () => {
  const done = { ...PERIOD, standing: "done", done: 1000000, missing: 0, events: [{ id: EVENT_ID, day: "2026-11-20", amount_fen: 600000, note: "" }] };
  const phone = signedIn(CLERK, [{ ...FUND, periods: [done] }]);
  const list = await phone.visit("pages/duties/list");
  await list.onStanding(tap({ value: "done" }));
  const [row] = list.data.rows;
  assert.deepEqual([row.periods, row.events], [["已完成 10000 元"], [{ id: EVENT_ID, text: "2026年11月20日，6000 元" }]]);
});

test("what was told is read with its photos, and more are taken", async () => {
  const phone = signedIn(CLERK, []);
  const page = await phone.visit("pages/duties/event", { id: EVENT_ID });
  const facts = Object.fromEntries(page.data.shown.facts.map(({ name, text }) => [name, text]));
  assert.deepEqual(facts, { 职责: "第26条", 对象: "杨梅村工作队，甲一乡杨梅村，市统计局", 日期: "2026年11月20日", 金额: "6000 元", 情况: "第二笔" });
  assert.deepEqual([page.data.shown.state, page.data.shown.left, page.data.photos[0].file !== ""], ["已登记", 5, true]);
  await page.onCamera();
  await rest();
  assert.equal(phone.sent(`/duties/events/${EVENT_ID}/photos`).length, 1);
  phone.isOnline = false;
  await page.onCamera();
  assert.equal(page.data.photosWait, true);
});

test("who only reads can add nothing and take nothing back", async () => {
  const reader = { ...COUNTY_OFFICE, may: ["see_duties"] };
  const read = (me, event) => signedIn(me, [], { "duties.get": event }).visit("pages/duties/event", { id: EVENT_ID });
  const trained = { ...EVENT, subject: { kind: "person", ...MATE } };
  const pages = [await read(reader, EVENT), await read(CLERK, trained), await read(CLERK, { ...EVENT, unit: OTHER_UNIT })];
  assert.deepEqual(pages.map(({ data }) => [data.shown.left, data.shown.mayWithdraw]), [[0, false], [0, false], [0, false]]);
  assert.equal((await read(COUNTY_OFFICE, trained)).data.shown.mayWithdraw, true);
});

test("what was told wrongly is taken back with its reason, under one key", async () => {
  const phone = signedIn(CLERK, [], { "duties.withdraw": "lost" });
  const page = await phone.visit("pages/duties/event", { id: EVENT_ID });
  await page.onWithdraw();
  assert.equal(page.data.message, "请写明撤销的理由");
  page.onReason(input(" 日期填错 "));
  await page.onWithdraw();
  delete phone.answers["duties.withdraw"];
  const taken = { ...EVENT.tellings[0], is_withdrawn: true, reason: "日期填错", recorded_by: HEAD };
  phone.answers["duties.get"] = { ...EVENT, is_withdrawn: true, tellings: [EVENT.tellings[0], taken] };
  await page.onWithdraw();
  const sent = phone.sent(`/duties/events/${EVENT_ID}/corrections`);
  assert.deepEqual(sent.map(({ reason, is_withdrawn }) => [reason, is_withdrawn]), [["日期填错", true], ["日期填错", true]]);
  assert.equal(sent[0].client_key, sent[1].client_key);
  assert.deepEqual([page.data.shown.state, page.data.shown.left, page.data.shown.mayWithdraw], ["已撤销", 0, false]);
  assert.deepEqual(page.data.shown.trail.map(({ text, words }) => [text, words]), [["曾福生登记", ""], ["李国华撤销", "日期填错"]]);
});

test("the server's refusal of another office is shown as it is", async () => {
  const phone = signedIn(CLERK, [], { "duties.withdraw": refusal(403, "other_office_records_it", "只能由登记的单位更正") });
  const page = await phone.visit("pages/duties/event", { id: KEY });
  page.onReason(input("填错"));
  await page.onWithdraw();
  assert.equal(page.data.message, "只能由登记的单位更正");
});
