// Leave on the phone: the form with its preview, the outbox, the list, the page of one leave.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, KEY, LEAVE_ID, MATE, TODAY, TOWNSHIP } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const LEAVE = ANSWERS["leave.get"];

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, answers);
  return phone;
}

/** A form filled in as far as it must be. */
async function filledIn(phone, options) {
  const form = await phone.visit("pages/leave/new", options);
  await form.onKind(tap({ value: "personal" }));
  form.onText(input("家中有事", { name: "reason" }));
  form.onText(input("赣州市区", { name: "destination" }));
  return form;
}

// -- the form ------------------------------------------------------------------------------------

test("the form asks what would become of the request whenever kind or days change", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/leave/new");
  assert.deepEqual([phone.sent("/leaves/preview").length, form.data.preview, form.data.previewTrouble], [0, null, "请选择请假类别"]);
  await form.onKind(tap({ value: "personal" }));
  await form.onFirstDay(input("2026-11-23"));
  await form.onFirstHalf(tap({ value: "afternoon" }));
  await form.onLastDay(input("2026-11-25"));
  assert.equal(phone.sent("/leaves/preview").length, 4);
  const { kind, first_day, first_half, last_day, last_half } = phone.sent("/leaves/preview").at(-1);
  assert.deepEqual(
    [kind, first_day, first_half, last_day, last_half],
    ["personal", "2026-11-23", "afternoon", "2026-11-25", "afternoon"],
  );
  assert.equal(form.data.preview.title, ANSWERS["leave.preview"].message);
  assert.deepEqual([form.data.firstDayText, form.data.lastDayText], ["11月23日（周一）", "11月25日（周三）"]);
});

test("an answer to an older form is not shown any more", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  const held = [];
  phone.answers["leave.preview"] = ({ data }) => {
    const answer = { ...ANSWERS["leave.preview"], message: data.kind };
    return { then: (resolve) => held.push(() => resolve({ statusCode: 200, data: answer })) };
  };
  const changes = [form.onKind(tap({ value: "sick" })), form.onKind(tap({ value: "trip" }))];
  while (held.length < 2) await rest(1);
  held[1]();
  await rest(3);
  held[0]();
  await Promise.all(changes);
  assert.equal(form.data.preview.title, "trip");
});

test("what the server would refuse is said while the form is filled in", async () => {
  const phone = signedIn({ "leave.preview": refusal(422, "half_days_not_taken", "本县请假以整天计") });
  const form = await filledIn(phone);
  assert.deepEqual([form.data.preview, form.data.previewTrouble], [null, "本县请假以整天计"]);
});

test("where no leave is needed there is nothing to send", async () => {
  const phone = signedIn({ "leave.preview": { ...ANSWERS["leave.preview"], tier: null, message: "休息日离村不需要请假" } });
  const form = await filledIn(phone);
  assert.equal(form.data.canSend, false);
});

test("what is missing is said and nothing is sent", async () => {
  const phone = signedIn();
  const form = await phone.visit("pages/leave/new");
  await form.onSubmit();
  assert.equal(form.data.message, "请选择请假类别");
  assert.deepEqual(phone.sent("/leaves"), []);
});

test("a request is sent once with a key of its own and leads to its page", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  await Promise.all([form.onSubmit(), form.onSubmit()]);
  const [body, ...more] = phone.sent("/leaves");
  assert.deepEqual(more, []);
  assert.match(body.client_key, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    [body.kind, body.first_day, body.last_day, body.reason, body.destination, body.consent],
    ["personal", TODAY, TODAY, "家中有事", "赣州市区", null],
  );
  assert.deepEqual(phone.visited, [`/pages/leave/detail?id=${LEAVE_ID}`]);
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
});

test("who agreed by phone goes along", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  await form.onFold();
  await form.onConsentBy(input("李书记"));
  await form.onConsentDay(input("2026-11-22"));
  await form.onConsentClock(input("21:30"));
  await form.onChannel(tap({ value: "sms" }));
  await form.onSubmit();
  const [{ consent }] = phone.sent("/leaves");
  assert.deepEqual(consent, { by: "李书记", at: "2026-11-22T21:30:00+08:00", channel: "sms" });
  await form.onFold();
  assert.equal(form.data.draft.consent, null);
});

