// My own pages: my month, my messages, consent, type, signing out; and that every page holds together.

const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { ANSWERS, LEAVE_ID, MATE, ME, MONTH, VILLAGE } = require("./answers.js");
const { FOLDER, FakePhone, refusal, tap } = require("./fake_phone.js");

const { pages: PAGES } = JSON.parse(readFileSync(path.join(FOLDER, "app.json"), "utf-8"));
const [ROW] = ANSWERS["attendance.month"].items;

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, answers);
  return phone;
}

// -- who I am ------------------------------------------------------------------------------------

test("my page says who I am here, what I have agreed to, and what is unread", async () => {
  const mine = await signedIn().visit("pages/mine/mine");
  assert.deepEqual([mine.data.name, mine.data.phone, mine.data.unread, mine.data.consent], ["曾福生", "138****1234", 1, "5月1日已同意"]);
  assert.deepEqual(mine.data.places, ["第一书记：杨梅村，市统计局"]);
});

test("without a network my page shows what is known", async () => {
  const phone = signedIn();
  await phone.visit("pages/mine/mine");
  phone.isOnline = false;
  const mine = await phone.restart().visit("pages/mine/mine");
  assert.equal(mine.data.name, "曾福生");
  assert.match(mine.data.message, /网络/);
});

test("large type is kept and reaches every page", async () => {
  const phone = signedIn();
  const mine = await phone.visit("pages/mine/mine");
  mine.onLargeType();
  assert.deepEqual([mine.data.type, mine.data.isLarge], ["large", true]);
  const home = await phone.restart().visit("pages/home/home");
  assert.equal(home.data.type, "large");
  mine.onLargeType();
  assert.equal(mine.data.type, "");
});

test("signing out ends the session, forgets what was kept to look at, and keeps what waits", async () => {
  const phone = signedIn();
  const mine = await phone.visit("pages/mine/mine");
  phone.isOnline = false;
  await phone.load("services/checkin.js").declare();
  phone.isOnline = true;
  await mine.onSignOut();
  assert.match(phone.asked[0], /还有 1 条没有送到/);
  assert.deepEqual(phone.visited, ["/pages/home/home"]);
  assert.deepEqual([...phone.storage.keys()].sort(), [`outbox:${ME.id}`, "signed_out"]);
});

test("who is asked and says no stays signed in", async () => {
  const phone = signedIn();
  phone.agrees = false;
  const mine = await phone.visit("pages/mine/mine");
  await mine.onSignOut();
  assert.ok(phone.storage.has("session"));
});

// -- my month ------------------------------------------------------------------------------------

test("my month shows my own row alone, in every village I was posted to", async () => {
  const other = { ...VILLAGE, id: "20000000-0000-4000-8000-000000000007", name: "塅垇村" };
  const [posting] = ANSWERS["identity.me"].postings;
  const postings = [{ ...posting, last_day: `${MONTH}-10` }, { ...posting, id: "p2", village: other, first_day: `${MONTH}-10` }];
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], postings } });
  const asked = () => phone.requests.map(({ url }) => url).filter((url) => url.includes("/attendance/"));
  phone.answers["attendance.month"] = () => ({
    ...ANSWERS["attendance.month"],
    items: [{ ...ROW, posting_id: `row-${asked().length}` }, { ...ROW, person: MATE }],
  });
  const month = await phone.visit("pages/mine/month");
  assert.deepEqual(asked().map((url) => url.split("village=")[1]), [VILLAGE.id, other.id]);
  assert.equal(month.data.sections.length, 2);
  assert.match(month.data.sections[0].lines.join(), /在村 1\.5 天.*再驻村3天/);
});

test("a day tells its class, where it comes from, and its attempts in order", async () => {
  const [attempt] = ANSWERS["checkin.attempts"].items;
  const outside = { ...attempt, id: "a-2", day: "2026-11-02", verdict: "outside", counted: false, received_at: "2026-11-02T07:00:00+08:00" };
  const phone = signedIn({ "checkin.attempts": { items: [{ ...attempt, day: "2026-11-02", late_upload: true }, outside], next_cursor: null } });
  const page = await phone.visit("pages/mine/month");
  await page.load("2026-11");
  page.onDay(tap({ day: "2026-11-02" }));
  assert.equal(page.data.chosen.label, "11月2日（周一），在村，乡镇登记");
  assert.deepEqual(page.data.chosen.attempts.map(({ text }) => text), ["07:00 位置在村外", "08:01 位置在村内，已计入，补传"]);
  page.onDay(tap({ day: "" }));
  assert.equal(page.data.chosen.day, "2026-11-02");
});

