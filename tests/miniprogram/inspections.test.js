// 督查 on the inspector's phone: villages opened, the roll called once, the inspector's word, what was found.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, FINDING_ID, INSPECTION_ID, INSPECTION_ITEM, KEY, MATE, ME, ROLL_CALL_ID, TODAY, TOWNSHIP, VILLAGE } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const INSPECTION = ANSWERS["inspections.get"];
const [ROLL_CALL] = INSPECTION.roll_calls;
const [CALLED] = ROLL_CALL.people;
const OTHER = { ...VILLAGE, id: "20000000-0000-4000-8000-000000000005", name: "塅垇村" };
const CALLS_ADDRESS = `/inspections/${INSPECTION_ID}/roll-calls`;

function mandate(area, id = "m") {
  return { id, role: "inspector", area, unit: null, first_day: "2026-01-01", last_day: "2099-12-31" };
}

const INSPECTOR = {
  ...ANSWERS["identity.me"],
  postings: [],
  offices: [mandate(TOWNSHIP)],
  may: ["see_own", "inspect", "see_inspections", "see_findings", "see_areas", "see_photos"],
};

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  const villages = [VILLAGE, OTHER].map((village, number) => ({ ...village, code: `36079910020${number}` }));
  Object.assign(phone.answers, { "identity.me": INSPECTOR, "roster.areas": { items: villages, next_cursor: null }, ...answers });
  return phone;
}

function openDetail(phone, changes = {}) {
  phone.answers["inspections.get"] = { ...INSPECTION, ...changes };
  return phone.visit("pages/inspections/detail", { id: INSPECTION_ID });
}

/** A roll-call made so many minutes ago, of fifteen, with this told of the one person called. */
function calledAgo(minutes, told = {}) {
  const at = (past) => new Date(Date.now() - past * 60_000).toISOString();
  return { ...ROLL_CALL, called_at: at(minutes), due_at: at(minutes - 15), people: [{ ...CALLED, ...told }] };
}

test("an inspector finds the inspections from home, and is asked for no sheet of the township", async () => {
  const phone = signedIn();
  const home = await phone.visit("pages/home/home");
  assert.deepEqual(home.data.entries.map(({ text, url }) => [text, url]), [["督查", "/pages/inspections/list"]]);
  assert.deepEqual([home.data.connection, phone.sent("/sheets")], ["", []]);
});

test("the list tells which inspection still goes on, and whose it is where it is another's", async () => {
  const yesterday = { ...INSPECTION_ITEM, id: KEY, day: "2026-01-01", inspector: MATE, level: "township" };
  const phone = signedIn({ "inspections.list": { items: [INSPECTION_ITEM, yesterday], next_cursor: "c1" } });
  const list = await phone.visit("pages/inspections/list");
  assert.deepEqual(list.data.rows.map(({ state }) => state), ["进行中", "已结束"]);
  assert.deepEqual(list.data.rows.map(({ note }) => note.split("，").slice(1)), [["市级督查"], ["乡镇督查", "钟秋香"]]);
  await list.onMore();
  assert.match(phone.requests.at(-1).url, /cursor=c1$/);
  list.onOpen(tap({ id: INSPECTION_ID }));
  list.onNew();
  assert.deepEqual(phone.visited, [`/pages/inspections/detail?id=${INSPECTION_ID}`, "/pages/inspections/new"]);
});

test("the villages of the mandate are there to be opened; one opened today leads to its inspection", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/inspections/new");
  assert.deepEqual(page.data.villages.map(({ name, inspection }) => [name, inspection]), [["杨梅村", INSPECTION_ID], ["塅垇村", ""]]);
  await page.onVillage(tap({ id: VILLAGE.id, name: VILLAGE.name, inspection: INSPECTION_ID }));
  assert.deepEqual([phone.visited, phone.asked], [[`/pages/inspections/detail?id=${INSPECTION_ID}`], []]);
  await page.onVillage(tap({ id: OTHER.id, name: OTHER.name, inspection: "" }));
  assert.match(phone.asked[0], /^督查塅垇村：/);
  const [sent] = phone.requests.filter(({ method, url }) => method === "POST" && url.endsWith("/inspections"));
  assert.equal(sent.data.village_id, OTHER.id);
  assert.equal(phone.visited.length, 2);
});

test("a village is not opened by a tap that is taken back", async () => {
  const phone = signedIn();
  phone.agrees = false;
  const page = await phone.visit("pages/inspections/new");
  await page.onVillage(tap({ id: OTHER.id, name: OTHER.name, inspection: "" }));
  assert.deepEqual([phone.requests.filter(({ method }) => method === "POST"), phone.visited], [[], []]);
});

