// 点名, 督查记录, 召回 on the phone of whom they concern: answered once, in time, with what was typed kept.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, FINDING_ID, HEAD, ME, PHOTO_ID, RECALL_ID, ROLL_CALL_ID, VILLAGE } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const MINE = ANSWERS["oversight.mine"];
const FINDING = ANSWERS["oversight.finding"];
const RECALL = ANSWERS["oversight.recall"];
const ANSWER_ADDRESS = `/roll-calls/${ROLL_CALL_ID}/answers`;
const CALL = { ...MINE.roll_calls[0], answered_at: null };

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, answers);
  return phone;
}

/** A roll-call that was made so many minutes ago, of fifteen. */
function calledAgo(minutes) {
  const at = (past) => new Date(Date.now() - past * 60_000).toISOString();
  return { ...CALL, called_at: at(minutes), due_at: at(minutes - 15), seconds_left: Math.max(0, 900 - minutes * 60) };
}

function mineWith(rollCall, news = {}) {
  return { roll_calls: [rollCall], findings: [], warnings: [], recalls: [], ...news };
}

/** A phone on which a roll-call stands as told, and which is told so once it is answered. */
function calledPhone(rollCall = calledAgo(3), answers = {}) {
  const answered = () => phone.requests.some(({ url }) => url.endsWith("/answers")) && phone.taken;
  const phone = signedIn({
    "oversight.mine": () => mineWith(answered() ? { ...rollCall, answered_at: new Date().toISOString() } : rollCall),
    ...answers,
  });
  phone.taken = true;
  return phone;
}

function openCall(phone) {
  return phone.visit("pages/oversight/roll_call", { id: ROLL_CALL_ID });
}

function waiting(phone) {
  return phone.load("services/outbox.js").items();
}

// -- the roll-call -------------------------------------------------------------------------------

test("home calls for the answer to a running roll-call above everything else", async () => {
  const phone = calledPhone();
  const home = await phone.visit("pages/home/home");
  const [call] = home.data.rollCalls;
  assert.match(call.title, /^请在 \d\d:\d\d 前应答点名$/);
  assert.match(call.lines.join(), /杨梅村.*还剩 12 分钟/);
  assert.ok(!home.data.waits.some(({ text }) => text.includes("点名")));
  home.onGo(tap({ url: `/pages/oversight/roll_call?id=${call.id}` }));
  assert.deepEqual(phone.visited, [`/pages/oversight/roll_call?id=${ROLL_CALL_ID}`]);
});

test("without a network home still calls for it, from what it was told last", async () => {
  const phone = calledPhone();
  await phone.visit("pages/home/home");
  phone.isOnline = false;
  const home = await phone.restart().visit("pages/home/home");
  assert.equal(home.data.rollCalls.length, 1);
});

test("a tap answers from where I stand, and says what the position shows", async () => {
  const phone = calledPhone();
  const page = await openCall(phone);
  assert.deepEqual([page.data.standing.tone, page.data.mayAnswer], ["bad", true]);
  await page.onAnswer();
  const [{ fix, note, time_ticket, client_key }] = phone.sent(ANSWER_ADDRESS);
  assert.deepEqual([fix.latitude_deg, fix.datum, fix.accuracy_m, note, time_ticket], [25.85, "wgs84", 20, "", null]);
  assert.ok(client_key);
  assert.deepEqual([page.data.attempt.title, page.data.attempt.tone], ["在村内", "good"]);
  assert.deepEqual([page.data.standing.title, page.data.mayAnswer, page.data.busy], ["已应答", false, false]);
  const home = await phone.visit("pages/home/home");
  assert.deepEqual(home.data.rollCalls, []);
});

test("where the network goes right after the answer, nobody is asked for it again", async () => {
  const phone = calledPhone();
  const page = await openCall(phone);
  const answer = phone.server;
  phone.server = async (request) => {
    const found = await answer(request);
    if (request.path === ANSWER_ADDRESS) phone.isOnline = false;
    return found;
  };
  await page.onAnswer();
  assert.deepEqual([page.data.standing.title, page.data.mayAnswer, page.data.attempt.title], ["已应答", false, "在村内"]);
  const home = await phone.restart().visit("pages/home/home");
  assert.deepEqual(home.data.rollCalls, []);
});

