// From the tap to the server's word: positions, the outbox, what the person is told.

const assert = require("node:assert/strict");
const { test, mock } = require("node:test");
const { ANSWERS, ME } = require("./answers.js");
const { FakePhone, refusal } = require("./fake_phone.js");

/** Answers check-ins as the server does: 201, then 200 for the same key. */
function acceptingPhone() {
  const phone = new FakePhone().signIn();
  phone.stored = new Map();
  phone.server = ({ data }) => {
    const isNew = !phone.stored.has(data.client_key);
    phone.stored.set(data.client_key, data);
    return { statusCode: isNew ? 201 : 200, data: { ...ANSWERS["checkin.checkIn"], client_key: data.client_key } };
  };
  return phone;
}

function open(phone) {
  return { checkin: phone.load("services/checkin.js"), outbox: phone.load("services/outbox.js") };
}

test("a tap sends one position in WGS-84 with its instant", async () => {
  const phone = acceptingPhone();
  const { checkin, outbox } = open(phone);
  const { answer } = await checkin.checkIn();
  assert.equal(answer.message, "登记成功，已计入");
  const [{ client_key, fix, time_ticket }] = phone.sent("/checkins");
  assert.match(client_key, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual({ ...fix, captured_at: "" }, {
    latitude_deg: 25.85, longitude_deg: 114.93, datum: "wgs84", accuracy_m: 20, altitude_m: 120, speed_m_s: -1, captured_at: "",
  });
  assert.ok(Math.abs(Date.now() - new Date(fix.captured_at)) < 60_000);
  assert.equal(time_ticket, null);
  assert.deepEqual(outbox.items(), []);
});

test("what the phone does not know is sent as unknown", async () => {
  const phone = acceptingPhone();
  phone.fix = { latitude: 25.85, longitude: 114.93, accuracy: -1, altitude: NaN };
  await open(phone).checkin.checkIn();
  const [{ fix }] = phone.sent("/checkins");
  assert.deepEqual([fix.accuracy_m, fix.altitude_m, fix.speed_m_s], [null, null, null]);
});

test("a double tap is one attempt", async () => {
  const phone = acceptingPhone();
  const { checkin } = open(phone);
  await Promise.all([checkin.checkIn(), checkin.checkIn(), checkin.declare()]);
  assert.equal(phone.fixes, 1);
  assert.equal(phone.stored.size, 1);
});

test("an attempt without network survives closing the app and is sent once, unchanged", async () => {
  const phone = acceptingPhone();
  phone.isOnline = false;
  const waiting = await open(phone).checkin.checkIn();
  assert.equal(waiting.answer, undefined);
  const [item] = open(phone.restart()).outbox.items();
  assert.equal(item.state, "waiting");
  phone.isOnline = true;
  const { outbox } = open(phone);
  const both = await Promise.all([outbox.send(), outbox.send()]);
  assert.equal(both[0].length, 1);
  assert.deepEqual(outbox.items(), []);
  const [offline, online] = phone.sent("/checkins");
  assert.deepEqual(online, offline);
  assert.equal(phone.sent("/checkins").length, 2);
});

test("a lost answer makes the phone send the same key again", async () => {
  const phone = acceptingPhone();
  const accept = phone.server;
  phone.server = (request) => accept(request) && "lost";
  const { checkin, outbox } = open(phone);
  await checkin.checkIn();
  assert.equal(outbox.items().length, 1);
  phone.server = accept;
  await outbox.send();
  assert.equal(phone.stored.size, 1);
  assert.deepEqual(outbox.items(), []);
});

for (const [status, code] of [[409, "posting_ended"], [422, "fix_empty"]]) {
  test(`a ${status} leaves the queue and is shown until it is read`, async () => {
    const phone = acceptingPhone();
    phone.server = () => refusal(status, code, "派驻已结束");
    const { checkin, outbox } = open(phone);
    const { error } = await checkin.checkIn();
    assert.equal(error.message, "派驻已结束");
    const [item] = open(phone.restart()).outbox.items();
    assert.deepEqual([item.state, item.reason], ["refused", "派驻已结束"]);
    assert.deepEqual(await outbox.send(), []);
    assert.equal(phone.sent("/checkins").length, 1);
    outbox.discard(item.client_key);
    assert.deepEqual(outbox.items(), []);
  });
}

for (const answer of [
  refusal(503, "busy"),
  refusal(429, "too_many_requests"),
  refusal(500, "internal"),
  refusal(403, "consent"),
  { statusCode: 200, data: "<html>请先登录无线网</html>" },
  { statusCode: 200, data: { client_key: "of-another" } },
  { statusCode: 422, data: "<html>blocked</html>" },
]) {
  test(`an attempt waits on after ${answer.statusCode} ${JSON.stringify(answer.data)}`, async () => {
    const phone = acceptingPhone();
    phone.server = () => answer;
    const { checkin, outbox } = open(phone);
    await checkin.checkIn();
    assert.deepEqual(outbox.items().map(({ state }) => state), ["waiting"]);
  });
}

test("a time ticket is attached to one attempt only", async () => {
  const phone = acceptingPhone();
  phone.storage.set(`ticket:${ME.id}`, JSON.stringify("ticket-1"));
  phone.isOnline = false;
  const { checkin, outbox } = open(phone);
  await checkin.checkIn();
  phone.fix = { ...phone.fix, latitude: 25.851 };
  await checkin.checkIn();
  assert.deepEqual(outbox.items().map(({ body }) => body.time_ticket), ["ticket-1", null]);
});

test("a ticket that is not taken does not cost the attempt", async () => {
  const phone = acceptingPhone();
  phone.storage.set(`ticket:${ME.id}`, JSON.stringify("of-an-old-key"));
  const accept = phone.server;
  phone.server = (request) => (request.data.time_ticket ? refusal(422, "ticket_invalid") : accept(request));
  const { checkin, outbox } = open(phone);
  assert.ok((await checkin.checkIn()).answer);
  const [first, second] = phone.sent("/checkins");
  assert.deepEqual({ ...first, time_ticket: null }, second);
  assert.deepEqual(outbox.items(), []);
});

test("a declaration asks for no position", async () => {
  const phone = acceptingPhone();
  await open(phone).checkin.declare();
  const [body] = phone.sent("/checkins");
  assert.deepEqual([body.fix, phone.fixes], [null, 0]);
});

test("a declaration sent later says when it was made and brings the ticket of the last contact", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-23T15:59:00Z") }); // 23:59 in China
  const phone = acceptingPhone();
  phone.isOnline = false;
  phone.storage.set(`ticket:${ME.id}`, JSON.stringify("ticket-1"));
  const { checkin, outbox } = open(phone);
  await checkin.declare();
  t.mock.timers.setTime(new Date("2026-11-23T16:01:00Z").getTime());
  phone.isOnline = true;
  await outbox.send();
  const { declared_at, time_ticket } = phone.sent("/checkins").at(-1);
  assert.deepEqual([declared_at, time_ticket], ["2026-11-23T15:59:00.000Z", "ticket-1"]);
});