test("who is sent to several areas chooses among them, and below a county the township", async () => {
  const county = { id: "county", name: "甲县", level: "county" };
  const phone = signedIn({ "identity.me": { ...INSPECTOR, offices: [mandate(TOWNSHIP), mandate(county, "n")] } });
  const page = await phone.visit("pages/inspections/new");
  assert.deepEqual([page.data.mandateName, page.data.choice.townships.length], ["甲一乡", 1]);
  await page.onMandate(input("1"));
  assert.equal(page.data.mandateName, "甲县");
  assert.ok(phone.requests.some(({ url }) => url.includes("/areas?parent=county&")));
  await page.onTownship(input("1"));
  assert.match(phone.requests.filter(({ url }) => url.includes("/areas")).at(-1).url, new RegExp(`parent=${OTHER.id}&`));
});

test("whose mandate is over is told that there is no village", async () => {
  const over = { ...mandate(TOWNSHIP), last_day: "2026-01-31" };
  const page = await signedIn({ "identity.me": { ...INSPECTOR, offices: [over] } }).visit("pages/inspections/new");
  assert.deepEqual([page.data.isEmpty, page.data.villages], [true, []]);
});

test("what the inspection found says who must be there and who is away under which approval", async () => {
  const page = await openDetail(signedIn());
  assert.equal(page.data.situation.count, "派驻 2 人，应在村 1 人");
  assert.deepEqual(page.data.situation.people.map(({ name, state }) => [name, state]), [["钟秋香", "应在村"], ["李国华", "请假或公出"]]);
  const [there, away] = page.data.situation.people;
  assert.deepEqual(there.notes, ["工作队员，市统计局", "今天已登记"]);
  assert.deepEqual(away.notes, ["第一书记，市统计局", "事假 11月23日下午至11月25日，已批准（乡镇党委李国华）"]);
});

test("the roll is called after a question; a tap after a lost answer is the same roll-call, the next one another", async () => {
  const phone = signedIn();
  const page = await openDetail(phone, { roll_calls: [] });
  phone.answers["inspections.callRoll"] = "lost";
  await page.onCall();
  assert.match(page.data.message, /连不上网络/);
  delete phone.answers["inspections.callRoll"];
  await page.onCall();
  phone.answers["inspections.get"] = INSPECTION;
  await page.onRefresh();
  await page.onCall();
  const keys = phone.sent(CALLS_ADDRESS).map(({ client_key }) => client_key);
  assert.deepEqual([keys.length, keys[0] === keys[1], keys[1] === keys[2]], [3, true, false]);
  assert.equal(phone.asked.length, 3);
});

test("the key of a lost roll-call outlives the app", async () => {
  const phone = signedIn({ "inspections.callRoll": "lost" });
  await (await openDetail(phone, { roll_calls: [] })).onCall();
  delete phone.answers["inspections.callRoll"];
  await (await openDetail(phone.restart(), { roll_calls: [] })).onCall();
  const [first, again] = phone.sent(CALLS_ADDRESS);
  assert.equal(first.client_key, again.client_key);
});

test("a roll-call that was made though its answer was lost is not repeated by the next one", async () => {
  const phone = signedIn({ "inspections.callRoll": "lost" });
  const page = await openDetail(phone, { roll_calls: [] });
  await page.onCall();
  phone.answers["inspections.get"] = INSPECTION;
  await page.onRefresh();
  delete phone.answers["inspections.callRoll"];
  await page.onCall();
  const [first, second] = phone.sent(CALLS_ADDRESS);
  assert.notEqual(first.client_key, second.client_key);
});

test("what the server refuses is shown in its own words", async () => {
  const phone = signedIn({ "inspections.callRoll": refusal(409, "nobody_to_call", "此刻没有应在村的人员") });
  const page = await openDetail(phone);
  await page.onCall();
  assert.deepEqual([page.data.message, page.data.busy], ["此刻没有应在村的人员", false]);
});

test("a running roll-call says who has answered and how long there is", async () => {
  const answered = { answered_at: new Date().toISOString(), late: false, outcome: "in_village" };
  const page = await openDetail(signedIn(), { roll_calls: [calledAgo(20), calledAgo(3, answered)] });
  const [latest, first] = page.data.rollCalls;
  assert.match(latest.until, /还剩 12 分钟/);
  assert.equal(latest.count, "点名 1 人，已应答 1 人");
  assert.deepEqual(latest.people.map(({ state, needsWord }) => [state, needsWord]), [["在村内", false]]);
  assert.match(first.until, /应答时间已过/);
  assert.deepEqual(first.people.map(({ state, needsWord }) => [state, needsWord]), [["未应答", true]]);
});