test("a double tap is one answer", async () => {
  const phone = calledPhone();
  const page = await openCall(phone);
  await Promise.all([page.onAnswer(), page.onAnswer()]);
  assert.equal(phone.sent(ANSWER_ADDRESS).length, 1);
});

test("a position outside is told so, with what to do", async () => {
  const message = "已应答，位置在村外。如确在村内，请向督查人员说明";
  const phone = calledPhone(calledAgo(3), { "oversight.answerRollCall": { ...ANSWERS["oversight.answerRollCall"], outcome: "outside", message } });
  const page = await openCall(phone);
  await page.onAnswer();
  assert.deepEqual(page.data.attempt, { title: "位置在村外", lines: [message], tone: "warn", wayOut: "" });
});

test("without a network the answer waits with its instant, is not asked for again, and is sent once", async () => {
  const phone = calledPhone();
  phone.storage.set(`ticket:${ME.id}`, JSON.stringify("ticket-1"));
  const page = await openCall(phone);
  phone.isOnline = false;
  await page.onAnswer();
  assert.deepEqual([page.data.mayAnswer, page.data.attempt, page.data.message], [false, null, ""]);
  assert.match(page.data.waiting, /有网络时自动发出/);
  const again = await openCall(phone.restart());
  assert.deepEqual([again.data.mayAnswer, waiting(phone).length], [false, 1]);
  phone.turnNetwork(true);
  await rest(60);
  const [first, second, ...others] = phone.sent(ANSWER_ADDRESS).slice(-2);
  assert.deepEqual([first, others], [second, []]);
  assert.equal(second.time_ticket, "ticket-1");
  assert.deepEqual([waiting(phone), again.data.standing.title, again.data.waiting], [[], "已应答", ""]);
  assert.equal(again.data.attempt.title, "在村内");
});

test("a lost answer is sent again under its key", async () => {
  const phone = calledPhone(calledAgo(3), { "oversight.answerRollCall": "lost" });
  phone.taken = false;
  const page = await openCall(phone);
  await page.onAnswer();
  delete phone.answers["oversight.answerRollCall"];
  phone.taken = true;
  await page.onSend();
  const keys = phone.sent(ANSWER_ADDRESS).map(({ client_key }) => client_key);
  assert.ok(keys.length > 1);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual([waiting(phone), page.data.standing.title], [[], "已应答"]);
});

test("an answer refused once the network is back says why", async () => {
  const phone = calledPhone(calledAgo(3), { "oversight.answerRollCall": refusal(409, "roll_call_over", "点名已经结束，可在问题说明中说明情况") });
  phone.taken = false;
  const page = await openCall(phone);
  phone.isOnline = false;
  await page.onAnswer();
  phone.turnNetwork(true);
  await rest(60);
  assert.deepEqual([page.data.attempt.title, page.data.attempt.lines], ["没有应答成", ["点名已经结束，可在问题说明中说明情况"]]);
  assert.deepEqual([waiting(phone), page.data.waiting], [[], ""]);
});

test("what waits on home is named", async () => {
  const phone = calledPhone();
  const page = await openCall(phone);
  phone.isOnline = false;
  await page.onAnswer();
  const home = await phone.visit("pages/home/home");
  assert.deepEqual(home.data.outbox.map(({ name, stateText }) => [name, stateText]), [["点名应答", "等待发送"]]);
  assert.deepEqual(home.data.rollCalls, []);
});

