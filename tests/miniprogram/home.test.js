// What the home page shows and does.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, LEAVE_ID, ME, TOWNSHIP } = require("./answers.js");
const { FakePhone, refusal, rest, tap } = require("./fake_phone.js");

const TODAY = ANSWERS["attendance.today"];
const HEAD_OF_TOWNSHIP = {
  ...ANSWERS["identity.me"],
  postings: [],
  offices: [{ role: "township_head", area: TOWNSHIP, unit: null, first_day: "2026-01-01", last_day: null }],
  may: ["see_own", "see_attendance", "see_leaves", "see_inbox", "decide_leave", "delegate", "stamp_sheet", "confirm_return"],
};

async function openHome({ today = TODAY, me = ANSWERS["identity.me"], ...news } = {}) {
  const phone = Object.assign(new FakePhone().signIn(), news);
  Object.assign(phone.answers, { "attendance.today": today, "identity.me": me });
  const home = await phone.visit("pages/home/home");
  return { phone, home };
}

test("home shows where the day, the month and the year stand", async () => {
  const { home } = await openHome();
  assert.equal(home.data.standing.title, "今日尚未登记");
  assert.ok(home.data.canCheckIn);
  assert.match(home.data.monthLines.join(), /在村 12 天.*14\.5 天（要求 20 天）.*月均 20\.3 天.*再驻村3天/);
});

test("a tap that counts says so", async () => {
  const { home } = await openHome();
  await home.onCheckIn();
  assert.deepEqual([home.data.attempt.title, home.data.attempt.tone, home.data.busy], ["在村内", "good", false]);
});

test("a tap outside says how far in a band, never in metres", async () => {
  const { phone, home } = await openHome();
  phone.answers["checkin.checkIn"] = { ...ANSWERS["checkin.checkIn"], verdict: "outside", band: "1_5km", counted: false };
  await home.onCheckIn();
  assert.deepEqual([home.data.attempt.title, home.data.attempt.tone], ["村外：离村1至5公里", "warn"]);
});

test("without network home says 等待发送, and sends when the network is back", async () => {
  const { phone, home } = await openHome();
  phone.isOnline = false;
  await home.onCheckIn();
  assert.equal(home.data.attempt.title, "等待发送");
  assert.deepEqual(home.data.outbox.map(({ stateText, name }) => [stateText, name]), [["等待发送", "位置登记"]]);
  assert.equal(home.data.busy, false);
  phone.turnNetwork(true);
  await rest();
  assert.deepEqual(home.data.outbox, []);
  assert.equal(phone.sent("/checkins").length, 3);
});

test("without consent a tap leads to the notice and takes no position", async () => {
  const { phone, home } = await openHome({ today: { ...TODAY, consented: false } });
  await home.onCheckIn();
  assert.deepEqual(phone.visited, ["/pages/notice/notice"]);
  assert.equal(phone.fixes, 0);
});

test("where the county takes declarations the tap takes no position", async () => {
  const { phone, home } = await openHome({ today: { ...TODAY, mode: "self_declare" } });
  await home.onCheckIn();
  assert.equal(phone.sent("/checkins")[0].fix, null);
  assert.equal(phone.fixes, 0);
});

test("a declaration that is not confirmed is none", async () => {
  const { phone, home } = await openHome({ agrees: false });
  await home.onDeclare();
  assert.deepEqual(phone.sent("/checkins"), []);
});

test("where the township keeps the register there is no button", async () => {
  const { home } = await openHome({ today: { ...TODAY, mode: "township_register" } });
  assert.equal(home.data.canCheckIn, false);
  assert.match(home.data.standing.title, /乡镇登记/);
});

test("a refused permission brings the button to WeChat's settings, a switched-off system that to the phone's", async () => {
  const { phone, home } = await openHome({ locationFailure: "auth deny" });
  await home.onCheckIn();
  assert.equal(home.data.attempt.wayOut, "wechat");
  phone.locationFailure = "system permission denied";
  await home.onCheckIn();
  assert.equal(home.data.attempt.wayOut, "system");
  home.onSystemSettings();
  assert.deepEqual(phone.visited, ["system settings"]);
});

test("the next attempt takes the word of the last one away", async () => {
  const { phone, home } = await openHome({ locationFailure: "auth deny" });
  await home.onCheckIn();
  phone.locationFailure = null;
  await home.onCheckIn();
  assert.equal(home.data.attempt.title, "在村内");
});

test("what was known yesterday says nothing about today", async () => {
  const { phone, home } = await openHome({ today: { ...TODAY, day: "2021-05-01", state: "counted" } });
  phone.isOnline = false;
  await home.onShow();
  assert.equal(home.data.standing.title, "今日情况联网后显示");
  assert.match(home.data.connection, /网络/);
});

test("a WeChat that belongs to nobody is led to the binding", async () => {
  const phone = new FakePhone();
  phone.server = () => refusal(403, "not_bound", "首次使用", { binding_ticket: "t" });
  await phone.visit("pages/home/home");
  assert.deepEqual(phone.visited, ["/pages/bind/bind"]);
});

test("who is back from leave says so with one tap", async () => {
  const leave = { id: LEAVE_ID, kind: "personal", state: "approved", last_day: TODAY.day, proposes_return: true };
  const { phone, home } = await openHome({ today: { ...TODAY, state: "counted", leave } });
  assert.equal(home.data.returnOf, LEAVE_ID);
  phone.answers["attendance.today"] = { ...TODAY, state: "counted" };
  await home.onReturn();
  assert.deepEqual(phone.sent(`/leaves/${LEAVE_ID}/return`), [{}]);
  assert.deepEqual([home.data.returnOf, phone.asked], ["", []]);
});