test("a fix the phone merely repeats is named so and not sent again", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-23T00:01:00Z") });
  const phone = acceptingPhone();
  const { checkin } = open(phone);
  await checkin.checkIn();
  t.mock.timers.setTime(new Date("2026-11-23T00:01:20Z").getTime());
  await assert.rejects(checkin.checkIn(), { code: "cached_fix", message: /08:01 的位置/ });
  assert.equal(phone.stored.size, 1);
  t.mock.timers.setTime(new Date("2026-11-23T00:03:00Z").getTime());
  assert.ok((await checkin.checkIn()).answer);
});

for (const [words, code] of [
  ["auth deny", "not_allowed"],
  ["auth denied", "not_allowed"],
  ["authorize no response", "not_allowed"],
  ["privacy permission is not authorized", "privacy"],
  ["system permission denied", "system_denied"],
  ["ERROR_NOCELL&WIFI_LOCATIONSWITCHOFF", "switched_off"],
  ["ERROR_NETWORK", "no_signal"],
  ["ERROR_SERVER_NOT_LOCATION", "no_signal"],
  ["timeout", "no_signal"],
]) {
  test(`"${words}" is told in Chinese with the way out, and the next tap may try again`, async () => {
    const phone = acceptingPhone();
    phone.locationFailure = words;
    const { checkin, outbox } = open(phone);
    await assert.rejects(checkin.checkIn(), { code, message: /[一-龥].*本人声明/ });
    assert.deepEqual([outbox.items(), phone.requests], [[], []]);
    phone.locationFailure = null;
    assert.ok((await checkin.checkIn()).answer);
  });
}

test("the phone's own switches are believed before the platform's words", async () => {
  for (const [setting, news, code] of [
    ["systemSetting", { locationEnabled: false }, "switched_off"],
    ["authorizeSetting", { locationAuthorized: "denied" }, "system_denied"],
  ]) {
    const phone = acceptingPhone();
    phone.locationFailure = "auth deny";
    phone[setting] = news;
    await assert.rejects(open(phone).checkin.checkIn(), { code });
  }
});

test("a position blurred by iOS is explained and not taken", async () => {
  const phone = acceptingPhone();
  phone.authorizeSetting.locationReducedAccuracy = true;
  await assert.rejects(open(phone).checkin.checkIn(), { code: "reduced_accuracy" });
  assert.equal(phone.fixes, 0);
});

test("a platform that never answers does not block the button for good", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const phone = acceptingPhone();
  const { checkin } = open(phone);
  const locate = mock.method(phone, "locate", () => {});
  const hanging = assert.rejects(checkin.checkIn(), { code: "no_signal" });
  t.mock.timers.tick(60_000);
  await hanging;
  locate.mock.restore();
  assert.ok((await checkin.checkIn()).answer);
});

test("another person on the same phone neither sees nor sends what waits", async () => {
  const phone = acceptingPhone();
  phone.isOnline = false;
  await open(phone).checkin.checkIn();
  phone.isOnline = true;
  const { outbox } = open(phone.restart().signIn({ id: "person-2", name: "钟秋香" }));
  assert.deepEqual([outbox.items(), await outbox.send()], [[], []]);
  assert.equal(open(phone.restart().signIn()).outbox.items().length, 1);
});

test("withdrawing the consent forgets positions still on the phone", async () => {
  const phone = acceptingPhone();
  phone.isOnline = false;
  const { checkin, outbox } = open(phone);
  await checkin.checkIn();
  await checkin.declare();
  phone.isOnline = true;
  phone.server = () => ({ statusCode: 204, data: "" });
  await phone.load("services/identity.js").withdraw();
  assert.deepEqual(outbox.items().map(({ body }) => body.fix), [null]);
});