test("where no position is to be had one answers in words, and the inspector says", async () => {
  const waits = { outcome: "waits_for_inspector", verdict: null, band: null, message: "已应答，待督查人员核实" };
  const phone = calledPhone(calledAgo(3), { "oversight.answerRollCall": { ...ANSWERS["oversight.answerRollCall"], ...waits } });
  phone.locationFailure = "auth deny";
  const page = await openCall(phone);
  await page.onAnswer();
  assert.deepEqual([page.data.attempt.title, page.data.attempt.wayOut, page.data.mayAnswer], ["没有位置权限", "wechat", true]);
  page.onFold();
  await page.onAnswerInWords();
  assert.equal(page.data.message, "请写明您在哪里");
  page.onNote(input(" 在水库边查水管 "));
  await page.onAnswerInWords();
  const [{ fix, note }] = phone.sent(ANSWER_ADDRESS);
  assert.deepEqual([fix, note], [null, "在水库边查水管"]);
  assert.deepEqual([page.data.attempt.title, page.data.attempt.lines], ["待督查人员核实", [waits.message]]);
});

test("who has not agreed to the use of the position reads the notice first", async () => {
  const me = { ...ANSWERS["identity.me"], consents: [{ purpose: "location", version: 2, given_at: null }] };
  const phone = calledPhone(calledAgo(3), { "identity.me": me });
  const page = await openCall(phone);
  await page.onAnswer();
  assert.deepEqual([phone.visited, phone.fixes, phone.sent(ANSWER_ADDRESS)], [["/pages/notice/notice"], 0, []]);
});

test("after the minutes a roll-call is one of what waits, and may still be answered", async () => {
  const phone = calledPhone(calledAgo(40));
  const home = await phone.visit("pages/home/home");
  assert.deepEqual(home.data.rollCalls, []);
  assert.deepEqual(home.data.waits[0], { text: "点名还没有应答", state: "1件", url: `/pages/oversight/roll_call?id=${ROLL_CALL_ID}` });
  const page = await openCall(phone);
  assert.match(page.data.standing.lines.join(), /仍可应答.*迟答/);
  await page.onAnswer();
  assert.equal(phone.sent(ANSWER_ADDRESS).length, 1);
});

test("a refused answer says why and does not lie about", async () => {
  const phone = calledPhone(calledAgo(3), { "oversight.answerRollCall": refusal(409, "answered_already", "您已应答过这次点名") });
  const page = await openCall(phone);
  await page.onAnswer();
  assert.deepEqual([page.data.attempt.title, page.data.attempt.lines], ["没有应答成", ["您已应答过这次点名"]]);
  assert.deepEqual(waiting(phone), []);
});

test("an old roll-call is said to be over", async () => {
  const page = await signedIn().visit("pages/oversight/roll_call", { id: "e0000000-0000-4000-8000-0000000000ff" });
  assert.deepEqual([page.data.isGone, page.data.standing, page.data.mayAnswer], [true, null, false]);
});

// -- a finding -----------------------------------------------------------------------------------

test("home says what may still be answered, one with its page, several with the list", async () => {
  const phone = signedIn();
  const home = await phone.visit("pages/home/home");
  const waits = Object.fromEntries(home.data.waits.map(({ text, state, url }) => [text, [state, url]]));
  assert.deepEqual(waits["督查记录待您说明"], ["1件", `/pages/oversight/case?about=finding&id=${FINDING_ID}`]);
  assert.deepEqual(waits["召回待您说明"], ["1件", `/pages/oversight/case?about=recall&id=${RECALL_ID}`]);
  phone.answers["oversight.mine"] = { ...MINE, findings: [MINE.findings[0], { ...MINE.findings[0], id: "other" }] };
  await home.onShow();
  assert.deepEqual(home.data.waits[0], { text: "督查记录待您说明", state: "2件", url: "/pages/oversight/mine" });
});

