// 督查授权 on the phone of an office: an inspector sent out, once, and called off.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, KEY, TODAY, TOWNSHIP } = require("./answers.js");
const { FakePhone, input, refusal, tap } = require("./fake_phone.js");

const COUNTY = { id: "20000000-0000-4000-8000-000000000009", name: "甲县", level: "county" };
const [MANDATE] = ANSWERS["inspections.mandates"].items;
const LAST = new Date(Date.parse(TODAY) + 9 * 24 * 3600 * 1000).toISOString().slice(0, 10);
const TOMORROW = new Date(Date.parse(TODAY) + 24 * 3600 * 1000).toISOString().slice(0, 10);

function officer(role, area) {
  const held = { id: KEY, role, area, unit: null, first_day: "2026-01-01", last_day: null };
  return { ...ANSWERS["identity.me"], postings: [], offices: [held], may: ["see_areas", "give_mandates"] };
}

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  const townships = { items: [{ ...TOWNSHIP, code: "360799100000" }], next_cursor: null };
  Object.assign(phone.answers, { "identity.me": officer("county_office", COUNTY), "roster.areas": townships, ...answers });
  return phone;
}

const TYPED = { name: " 温督查 ", phone: "13800138009", document_no: " 甲县驻村办〔2026〕8号 " };

function fillIn(form) {
  for (const [name, text] of Object.entries(TYPED)) form.onEnter(input(text, { name }));
  form.onLast(input(LAST));
}

test("home leads an office to its mandates", async () => {
  const home = await signedIn().visit("pages/home/home");
  assert.deepEqual(home.data.entries, [{ text: "督查授权", url: "/pages/inspections/mandates" }]);
});

test("a mandate says who inspects where, for which level and until when", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/inspections/mandates");
  const [{ name, place, days, document, state, mayEnd }] = page.data.rows;
  assert.deepEqual([name, place, days, document], [
    "钟秋香", "甲一乡，县级督查", "2026年11月20日至2099年12月20日", "甲县驻村办〔2026〕7号",
  ]);
  assert.deepEqual([state, mayEnd], ["", true]);
  page.onNew();
  assert.deepEqual(phone.visited, ["/pages/inspections/mandate"]);
});

test("what taking a mandate back means is said by when it began; one for today alone runs out by itself", async () => {
  const days = [["2026-01-01", TODAY], [TODAY, LAST], [TOMORROW, LAST], [TODAY, TODAY]];
  const items = days.map(([first_day, last_day]) => ({ ...MANDATE, first_day, last_day }));
  const page = await signedIn({ "inspections.mandates": { items } }).visit("pages/inspections/mandates");
  assert.deepEqual(page.data.rows.map(({ ending, state, mayEnd }) => [ending.match(/马上失效|到今晚为止|不再生效/)[0], state, mayEnd]), [
    ["马上失效", "", true],
    ["到今晚为止", "", true],
    ["不再生效", "尚未开始", true],
    ["到今晚为止", "", false],
  ]);
});

test("a mandate is taken back after a question, and the list read anew", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/inspections/mandates");
  phone.agrees = false;
  await page.onEnd(tap({ number: 0 }));
  assert.equal(phone.sent(`/mandates/${MANDATE.id}`).length, 0);
  phone.agrees = true;
  phone.answers["inspections.mandates"] = { items: [] };
  await page.onEnd(tap({ number: 0 }));
  assert.match(phone.asked[1], /^收回授权：钟秋香，甲一乡，县级督查。/);
  assert.equal(phone.sent(`/mandates/${MANDATE.id}`).length, 1);
  assert.deepEqual([page.data.rows, page.data.isEmpty], [[], true]);
});

test("taken back already, by a tap whose answer was lost, it is said and gone from the list", async () => {
  const phone = signedIn({ "inspections.endMandate": refusal(409, "mandate_over", "该授权已经结束") });
  const page = await phone.visit("pages/inspections/mandates");
  phone.answers["inspections.mandates"] = { items: [] };
  await page.onEnd(tap({ number: 0 }));
  assert.deepEqual([page.data.message, page.data.isEmpty], ["该授权已经结束", true]);
});