test("a month without a posting is said to be one", async () => {
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], postings: [] } });
  const page = await phone.visit("pages/mine/month");
  assert.deepEqual([page.data.isEmpty, page.data.sections], [true, []]);
});

// -- my messages ---------------------------------------------------------------------------------

test("what is shown is read, once, and leads to what it is about", async () => {
  const [message] = ANSWERS["messages.list"].items;
  const read = { ...message, id: "90000000-0000-4000-8000-000000000002", read_at: message.sent_at, kind: "office_waits" };
  const phone = signedIn({ "messages.list": { items: [message, read], next_cursor: null, unread: 1 } });
  const page = await phone.visit("pages/mine/messages");
  assert.deepEqual(phone.sent("/messages/reading"), [{ ids: [message.id] }]);
  assert.deepEqual(page.data.rows.map(({ isNew, url }) => [isNew, url]), [
    [true, `/pages/leave/detail?id=${LEAVE_ID}`],
    [false, `/pages/approvals/detail?id=${LEAVE_ID}`],
  ]);
  page.onOpen(tap({ url: page.data.rows[0].url }));
  assert.deepEqual(phone.visited, [`/pages/leave/detail?id=${LEAVE_ID}`]);
});

test("with nothing unread nothing is sent", async () => {
  const phone = signedIn({ "messages.list": { items: [], next_cursor: null, unread: 0 } });
  const page = await phone.visit("pages/mine/messages");
  assert.deepEqual([page.data.isEmpty, phone.sent("/messages/reading")], [true, []]);
});

test("WeChat is asked for the templates of what I am told of, each once, five at most", async () => {
  const kinds = ["office_waits", "leave_decided", "papers_due", "return_overdue", "sheet_waits", "visits_due"];
  const items = [...kinds.map((kind) => ({ kind, template: `t-${kind}` })), { kind: "papers_due", template: "t-leave_decided" }];
  const me = { ...ANSWERS["identity.me"], may: ["request_leave", "confirm_return", "visit"] };
  const phone = signedIn({ "messages.templates": { items }, "identity.me": me });
  const page = await phone.visit("pages/mine/messages");
  await page.onSubscribe();
  assert.deepEqual(phone.subscribed, ["t-leave_decided", "t-papers_due", "t-return_overdue", "t-visits_due"]);
  assert.match(page.data.subscribed, /4 类/);
  phone.agrees = false;
  await page.onSubscribe();
  assert.equal(page.data.subscribed, "没有打开微信提醒");
});

// -- my data and my opinion ----------------------------------------------------------------------

test("my data says what is stored and who looked at it, and is opened as a file to keep", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/mine/data");
  assert.equal(new URL(phone.requests[0].url).searchParams.get("rows"), "false");
  assert.deepEqual(page.data.kinds.map(({ title, count }) => [title, count]), [["驻村登记", "12 条"]]);
  assert.deepEqual(page.data.looks.map(({ by, text }) => [by, text]), [["刘冬明", "查看登记位置"], ["系统", "照片到期删除"]]);
  await page.onExport();
  assert.equal(new URL(phone.requests.at(-1).url).searchParams.get("format"), "xlsx");
  assert.deepEqual(phone.opened, [["tmp:/me/data", "xlsx"]]);
});

test("an opinion is said once, and kept while there is no network", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/mine/feedback");
  await page.onSubmit();
  assert.equal(page.data.message, "请写下您的意见");
  page.onText({ detail: { value: " 字再大一点 " } });
  await page.onSubmit();
  const [{ text, client_key }] = phone.sent("/feedback");
  assert.deepEqual([text, page.data.text, page.data.done], ["字再大一点", "", "已送到，谢谢"]);
  assert.ok(client_key);
  phone.isOnline = false;
  page.onText({ detail: { value: "再说一句" } });
  await page.onSubmit();
  assert.match(page.data.done, /有网络时自动发出/);
  phone.isOnline = true;
  await phone.visit("pages/home/home");
  assert.equal(phone.sent("/feedback").length, 3);
});