test("a finding is read in full before it is answered, with the last day for it", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-24T01:00:00Z") });
  const phone = signedIn();
  const page = await phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  const { title, deadline, facts, trail, mayAnswer } = page.data.shown;
  assert.deepEqual([title, deadline, mayAnswer], ["待本人说明", "请在11月26日（周四）前说明", true]);
  assert.deepEqual(facts.map(({ name, text }) => [name, text]), [
    ["督查", "市级督查，杨梅村"],
    ["时间", "11月23日 10:30"],
    ["情形", "无故不在岗"],
    ["记录", "点名未到，驻地无人"],
  ]);
  assert.deepEqual(trail.map(({ text }) => text), ["督查人员记录"]);
  assert.match(page.data.photos[0].file, /^tmp:/);
  await page.onPhoto(tap({ id: PHOTO_ID }));
  assert.equal(phone.previewed.length, 1);
});

test("what is said to a finding is asked about once, sent, and shown", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  await page.onSubmit();
  assert.equal(page.data.message, "请写下您的说明");
  page.onText(input(" 当时在镇里交材料 "));
  phone.answers["oversight.finding"] = ANSWERS["oversight.answerFinding"];
  await page.onSubmit();
  assert.match(phone.asked[0], /只能提交一次/);
  assert.deepEqual(phone.sent(`/findings/${FINDING_ID}/answer`), [{ text: "当时在镇里交材料" }]);
  const { title, deadline, trail, mayAnswer } = page.data.shown;
  assert.deepEqual([title, deadline, mayAnswer, page.data.done], ["已说明，待认定", "", false, "说明已送到"]);
  assert.deepEqual(trail.map(({ text, words }) => [text, words]), [["督查人员记录", ""], ["本人说明", "在镇里交材料"]]);
});

test("what was typed survives a lost network and a closed app, and goes once it is sent", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  page.onText(input("当时在镇里交材料"));
  phone.isOnline = false;
  await page.onSubmit();
  assert.match(page.data.message, /网络/);
  phone.isOnline = true;
  const again = await phone.restart().visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  assert.equal(again.data.text, "当时在镇里交材料");
  await again.onSubmit();
  const later = await phone.restart().visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  assert.equal(later.data.text, "");
});

test("who thinks again sends nothing", async () => {
  const phone = signedIn();
  phone.agrees = false;
  const page = await phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  page.onText(input("还要想想"));
  await page.onSubmit();
  assert.deepEqual(phone.sent(`/findings/${FINDING_ID}/answer`), []);
});

test("after the last day it says that words are still taken until it is decided", async (t) => {
  t.mock.timers.enable({ apis: ["Date"], now: new Date("2026-11-30T01:00:00Z") });
  const page = await signedIn().visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  assert.deepEqual([page.data.shown.mayAnswer, page.data.shown.deadline], [true, "说明期限（11月26日）已过，办结前仍可说明"]);
});

test("a decided finding shows how it was decided and why, and takes no more words", async () => {
  const decided = { ...FINDING, state: "lifted", decided_at: "2026-11-27T08:00:00+08:00", reason: "当日确在镇里" };
  const page = await signedIn({ "oversight.finding": decided }).visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  assert.deepEqual([page.data.shown.title, page.data.shown.tone, page.data.shown.mayAnswer], ["已撤销", "good", false]);
  assert.deepEqual(page.data.shown.trail.at(-1), { key: "step-1", at: "11月27日 08:00", text: "已撤销", words: "当日确在镇里" });
});

test("an office told of a finding reads whose it is and is not asked for words", async () => {
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], person: HEAD }, "oversight.finding": { ...FINDING, photos: [] } });
  const page = await phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID });
  assert.deepEqual([page.data.shown.facts[1].text, page.data.shown.mayAnswer], ["曾福生", false]);
});

// -- a recall ------------------------------------------------------------------------------------