test("a refusal is told at the form, where it can be mended, and does not stay in the outbox", async () => {
  const phone = signedIn({ "leave.ask": refusal(409, "leave_overlaps", "该时段已有请假") });
  const form = await filledIn(phone);
  await form.onSubmit();
  assert.deepEqual([form.data.message, form.data.busy, phone.visited], ["该时段已有请假", false, []]);
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
  delete phone.answers["leave.ask"];
  await form.onSubmit();
  assert.equal(phone.sent("/leaves").length, 2);
  assert.notEqual(phone.sent("/leaves")[0].client_key, phone.sent("/leaves")[1].client_key);
});

// -- the outbox ----------------------------------------------------------------------------------

test("a request without network waits, survives closing the app, and is sent once, unchanged", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  phone.isOnline = false;
  await form.onSubmit();
  assert.deepEqual(phone.visited, ["back"]);
  phone.restart();
  const list = await phone.visit("pages/leave/list");
  assert.deepEqual(list.data.outbox.map(({ stateText }) => stateText), ["等待发送"]);
  phone.turnNetwork(true);
  await rest();
  assert.deepEqual(list.data.outbox, []);
  const sent = phone.sent("/leaves").filter(Boolean);
  assert.equal(new Set(sent.map((body) => JSON.stringify(body))).size, 1);
});

test("a request whose answer was lost is sent again with the same key", async () => {
  const phone = signedIn({ "leave.ask": () => "lost" });
  const form = await filledIn(phone);
  await form.onSubmit();
  delete phone.answers["leave.ask"];
  await phone.load("services/outbox.js").send();
  const [first, second] = phone.sent("/leaves");
  assert.deepEqual(first, second);
});

test("a request refused after waiting is kept with the reason, and is filled in again to be mended", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  phone.isOnline = false;
  await form.onSubmit();
  phone.answers["leave.ask"] = refusal(422, "leave_begins_in_past", "请假须事前申请");
  phone.isOnline = true;
  const list = await phone.visit("pages/leave/list");
  const [row] = list.data.outbox;
  assert.deepEqual([row.stateText, row.reason, row.canMend], ["未被接受", "请假须事前申请", true]);
  const again = await phone.visit("pages/leave/new", { mends: row.client_key });
  assert.deepEqual([again.data.draft.reason, again.data.draft.kind], ["家中有事", "personal"]);
  delete phone.answers["leave.ask"];
  await again.onSubmit();
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
});

test("requests and check-ins wait in one outbox, and one that is refused does not hold up the next", async () => {
  const phone = signedIn({ "leave.ask": refusal(409, "leave_overlaps", "该时段已有请假") });
  const form = await filledIn(phone);
  phone.isOnline = false;
  await form.onSubmit();
  await phone.load("services/checkin.js").declare();
  phone.isOnline = true;
  const settled = await phone.load("services/outbox.js").send();
  assert.deepEqual(settled.map(({ item, answer }) => [item.kind, Boolean(answer)]), [["leave", false], ["checkin", true]]);
});

test("a full phone says that nothing was kept", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  wx.setStorageSync = undefined;
  await form.onSubmit();
  assert.match(form.data.message, /存不下/);
  assert.deepEqual(phone.sent("/leaves"), []);
});

// -- the list ------------------------------------------------------------------------------------

test("the list shows my leaves, and another's with name and village", async () => {
  const [mine] = ANSWERS["leave.list"].items;
  const phone = signedIn({ "leave.list": { items: [mine, { ...mine, id: "other", person: MATE }], next_cursor: null } });
  const list = await phone.visit("pages/leave/list");
  assert.deepEqual(list.data.rows.map(({ title, place }) => [title, place]), [
    ["事假 2.5 天", ""],
    ["钟秋香 事假 2.5 天", "杨梅村"],
  ]);
  assert.deepEqual([list.data.mayAsk, list.data.filters], [true, []]);
});

test("without a network the last known list is shown", async () => {
  const phone = signedIn();
  await phone.visit("pages/leave/list");
  phone.restart();
  phone.isOnline = false;
  const list = await phone.visit("pages/leave/list");
  assert.equal(list.data.rows.length, 1);
  assert.match(list.data.message, /网络/);
});

test("an office filters by state and reads on page by page", async () => {
  const [first] = ANSWERS["leave.list"].items;
  const offices = [{ role: "township_clerk", area: TOWNSHIP, unit: null, first_day: "2026-01-01", last_day: null }];
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], offices } });
  const asked = () => phone.requests.map(({ url }) => url).filter((url) => /\/leaves(\?|$)/.test(url)).at(-1);
  phone.answers["leave.list"] = { items: [first], next_cursor: "c1" };
  const list = await phone.visit("pages/leave/list");
  await list.onFilter(tap({ state: "submitted" }));
  assert.match(asked(), /state=submitted$/);
  assert.deepEqual(list.data.filters.filter(({ chosen }) => chosen).map(({ text }) => text), ["待审批"]);
  phone.answers["leave.list"] = { items: [{ ...first, id: "second" }], next_cursor: null };
  await list.onMore();
  assert.match(asked(), /state=submitted&cursor=c1$/);
  assert.deepEqual([list.data.rows.map(({ id }) => id), list.data.hasMore], [[LEAVE_ID, "second"], false]);
});