test("a county sends to itself or to a township, a township to itself", async () => {
  const county = await signedIn().visit("pages/inspections/mandate");
  assert.deepEqual([county.data.areas.map(({ name }) => name), county.data.areaName], [["甲县", "甲一乡"], "甲县"]);
  const phone = signedIn({ "identity.me": officer("township_head", TOWNSHIP) });
  const township = await phone.visit("pages/inspections/mandate");
  assert.deepEqual([township.data.areas.map(({ name }) => name), phone.sent("/areas")], [["甲一乡"], []]);
});

test("what is missing is said and nothing is sent", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/inspections/mandate");
  const said = [];
  for (const [name, text] of [["name", "温督查"], ["phone", "1380013"], ["phone", "13800138009"]]) {
    await form.onSubmit();
    said.push(form.data.message);
    form.onEnter(input(text, { name }));
    assert.equal(form.data.message, "");
  }
  await form.onSubmit();
  assert.deepEqual([...said, form.data.message], [
    "请填写督查人员的姓名", "督查人员的手机号须为 11 位", "督查人员的手机号须为 11 位", "请填写授权文号",
  ]);
  assert.deepEqual([phone.asked, phone.sent("/mandates")], [[], []]);
});

test("an inspector is sent out after a question, once for many taps", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/inspections/mandate");
  fillIn(form);
  form.onArea(input("1"));
  await Promise.all([form.onSubmit(), form.onSubmit()]);
  assert.match(phone.asked[0], /^督查授权：温督查，.*督查甲一乡，依据甲县驻村办〔2026〕8号。$/);
  assert.deepEqual(phone.sent("/mandates"), [
    { name: "温督查", phone: "13800138009", area_id: TOWNSHIP.id, first_day: TODAY, last_day: LAST, document_no: "甲县驻村办〔2026〕8号" },
  ]);
  assert.deepEqual(phone.visited, ["back"]);
});

test("beginning and end never cross", async () => {
  const form = await signedIn().visit("pages/inspections/mandate");
  form.onFirst(input(LAST));
  assert.deepEqual([form.data.mandate.first_day, form.data.mandate.last_day], [LAST, LAST]);
  form.onLast(input(TODAY));
  assert.deepEqual([form.data.mandate.first_day, form.data.mandate.last_day], [TODAY, TODAY]);
});

test("what is typed outlives a lost answer and a closed app; given already, the server says so", async () => {
  const phone = signedIn({ "inspections.giveMandate": "lost" });
  const form = await phone.visit("pages/inspections/mandate");
  fillIn(form);
  await form.onSubmit();
  assert.match(form.data.message, /连不上网络/);
  phone.answers["inspections.giveMandate"] = refusal(409, "mandate_exists", "此人已有同一范围、同日开始的督查授权");
  const again = await phone.restart().visit("pages/inspections/mandate");
  assert.deepEqual([again.data.mandate.name, again.data.mandate.last_day], [" 温督查 ", LAST]);
  await again.onSubmit();
  assert.deepEqual([again.data.message, phone.visited], ["此人已有同一范围、同日开始的督查授权", []]);
});

test("a form left on an earlier day, or about an area that is no longer mine, goes on from today", async () => {
  const phone = signedIn();
  const left = { name: "温督查", phone: "", area_id: "elsewhere", first_day: "2026-01-01", last_day: "2026-02-01", document_no: "" };
  phone.load("services/drafts.js").keep("mandate", left);
  const { mandate } = (await phone.visit("pages/inspections/mandate")).data;
  assert.deepEqual(mandate, { ...left, area_id: COUNTY.id, first_day: TODAY, last_day: TODAY });
});

test("who holds no office over an area can choose none", async () => {
  const form = await signedIn({ "identity.me": { ...officer("county_office", COUNTY), offices: [] } }).visit("pages/inspections/mandate");
  fillIn(form);
  await form.onSubmit();
  assert.equal(form.data.message, "请选择督查范围");
});