test("an opinion refused stays in the form with the reason", async () => {
  const phone = signedIn({ "feedback.say": refusal(422, "invalid", "填写的内容有误") });
  const page = await phone.visit("pages/mine/feedback");
  page.onText({ detail: { value: "意见" } });
  await page.onSubmit();
  assert.deepEqual([page.data.text, page.data.message], ["意见", "填写的内容有误"]);
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
});

test("who hears opinions reads them, nobody else asks for them", async () => {
  const me = { ...ANSWERS["identity.me"], may: [...ANSWERS["identity.me"].may, "see_feedback"] };
  const phone = signedIn({ "identity.me": me });
  await phone.visit("pages/mine/mine");
  const page = await phone.visit("pages/mine/feedback");
  assert.deepEqual(page.data.rows.map(({ name, text }) => [name, text]), [["钟秋香", "字再大一点就好了"]]);
  const other = signedIn();
  await other.visit("pages/mine/mine");
  await other.visit("pages/mine/feedback");
  assert.deepEqual(other.sent("/feedback"), []);
});

// -- consent -------------------------------------------------------------------------------------

test("the notice is agreed to in the version read, and withdrawn after a question", async () => {
  const phone = signedIn({ "attendance.today": { ...ANSWERS["attendance.today"], consented: false } });
  const notice = await phone.visit("pages/notice/notice");
  assert.equal(notice.data.consented, false);
  await notice.onConsent();
  assert.deepEqual([phone.sent("/consents"), phone.visited], [[{ purpose: "location", version: 1 }], ["back"]]);
  await notice.onWithdraw();
  assert.match(phone.asked[0], /本人声明或请乡镇登记/);
  assert.equal(phone.sent("/consents/location").length, 1);
});

test("a notice changed meanwhile is shown anew before it can be agreed to", async () => {
  const phone = signedIn({ "identity.consent": refusal(409, "notice_changed", "告知内容已更新，请重新阅读") });
  const notice = await phone.visit("pages/notice/notice");
  phone.answers["identity.notice"] = { purpose: "location", version: 2, text: "新的告知" };
  await notice.onConsent();
  assert.deepEqual([notice.data.text, notice.data.message, notice.version], ["新的告知", "告知内容已更新，请重新阅读", 2]);
});

// -- all pages -----------------------------------------------------------------------------------

const OPTIONS = { id: LEAVE_ID, village: VILLAGE.id, month: "2026-10" };

for (const place of PAGES) {
  test(`${place} opens in large type, with a network and without`, async () => {
    const phone = signedIn();
    phone.storage.set("large_type", "true");
    const page = await phone.visit(place, OPTIONS);
    assert.deepEqual([page.data.type, page.data.busy, page.data.message], ["large", false, ""]);
    phone.isOnline = false;
    const offline = await phone.restart().visit(place, OPTIONS);
    assert.equal(offline.data.busy, false);
  });

  test(`${place} shows only what it has`, () => {
    const source = readFileSync(path.join(FOLDER, `${place}.wxml`), "utf-8");
    const page = new FakePhone().openPage(`${place}.js`);
    const known = new Set([...Object.keys(page.data), ...loopNames(source)]);
    assert.deepEqual(namesIn(source).filter((name) => !known.has(name)), []);
  });
}

function loopNames(source) {
  return ["item", "index", ...[...source.matchAll(/wx:for-(?:item|index)="(\w+)"/g)].map(([, name]) => name)];
}

/** The names a template's expressions begin with. */
function namesIn(source) {
  const expressions = [...source.matchAll(/\{\{(.+?)\}\}/g)].map(([, inner]) => inner.replace(/'[^']*'/g, ""));
  const names = expressions.flatMap((inner) => [...inner.matchAll(/(?<![\w.])[A-Za-z_]\w*/g)].map(([name]) => name));
  return names.filter((name) => !["true", "false", "null"].includes(name));
}
