// 往返行程 on the phone: entered by the driver, once, and taken back where it was wrong.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, TODAY, TRIP_ID } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const TRIPS = ANSWERS["allowances.trips"];

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, answers);
  return phone;
}

function monthsAsked(phone) {
  const asked = phone.requests.filter(({ method, url }) => method === "GET" && url.includes("/trips?"));
  return asked.map(({ url }) => new URL(url).searchParams.get("month"));
}

test("a month's trips say the day, the way, and who drove where it was another", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/allowances/trips");
  assert.deepEqual(monthsAsked(phone), [TODAY.slice(0, 7)]);
  assert.deepEqual(page.data.trips.map(({ title, place, isMine }) => [title, place, isMine]), [
    ["11月20日（周五） 往程", "杨梅村", true],
    ["11月20日（周五） 返程", "钟秋香，杨梅村", false],
  ]);
  page.onNew();
  assert.deepEqual(phone.visited, ["/pages/allowances/trip"]);
});

test("one goes back through the months, and no further than the present one", async () => {
  const phone = signedIn({ "allowances.trips": { items: [], next_cursor: null } });
  const page = await phone.visit("pages/allowances/trips");
  assert.deepEqual([page.data.isPresent, page.data.isEmpty], [true, true]);
  await page.onEarlier();
  assert.equal(page.data.isPresent, false);
  await page.onLater();
  assert.equal(page.data.isPresent, true);
  assert.deepEqual([monthsAsked(phone)[0], monthsAsked(phone).length], [monthsAsked(phone)[2], 3]);
});

test("a long month goes on page by page", async () => {
  const phone = signedIn({ "allowances.trips": { ...TRIPS, next_cursor: "next" } });
  const page = await phone.visit("pages/allowances/trips");
  phone.answers["allowances.trips"] = { items: [{ ...TRIPS.items[0], id: "later" }], next_cursor: null };
  await page.onMore();
  assert.equal(new URL(phone.requests.at(-1).url).searchParams.get("cursor"), "next");
  assert.deepEqual([page.data.trips.length, page.data.hasMore], [3, false]);
});

test("my own trip is taken back after a question", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/allowances/trips");
  phone.agrees = false;
  await page.onWithdraw(tap({ id: TRIP_ID, title: "11月20日（周五） 往程" }));
  assert.deepEqual(phone.sent(`/trips/${TRIP_ID}/withdrawal`), []);
  phone.agrees = true;
  phone.answers["allowances.trips"] = { items: [], next_cursor: null };
  await page.onWithdraw(tap({ id: TRIP_ID, title: "11月20日（周五） 往程" }));
  assert.equal(phone.sent(`/trips/${TRIP_ID}/withdrawal`).length, 1);
  assert.deepEqual(page.data.trips, []);
});

test("a trip is entered with two taps, and the page stays for the way back", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/allowances/trip");
  await page.onSubmit();
  assert.equal(page.data.message, "请选择往程或返程");
  page.onWay(tap({ value: "out" }));
  await page.onSubmit();
  const [{ client_key, ...sent }] = phone.sent("/trips");
  assert.deepEqual(sent, { day: TODAY, way: "out" });
  assert.ok(client_key);
  assert.match(page.data.done, /^已登记：\d+月\d+日往程$/);
  page.onDay(input("2026-11-20"));
  page.onWay(tap({ value: "back" }));
  assert.equal(page.data.done, "");
  await page.onSubmit();
  assert.deepEqual(phone.sent("/trips")[1].day, "2026-11-20");
});

test("a colleague's car is named and the form stays as it was", async () => {
  const phone = signedIn({ "allowances.record": refusal(409, "trip_known", "本队这一天的往程已由钟秋香登记，一队只计一辆车") });
  const page = await phone.visit("pages/allowances/trip");
  page.onWay(tap({ value: "out" }));
  await page.onSubmit();
  assert.deepEqual([page.data.message, page.data.way], ["本队这一天的往程已由钟秋香登记，一队只计一辆车", "out"]);
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
});

test("without a network a trip waits, is shown among the trips, and is sent once", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/allowances/trip");
  phone.isOnline = false;
  form.onWay(tap({ value: "back" }));
  await form.onSubmit();
  assert.match(form.data.done, /有网络时自动发出/);
  const list = await phone.restart().visit("pages/allowances/trips");
  assert.match(list.data.outbox.map(({ name, stateText }) => `${name} ${stateText}`).join(), /^行程 \d+月\d+日 返程 等待发送$/);
  phone.isOnline = true;
  await list.onSend();
  await rest();
  assert.deepEqual(list.data.outbox, []);
  const keys = phone.sent("/trips").filter(Boolean).map(({ client_key }) => client_key);
  assert.equal(new Set(keys).size, 1);
});

test("a trip refused later is shown with the reason until it is read", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/allowances/trip");
  phone.isOnline = false;
  form.onWay(tap({ value: "out" }));
  await form.onSubmit();
  phone.isOnline = true;
  phone.answers["allowances.record"] = refusal(422, "too_late", "行程须在31天内登记");
  const list = await phone.visit("pages/allowances/trips");
  const [row] = list.data.outbox;
  assert.deepEqual([row.stateText, row.reason], ["未被接受", "行程须在31天内登记"]);
  await list.onDiscard(tap({ key: row.client_key }));
  assert.deepEqual([list.data.outbox, phone.asked], [[], []]);
});