test("whom the answer does not show the inspector looks for and says so, once", async () => {
  const waits = { answered_at: new Date().toISOString(), late: true, outcome: "waits_for_inspector", note: "定位坏了，在村部", expectation: "asked_for_leave" };
  const phone = signedIn();
  const page = await openDetail(phone, { roll_calls: [calledAgo(20, waits)] });
  const [person] = page.data.rollCalls[0].people;
  assert.deepEqual([person.state, person.needsWord, person.notes[0], person.notes[2]], ["待督查人员核实", true, "应在村，请假未批", "本人：定位坏了，在村部"]);
  assert.match(person.notes[1], /应答（迟答）$/);
  page.onAsk(tap({ key: `${ROLL_CALL_ID}-${MATE.id}` }));
  page.onNote(input(" 在村部见到本人 "));
  phone.answers["inspections.get"] = { ...INSPECTION, roll_calls: [calledAgo(20, { ...waits, present: true, word_note: "在村部见到本人" })] };
  await page.onWord(tap({ call: ROLL_CALL_ID, person: MATE.id, name: "钟秋香", present: true }));
  assert.deepEqual(phone.sent(`/roll-calls/${ROLL_CALL_ID}/people/${MATE.id}/word`), [{ present: true, note: "在村部见到本人" }]);
  const [now] = page.data.rollCalls[0].people;
  assert.deepEqual([now.state, now.needsWord, now.notes.at(-1), page.data.asked, page.data.note], ["核实在村", false, "督查人员：在村部见到本人", "", ""]);
});

test("an inspection of another day, or another's, is only read", async () => {
  const another = await openDetail(signedIn(), { inspector: MATE });
  const past = await openDetail(signedIn(), { day: "2026-01-01" });
  const own = await openDetail(signedIn(), { day: TODAY });
  assert.deepEqual([another, past, own].map(({ data }) => data.isUnderWay), [false, false, true]);
});

// -- what was found ------------------------------------------------------------------------------

const FINDING = ANSWERS["inspections.find"];
const FINDINGS_ADDRESS = `/inspections/${INSPECTION_ID}/findings`;
const SEEN = { person_id: MATE.id, kind: "neglects_work", description: "走访记录空白" };

function openForm(phone, changes = {}) {
  phone.answers["inspections.get"] = { ...INSPECTION, ...changes };
  return phone.visit("pages/inspections/finding", { inspection: INSPECTION_ID });
}

function fillIn(form) {
  form.onChoose(tap({ name: "person_id", value: MATE.id }));
  form.onChoose(tap({ name: "kind", value: "neglects_work" }));
  form.onDescription(input(" 走访记录空白 "));
}

function sentFindings(phone) {
  return phone.sent(FINDINGS_ADDRESS).map(({ client_key: _, ...body }) => body);
}

test("an inspection lists what was found; its inspector gets to the form and to the photos of today", async () => {
  const waits = { ...FINDING, answer_due_on: "2026-11-26" };
  const confirmed = { ...FINDING, id: KEY, kind: "other", state: "confirmed" };
  const phone = signedIn();
  const page = await openDetail(phone, { findings: [waits, confirmed] });
  assert.deepEqual(page.data.found.map(({ title, note, state }) => [title, note, state]), [
    ["钟秋香 无故不在岗", "本人可在11月26日前说明", "待本人说明"],
    ["钟秋香 其他情况", "", "已认定"],
  ]);
  page.onFinding();
  page.onFound(tap({ url: page.data.found[0].url }));
  assert.deepEqual(phone.visited, [
    `/pages/inspections/finding?inspection=${INSPECTION_ID}`,
    `/pages/oversight/case?about=finding&id=${FINDING_ID}&photos=yes`,
  ]);
  const past = await openDetail(signedIn(), { day: "2026-01-01", findings: [waits] });
  assert.equal(past.data.found[0].url, `/pages/oversight/case?about=finding&id=${FINDING_ID}`);
});