test("who may see no leaves does not ask for them", async () => {
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], may: ["see_own"] } });
  const list = await phone.visit("pages/leave/list");
  assert.deepEqual([list.data.isEmpty, list.data.mayAsk, list.data.message], [true, false, ""]);
  assert.equal(phone.requests.filter(({ url }) => url.endsWith("/leaves")).length, 0);
});

// -- one leave -----------------------------------------------------------------------------------

const RUNNING = { ...LEAVE, state: "approved", first_day: "2021-05-01" };

test("a leave shows where it stands, what happened, and what it says", async () => {
  const page = await signedIn({ "leave.get": RUNNING }).visit("pages/leave/detail", { id: LEAVE_ID });
  assert.equal(page.data.row.state, "已批准");
  assert.deepEqual(page.data.trail.map(({ text }) => text), ["提出请假", "乡镇党委批准（李国华）"]);
  assert.ok(page.data.facts.some(({ name, text }) => name === "事由" && text === "家中有事"));
  assert.deepEqual([page.data.actions.extend, page.data.actions.comeBack], [true, "销假：我已返村"]);
});

test("coming back now sends no day; coming back earlier sends day and half", async () => {
  const phone = signedIn({ "leave.get": RUNNING });
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  await page.onComeBack();
  page.onChooseDay();
  page.onBackDay(input("2026-11-24"));
  page.onBackHalf(tap({ value: "afternoon" }));
  await page.onComeBackOn();
  assert.deepEqual(phone.sent(`/leaves/${LEAVE_ID}/return`), [{}, { day: "2026-11-24", half: "afternoon" }]);
  assert.match(phone.asked[1], /11月24日（周二）下午/);
});

test("a township confirms a colleague's return; who is only sent to inspect it does not", async () => {
  const held = (role) => ({ id: role, role, area: TOWNSHIP, unit: null, first_day: "2021-05-01", last_day: null });
  const opened = async (office) => {
    const phone = signedIn({ "leave.get": { ...RUNNING, person: MATE } });
    phone.answers["identity.me"] = { ...ANSWERS["identity.me"], offices: [office] };
    return phone.visit("pages/leave/detail", { id: LEAVE_ID });
  };
  const clerk = await opened(held("township_clerk"));
  const inspector = await opened(held("inspector"));
  assert.deepEqual([clerk.data.actions.comeBack, inspector.data.actions.comeBack], ["确认已返村", ""]);
});

test("a mandate to inspect opens neither the filters of the offices' leaves nor their rotations", async () => {
  const mandate = { id: KEY, role: "inspector", area: TOWNSHIP, unit: null, first_day: "2021-05-01", last_day: null };
  const me = { ...ANSWERS["identity.me"], offices: [mandate], may: [...ANSWERS["identity.me"].may, "see_rotations", "inspect"] };
  const phone = signedIn({ "identity.me": me });
  const list = await phone.visit("pages/leave/list");
  const home = await phone.visit("pages/home/home");
  assert.deepEqual([list.data.filters, home.data.entries.map(({ text }) => text)], [[], ["督查", "考勤表"]]);
});

test("a withdrawal is asked about, done, and the leave read anew", async () => {
  const phone = signedIn({ "leave.get": { ...LEAVE, state: "submitted", waits_for: "township" } });
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  phone.agrees = false;
  await page.onWithdraw();
  assert.equal(phone.sent(`/leaves/${LEAVE_ID}/withdrawal`).length, 0);
  phone.agrees = true;
  phone.answers["leave.get"] = ANSWERS["leave.withdraw"];
  await page.onWithdraw();
  assert.equal(phone.sent(`/leaves/${LEAVE_ID}/withdrawal`).length, 1);
  assert.deepEqual([page.data.row.state, page.data.actions.withdraw], ["已撤回", false]);
});