test("a leave that is still running is named, without a proposal to return", async () => {
  const leave = { id: LEAVE_ID, kind: "personal", state: "approved", last_day: "2026-11-25", proposes_return: false };
  const { home } = await openHome({ today: { ...TODAY, leave } });
  assert.equal(home.data.returnOf, "");
  assert.match(home.data.standing.lines.join(), /请假中：事假，至11月25日/);
});

test("an office sees what waits for it and its own pages, not a check-in", async () => {
  const { phone, home } = await openHome({ today: { ...TODAY, state: "no_posting", month: null, average: null, forecast: null }, me: HEAD_OF_TOWNSHIP });
  assert.deepEqual(home.data.waits.map(({ text, state }) => [text, state]), [["请假待审批", "1件"], ["未读消息", "1条"]]);
  assert.deepEqual(home.data.entries.map(({ text }) => text), ["审批", "今天谁在村", "考勤表"]);
  assert.deepEqual([home.data.canCheckIn, home.data.standing], [false, null]);
  home.onGo(tap({ url: home.data.waits[0].url }));
  assert.deepEqual(phone.visited, ["/pages/approvals/list"]);
});

test("an office for which nothing waits is told so", async () => {
  const nobody = { ...TODAY, state: "no_posting", month: null, average: null, forecast: null };
  const me = { ...HEAD_OF_TOWNSHIP, may: [] };
  const { phone, home } = await openHome({ today: nobody, me });
  assert.equal(home.data.nothingWaits, false);
  phone.answers["messages.list"] = { ...ANSWERS["messages.list"], unread: 0 };
  await home.onShow();
  assert.deepEqual([home.data.nothingWaits, home.data.standing], [true, null]);
});

test("a team member is shown no page of the offices, and the server is not asked for them", async () => {
  const { phone, home } = await openHome();
  assert.deepEqual(home.data.entries.map(({ text }) => text), ["考勤表"]);
  assert.deepEqual(phone.sent("/approvals"), []);
});

test("who has signed out is asked before signing in again", async () => {
  const { phone, home } = await openHome();
  await phone.load("services/identity.js").logout();
  await home.onShow();
  assert.deepEqual([home.data.signedOut, home.data.name, phone.logins], [true, "", 0]);
  await home.onSignIn();
  assert.deepEqual([home.data.signedOut, home.data.name, phone.logins], [false, ME.name, 1]);
});

test("a leave that was refused after it had waited can be mended", async () => {
  const { phone, home } = await openHome();
  const leave = phone.load("services/leave.js");
  phone.answers["leave.ask"] = refusal(409, "leave_overlaps", "该时段已有请假");
  const draft = phone.load("logic/draft.js").newDraft("2026-11-23");
  phone.isOnline = false;
  await leave.ask({ ...draft, kind: "sick", reason: "x", destination: "y" });
  phone.isOnline = true;
  await home.onShow();
  const [row] = home.data.outbox;
  assert.deepEqual([row.name, row.stateText, row.reason, row.canMend], ["病假 11月23日", "未被接受", "该时段已有请假", true]);
  home.onMend(tap({ key: row.client_key }));
  assert.deepEqual(phone.visited, [`/pages/leave/new?mends=${row.client_key}`]);
  await home.onDiscard(tap({ key: row.client_key }));
  assert.deepEqual([home.data.outbox, phone.asked], [[], []]);
});

test("what still waits is given up only after a question", async () => {
  const { phone, home } = await openHome({ agrees: false });
  phone.isOnline = false;
  phone.load("services/checkin.js");
  await home.attempt(phone.load("services/checkin.js").declare, "…");
  const [row] = home.data.outbox;
  await home.onDiscard(tap({ key: row.client_key }));
  assert.equal(home.data.outbox.length, 1);
  phone.agrees = true;
  await home.onDiscard(tap({ key: row.client_key }));
  assert.deepEqual(home.data.outbox, []);
});

test("a position that is off says by how much and what makes it better", async () => {
  const unsure = { ...ANSWERS["checkin.checkIn"], verdict: "unsure" };
  const { phone, home } = await openHome({ fix: { latitude: 25.85, longitude: 114.93, accuracy: 312.4, altitude: 1, speed: 0 } });
  phone.answers["checkin.checkIn"] = unsure;
  await home.onCheckIn();
  assert.match(home.data.attempt.lines.join(), /误差约 312 米.*室外开阔处/);
});

test("a helper sees how many visits are still owed, and goes to them", async () => {
  const { phone, home } = await openHome();
  const [due] = home.data.waits.filter(({ text }) => text === "本季还要走访");
  assert.equal(due.state, "1户");
  home.onGo(tap({ url: due.url }));
  assert.deepEqual(phone.visited, ["/pages/visits/list"]);
});

test("a first secretary is told of last month's sheet that waits", async () => {
  const board = ANSWERS["sheets.board"];
  const open = { ...board, items: [{ ...board.items[0], state: "open" }] };
  const { phone, home } = await openHome();
  phone.answers["sheets.board"] = open;
  await home.onShow();
  assert.ok(home.data.waits.some(({ text, state }) => text === "上月考勤表待提交" && state === "1张"));
});