test("what is missing is said; nobody finds something about themselves", async () => {
  const phone = signedIn();
  const own = { ...INSPECTION.situation[0], person: ME };
  const form = await openForm(phone, { situation: [...INSPECTION.situation, own] });
  assert.deepEqual(form.data.people.map(({ text }) => text), ["钟秋香（应在村）", "李国华（请假或公出）"]);
  const objections = [];
  for (const fill of [() => {}, () => form.onChoose(tap({ name: "person_id", value: MATE.id })), () => form.onChoose(tap({ name: "kind", value: "absent" }))]) {
    fill();
    await form.onSubmit();
    objections.push(form.data.message);
  }
  form.onDescription(input("  "));
  assert.equal(form.data.message, "");
  await form.onSubmit();
  assert.deepEqual([objections, form.data.message], [["请选择人员", "请选择情形", "请写明看到的情况"], "请写明看到的情况"]);
  assert.deepEqual([phone.asked, sentFindings(phone)], [[], []]);
});

test("a village where nobody else is posted has nothing to find", async () => {
  const form = await openForm(signedIn(), { situation: [] });
  assert.deepEqual([form.data.isEmpty, form.data.people], [true, []]);
});

test("a finding is sent after a question, once for many taps, and leads to its photos", async () => {
  const phone = signedIn();
  const form = await openForm(phone);
  fillIn(form);
  await Promise.all([form.onSubmit(), form.onSubmit()]);
  assert.match(phone.asked[0], /^钟秋香 履职不力：本人会马上收到通知/);
  assert.deepEqual(sentFindings(phone), [SEEN]);
  assert.deepEqual(phone.visited, [`/pages/oversight/case?about=finding&id=${FINDING_ID}&photos=yes`]);
});

test("a finding is not sent by a tap that is taken back", async () => {
  const phone = signedIn();
  phone.agrees = false;
  const form = await openForm(phone);
  fillIn(form);
  await form.onSubmit();
  assert.deepEqual([sentFindings(phone), phone.visited], [[], []]);
});

test("after a lost answer and an app closed, the words are there and go under the same key", async () => {
  const phone = signedIn({ "inspections.find": "lost" });
  const form = await openForm(phone);
  fillIn(form);
  await form.onSubmit();
  assert.match(form.data.message, /连不上网络/);
  delete phone.answers["inspections.find"];
  const again = await openForm(phone.restart());
  assert.equal(again.data.finding.description, " 走访记录空白 ");
  await again.onSubmit();
  const [first, second, ...more] = phone.sent(FINDINGS_ADDRESS);
  assert.deepEqual([first, more], [second, []]);
  assert.equal((await openForm(phone.restart())).data.finding.description, "");
});

test("a finding without a network waits for nothing: it is said, and kept on the form", async () => {
  const phone = signedIn();
  const form = await openForm(phone);
  fillIn(form);
  phone.isOnline = false;
  await form.onSubmit();
  assert.match(form.data.message, /连不上网络/);
  assert.deepEqual(phone.restart().load("services/outbox.js").items(), []);
});

test("that somebody is away with cause is read in the server's words, and the form stays as it is", async () => {
  const refused = refusal(422, "away_with_cause", "此人此刻有已批准的请假或乡镇登记，不属无故不在岗");
  const phone = signedIn({ "inspections.find": refused });
  const form = await openForm(phone);
  fillIn(form);
  await form.onSubmit();
  assert.deepEqual([form.data.message, form.data.finding.kind, phone.visited], [refused.data.error.message, "neglects_work", []]);
});

test("photos of a finding are taken on its page by its inspector, on its day, until it is decided", async () => {
  const open = (finding, options) => {
    const phone = signedIn({ "oversight.finding": { ...FINDING, ...finding } });
    return phone.visit("pages/oversight/case", { about: "finding", id: FINDING_ID, ...options }).then((page) => [phone, page]);
  };
  const [phone, page] = await open({}, { photos: "yes" });
  assert.ok(page.data.shown.facts.some(({ name }) => name === "本人说明期限"));
  await page.onCamera();
  await rest();
  assert.equal(phone.sent(`/findings/${FINDING_ID}/photos`).length, 1);
  phone.isOnline = false;
  await page.onCamera();
  assert.equal(page.data.photosWait, true);
  const left = [];
  for (const [finding, options] of [
    [{}, { photos: "yes" }],
    [{ photos: [ANSWERS["oversight.finding"].photos[0]] }, { photos: "yes" }],
    [{}, {}],
    [{ day: "2026-01-01" }, { photos: "yes" }],
    [{ state: "lifted" }, { photos: "yes" }],
  ]) {
    left.push((await open(finding, options))[1].data.left);
  }
  assert.deepEqual(left, [9, 8, 0, 0, 0]);
});