test("somebody else was faster: the page says so and can be used on", async () => {
  const phone = signedIn({ "leave.get": { ...LEAVE, state: "submitted" } });
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  phone.answers["leave.withdraw"] = refusal(409, "leave_decided", "已经办结，不能撤回；如需变更请重新申请");
  await page.onWithdraw();
  assert.deepEqual([page.data.message, page.data.busy], ["已经办结，不能撤回；如需变更请重新申请", false]);
});

test("the slip is opened as the PDF it is", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  await page.onSlip();
  assert.deepEqual(phone.opened, [[`tmp:/leaves/${LEAVE_ID}/slip`, "pdf"]]);
});

test("an extension goes on from where the leave ends, through the outbox", async () => {
  const phone = signedIn({ "leave.get": RUNNING });
  const page = await phone.visit("pages/leave/extend", { id: LEAVE_ID });
  assert.equal(page.data.lastDay, "2026-11-26");
  await page.onSubmit();
  assert.equal(page.data.message, "请填写续假事由");
  page.onReason(input(" 手术未完 "));
  page.onLastDay(input("2026-11-28"));
  page.onLastHalf(tap({ value: "morning" }));
  phone.isOnline = false;
  await page.onSubmit();
  assert.deepEqual(phone.visited, ["/pages/leave/list"]);
  phone.isOnline = true;
  const list = await phone.visit("pages/leave/list");
  assert.deepEqual(list.data.outbox, []);
  const { client_key, ...body } = phone.sent(`/leaves/${LEAVE_ID}/extension`).at(-1);
  assert.match(client_key, /^[0-9a-f-]{36}$/);
  assert.deepEqual(body, { last_day: "2026-11-28", last_half: "morning", reason: "手术未完", consent: null });
});

test("a leave that ends at noon is extended from that day on", async () => {
  const phone = signedIn({ "leave.get": { ...RUNNING, asked_last_half: "morning" } });
  const page = await phone.visit("pages/leave/extend", { id: LEAVE_ID });
  assert.equal(page.data.lastDay, "2026-11-25");
});

test("papers are filed with what was written, filled in with what was said before", async () => {
  const phone = signedIn({ "leave.get": { ...LEAVE, state: "oral", papers_due_on: "2026-11-27" } });
  const page = await phone.visit("pages/leave/papers", { id: LEAVE_ID });
  assert.deepEqual(page.data.notes, ["请在11月27日（周五）前补办手续"]);
  page.onText(input(" 母亲住院 ", { name: "reason" }));
  await page.onSubmit();
  assert.deepEqual(phone.sent(`/leaves/${LEAVE_ID}/paperwork`), [
    { reason: "母亲住院", destination: "赣州市区", work_goes_to: "钟秋香" },
  ]);
  assert.deepEqual(phone.visited, ["back"]);
});

// -- proofs --------------------------------------------------------------------------------------

test("a proof of my leave is photographed and sent under its own key", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  assert.deepEqual([page.data.proofs.left, page.data.proofs.photos], [3, []]);
  await page.onCamera();
  const [{ client_key, photo }] = phone.sent(`/leaves/${LEAVE_ID}/proofs`);
  assert.ok(client_key && photo);
  assert.deepEqual([phone.files.size, page.data.proofsWait], [0, false]);
});

test("a proof without a network waits on the phone", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  phone.isOnline = false;
  await page.onCamera();
  assert.deepEqual([phone.files.size, page.data.proofsWait], [1, true]);
  phone.isOnline = true;
  await phone.restart().load("services/outbox.js").send();
  assert.deepEqual([phone.sent(`/leaves/${LEAVE_ID}/proofs`).length, phone.files.size], [2, 0]);
});

test("proofs are shown, and no more than three are taken, for my own leave that stands", async () => {
  const { proofsOf } = signedIn().load("logic/leaves.js");
  const proof = { id: "p", client_key: null, state: "kept", error_message: null };
  const left = (leave, myId = LEAVE.person.id) => proofsOf({ ...LEAVE, ...leave }, myId).left;
  assert.deepEqual(
    [left({ proofs: [] }), left({ proofs: [proof, { ...proof, state: "refused" }] }), left({ proofs: [proof, proof, proof] })],
    [3, 2, 0],
  );
  assert.deepEqual([left({ state: "withdrawn" }), left({}, MATE.id)], [0, 0]);
  const phone = signedIn({ "leave.get": { ...LEAVE, proofs: [proof] } });
  const page = await phone.visit("pages/leave/detail", { id: LEAVE_ID });
  assert.ok(page.data.proofs.photos[0].file);
  await page.onProof(tap({ id: "p" }));
  assert.equal(phone.previewed.length, 1);
});