test("a recall is read with its ground and answered before it is decided", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/oversight/case", { about: "recall", id: RECALL_ID });
  assert.equal(page.data.shown.title, "乡镇党委提出，待县审定");
  assert.match(page.data.shown.facts.map(({ text }) => text).join(), /第一书记,甲一乡杨梅村,市统计局,第二十二条（三）.*,群众评议/);
  page.onText(input("我愿意改正"));
  phone.answers["oversight.recall"] = ANSWERS["oversight.answerRecall"];
  await page.onSubmit();
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/answer`), [{ text: "我愿意改正" }]);
  assert.equal(page.data.shown.mayAnswer, false);
});

test("a recall carried out shows each step", async () => {
  const at = (day) => `2026-12-${day}T09:00:00+08:00`;
  const recalled = {
    ...RECALL, state: "replaced", answered_at: at("01"), answer: "我愿意改正", decided_at: at("02"), reason_of_decision: "属实",
    urged_at: at("03"), urging_document_no: "赣市组〔2026〕11号", recalled_at: at("04"), last_day: "2026-12-10", replaced_at: at("11"),
  };
  const page = await signedIn({ "oversight.recall": recalled }).visit("pages/oversight/case", { about: "recall", id: RECALL_ID });
  assert.deepEqual(page.data.shown.trail.map(({ text }) => text), [
    "乡镇党委提出召回",
    "本人说明",
    "县驻村工作领导小组审定：同意召回",
    "督促派出单位召回",
    "派出单位召回，最后一天12月10日",
    "接替人员已到任",
  ]);
});

// -- all that concerns me ------------------------------------------------------------------------

test("the list holds all that concerns me, each leading to its page", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/oversight/mine");
  assert.deepEqual(page.data.sections.map(({ title, rows }) => [title, rows.map(({ state }) => state)]), [
    ["点名", ["已应答"]],
    ["召回", ["乡镇党委提出，待县审定"]],
    ["督查记录", ["待本人说明"]],
  ]);
  assert.deepEqual(page.data.warnings.map(({ text, document }) => [text, document]), [["多次不在村，请立即改正", "赣市组〔2026〕7号"]]);
  page.onGo(tap({ url: page.data.sections[2].rows[0].url }));
  assert.deepEqual(phone.visited, [`/pages/oversight/case?about=finding&id=${FINDING_ID}`]);
});

test("in the list a roll-call says in a word whether it can still be answered in time", async () => {
  for (const [minutes, state] of [[3, "待应答"], [40, "未应答"]]) {
    const page = await calledPhone(calledAgo(minutes)).visit("pages/oversight/mine");
    assert.deepEqual(page.data.sections[0].rows.map((row) => row.state), [state]);
  }
});

test("where nothing concerns me it is said", async () => {
  const page = await signedIn({ "oversight.mine": { roll_calls: [], findings: [], warnings: [], recalls: [] } }).visit("pages/oversight/mine");
  assert.deepEqual([page.data.sections, page.data.isEmpty], [[], true]);
});

test("messages lead to what they are about; of a warning others read the message itself", async () => {
  const [message] = ANSWERS["messages.list"].items;
  const kinds = { roll_call: ROLL_CALL_ID, finding: FINDING_ID, recall: RECALL_ID, warned: VILLAGE.id };
  const items = Object.entries(kinds).map(([kind, subject_id]) => ({ ...message, id: kind, kind, subject_id }));
  const phone = signedIn({ "messages.list": { items, next_cursor: null, unread: 4 } });
  await phone.visit("pages/home/home");
  const page = await phone.visit("pages/mine/messages");
  assert.deepEqual(page.data.rows.map(({ url }) => url), [
    `/pages/oversight/roll_call?id=${ROLL_CALL_ID}`,
    `/pages/oversight/case?about=finding&id=${FINDING_ID}`,
    `/pages/oversight/case?about=recall&id=${RECALL_ID}`,
    "/pages/oversight/mine",
  ]);
  phone.answers["identity.me"] = { ...ANSWERS["identity.me"], may: ["see_findings", "see_recalls"] };
  await phone.visit("pages/home/home");
  const other = await phone.visit("pages/mine/messages");
  assert.equal(other.data.rows[3].url, "");
});

test("who is posted nowhere is not asked what concerns them", async () => {
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], may: ["see_findings"] } });
  await phone.visit("pages/home/home");
  assert.deepEqual(phone.sent("/oversight/mine"), []);
});
