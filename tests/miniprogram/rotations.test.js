// Rotations on the phone: the unit's request and its proofs, the offices' word; what else waits in the one inbox.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const answers = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const { ANSWERS, FINDING, FINDING_ID, LEAVE_ID, POSTING_ID, PROPOSAL, PROPOSAL_ID, RECALL, RECALL_ID } = answers;
const { ROTATION, ROTATION_ID, ROTATION_ITEM, TOWNSHIP, UNIT, inboxItem, waitingLeave } = answers;
const [WAITING] = ANSWERS["leave.approvals"].items;
const CITY = { id: "c", name: "赣州市", level: "city" };
const COUNTY = { id: "20000000-0000-4000-8000-000000000009", name: "甲县", level: "county" };

function office(role, place, may) {
  const held = { role, area: null, unit: null, ...place, first_day: "2026-01-01", last_day: null };
  return { ...ANSWERS["identity.me"], postings: [], offices: [held], may };
}

const CLERK_OF_UNIT = office("unit_clerk", { unit: UNIT }, ["see_rotations", "apply_rotation", "see_duties", "see_roster"]);
const HEAD = office("township_head", { area: TOWNSHIP }, [
  "see_inbox", "decide_leave", "delegate", "decide_rotation", "see_rotations",
]);
const CITY_ORG = office("city_org", { area: CITY }, ["see_inbox", "decide_rotation", "decide_proposals"]);

function signedIn(me, news = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, { "identity.me": me, ...news });
  return phone;
}

// -- the unit asks -------------------------------------------------------------------------------

async function filledIn(phone) {
  const page = await phone.visit("pages/rotations/new");
  await page.onWho(input("0"));
  await page.onChoose(tap({ name: "ground", value: "reassigned" }));
  await page.onDay(input("2026-12-23", { name: "last_day" }));
  for (const [name, text] of Object.entries({ reason: " 单位另有任用 ", name: "邱接任", phone: "13700000088" })) {
    page.onText(input(text, { name }));
  }
  await page.onDay(input("2015-07-01", { name: "full_member_since" }));
  await page.onChoose(tap({ name: "grade", value: "section_chief" }));
  return page;
}

test("a unit asks for one of its people to be changed, and is led to where the proofs are taken", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const page = await filledIn(phone);
  assert.deepEqual([page.data.whoText, page.data.grounds.map(({ text }) => text)], [
    "曾福生，杨梅村第一书记", ["任期已满", "岗位调整", "身体健康状况", "其他特殊原因"],
  ]);
  await page.onSubmit();
  const [{ client_key, ...sent }] = phone.sent("/rotations");
  assert.ok(client_key);
  assert.deepEqual(sent, {
    posting_id: POSTING_ID,
    ground: "reassigned",
    last_day: "2026-12-23",
    home_unit: null,
    reason: "单位另有任用",
    successor: { name: "邱接任", phone: "13700000088", full_member_since: "2015-07-01", working_since: null, grade: "section_chief" },
  });
  assert.deepEqual(phone.visited, [`/pages/rotations/detail?id=${ROTATION_ID}`]);
});

test("whether article 6 takes the successor is shown before the request is sent, and nobody is named for it", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const page = await filledIn(phone);
  assert.deepEqual([page.data.preview.title, page.data.preview.tone], ["接替人选符合第六条的条件", "good"]);
  assert.match(page.data.preview.lines.join(), /12月17日到岗.*12月23日.*乡镇党委、县驻村工作领导小组审核同意/);
  phone.answers["rotation.preview"] = {
    ...ANSWERS["rotation.preview"],
    qualified: false,
    errors: ["到任时党龄不满3年（第六条，自转正之日起算）"],
    warnings: ["职级未达到第六条的原则要求"],
  };
  await page.onDay(input("2026-07-01", { name: "full_member_since" }));
  assert.deepEqual([page.data.preview.title, page.data.preview.objections.length, page.data.preview.warnings.length], [
    "接替人选不符合第六条的条件", 1, 1,
  ]);
  for (const asked of phone.sent("/rotations/preview")) assert.equal("name" in asked || "phone" in asked, false);
});

test("what speaks against the request itself is told where the preview would stand", async () => {
  const phone = signedIn(CLERK_OF_UNIT, { "rotation.preview": refusal(422, "term_not_over", "任期未满，请写明需要调整的特殊原因") });
  const page = await phone.visit("pages/rotations/new");
  await page.onWho(input("0"));
  await page.onChoose(tap({ name: "ground", value: "term_over" }));
  assert.deepEqual([page.data.preview, page.data.previewTrouble], [null, "任期未满，请写明需要调整的特殊原因"]);
});

test("what is missing is said before anything is sent", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const page = await phone.visit("pages/rotations/new");
  const said = [];
  const steps = [
    () => page.onWho(input("0")),
    () => page.onChoose(tap({ name: "ground", value: "health" })),
    () => page.onText(input("住院治疗", { name: "reason" })),
    () => page.onText(input("邱接任", { name: "name" })),
    () => page.onText(input("1370000", { name: "phone" })),
  ];
  for (const step of steps) {
    await page.onSubmit();
    said.push(page.data.message);
    await step();
  }
  await page.onSubmit();
  assert.deepEqual([...said, page.data.message], [
    "请选择要调整的人员", "请选择调整原因", "请说明原因", "请填写接替人选的姓名",
    "接替人选的手机号须为 11 位", "接替人选的手机号须为 11 位",
  ]);
  assert.deepEqual(phone.sent("/rotations"), []);
});

test("a request refused at once is mended on the spot; one without a network waits and can be mended later", async () => {
  const phone = signedIn(CLERK_OF_UNIT, { "rotation.ask": refusal(422, "unqualified", "不符合第六条的条件") });
  const page = await filledIn(phone);
  await page.onSubmit();
  assert.deepEqual([page.data.message, phone.load("services/outbox.js").items()], ["不符合第六条的条件", []]);
  phone.isOnline = false;
  await page.onSubmit();
  const [item] = phone.load("services/outbox.js").items();
  assert.deepEqual([item.kind, phone.visited], ["rotation", ["back"]]);
  phone.isOnline = true;
  await phone.load("services/outbox.js").send();
  const { mendUrlOf, rowsOf } = phone.load("logic/outbox_rows.js");
  const [row] = rowsOf(phone.load("services/outbox.js").items());
  assert.deepEqual([row.name, row.canMend], ["轮换申请，接替人选邱接任", true]);
  assert.equal(mendUrlOf(item), `/pages/rotations/new?mends=${item.client_key}`);
  const again = await phone.visit("pages/rotations/new", { mends: item.client_key });
  assert.deepEqual([again.data.request.name, again.data.request.reason, again.data.whoText], ["邱接任", "单位另有任用", "曾福生，杨梅村第一书记"]);
  delete phone.answers["rotation.ask"];
  await again.onSubmit();
  assert.deepEqual(phone.load("services/outbox.js").items(), []);
});

test("a unit sees its requests and begins a new one", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const list = await phone.visit("pages/rotations/list");
  const [row] = list.data.rows;
  assert.deepEqual([row.title, row.place, row.change, row.note, row.state, list.data.mayApply], [
    "曾福生 轮换", "杨梅村", "接替人选：邱接任", "等待乡镇党委审核", "派出单位已申请", true,
  ]);
  list.onOpen(tap({ id: row.id }));
  list.onNew();
  assert.deepEqual(phone.visited, [`/pages/rotations/detail?id=${ROTATION_ID}`, "/pages/rotations/new"]);
});

test("without a proof the page says that nobody can agree; a proof is photographed there", async () => {
  const phone = signedIn(CLERK_OF_UNIT, { "rotation.get": { ...ROTATION, may_decide: false, proofs: [] } });
  const page = await phone.visit("pages/rotations/detail", { id: ROTATION_ID });
  assert.deepEqual([page.data.proofs.isMissing, page.data.proofs.left, page.data.mayDecide, page.data.mayWithdraw], [true, 6, false, true]);
  await page.onCamera();
  await rest();
  assert.equal(phone.sent(`/rotations/${ROTATION_ID}/proofs`).length, 1);
  assert.equal(page.data.proofsWait, false);
});

test("a request can be taken back while an office still has to agree", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const page = await phone.visit("pages/rotations/detail", { id: ROTATION_ID });
  phone.answers["rotation.get"] = ANSWERS["rotation.withdraw"];
  await page.onWithdraw();
  assert.equal(phone.sent(`/rotations/${ROTATION_ID}/withdrawal`).length, 1);
  assert.deepEqual([page.data.row.state, page.data.mayWithdraw, page.data.proofs.left], ["已撤回", false, 0]);
});

// -- the offices decide --------------------------------------------------------------------------

test("an office reads the request with its proofs and its trail, and says its word", async () => {
  const phone = signedIn(HEAD);
  const page = await phone.visit("pages/rotations/detail", { id: ROTATION_ID });
  const facts = Object.fromEntries(page.data.facts.map(({ name, text }) => [name, text]));
  assert.equal(facts["调整原因"], "岗位调整");
  assert.equal(facts["审核顺序"], "乡镇党委 → 县驻村工作领导小组 → 市委组织部 → 市乡村振兴局");
  assert.match(facts["接替人选条件"], /第六条/);
  assert.deepEqual(page.data.trail.map(({ text }) => text), ["市统计局提出", "等待乡镇党委审核"]);
  assert.deepEqual([page.data.proofs.left, page.data.proofs.photos[0].file !== "", page.data.mayWithdraw], [0, true, false]);
  await page.onDisagree();
  assert.equal(page.data.message, "不同意须写明理由");
  page.onOpinion(input(" 同意调整 "));
  phone.answers["rotation.get"] = { ...ANSWERS["rotation.decide"], may_decide: false };
  await page.onAgree();
  assert.deepEqual(phone.sent(`/rotations/${ROTATION_ID}/decisions`), [{ decision: "approved", opinion: "同意调整" }]);
  assert.deepEqual([page.data.row.state, page.data.mayDecide, page.data.trail.map(({ text }) => text)], [
    "乡镇党委已同意", false, ["市统计局提出", "乡镇党委同意（李国华）", "等待县驻村工作领导小组审核"],
  ]);
});

test("the reason is shown to nobody who may not read it", async () => {
  const hidden = { ...ROTATION, ground: null, reason: null, findings: [], proofs: [], may_decide: false };
  const page = await signedIn(ANSWERS["identity.me"], { "rotation.get": hidden }).visit("pages/rotations/detail", { id: ROTATION_ID });
  assert.deepEqual(page.data.facts.filter(({ name }) => ["调整原因", "情况说明", "接替人选条件"].includes(name)), []);
});

// -- the one inbox -------------------------------------------------------------------------------

const ALL_KINDS = [
  inboxItem("rotation", ROTATION_ITEM),
  inboxItem("finding", FINDING, { waiting_hours: 30 }),
  inboxItem("proposal", PROPOSAL, { waiting_hours: 20 }),
  inboxItem("recall", RECALL, { waiting_hours: 10 }),
  waitingLeave(WAITING),
];

test("the inbox shows all kinds in one list with waiting time and clause, and each leads to its page", async () => {
  const phone = signedIn(HEAD, { "inbox.list": { items: ALL_KINDS, next_cursor: null } });
  const list = await phone.visit("pages/approvals/list");
  assert.deepEqual(list.data.rows.map(({ title, state, waited }) => [title, state, waited]), [
    ["曾福生 轮换", "待审核", "已等 2 天"],
    ["曾福生 无故不在岗", "待认定", "已等 1 天"],
    ["曾福生 全市通报建议", "待决定", "已等 20 小时"],
    ["曾福生 召回", "待审定", "已等 10 小时"],
    ["钟秋香 事假 2.5 天", "待审批", "已等 5 小时"],
  ]);
  assert.deepEqual(list.data.rows.map(({ article }) => article), ["第十八条", "第十八条", "第十八条", "第十八条", "第十七条"]);
  for (const { id } of list.data.rows) list.onRow(tap({ id }));
  assert.deepEqual(phone.visited, [
    `/pages/rotations/detail?id=${ROTATION_ID}`,
    `/pages/approvals/oversight?id=${FINDING_ID}`,
    `/pages/approvals/oversight?id=${PROPOSAL_ID}`,
    `/pages/approvals/oversight?id=${RECALL_ID}`,
    `/pages/approvals/detail?id=${LEAVE_ID}`,
  ]);
});

test("only leaves can be decided several at once", async () => {
  const phone = signedIn(HEAD, { "inbox.list": { items: ALL_KINDS, next_cursor: null } });
  const list = await phone.visit("pages/approvals/list");
  list.onChoosing();
  for (const { id } of list.data.rows) list.onRow(tap({ id }));
  assert.deepEqual([list.data.chosen, list.data.rows.filter(({ chosen }) => chosen).map(({ id }) => id)], [1, [LEAVE_ID]]);
  const without = signedIn(CITY_ORG, { "inbox.list": { items: ALL_KINDS.slice(0, 3), next_cursor: null } });
  assert.equal((await without.visit("pages/approvals/list")).data.hasLeaves, false);
});

test("home says how many of each kind wait", async () => {
  const items = [...ALL_KINDS, inboxItem("rotation", { ...ROTATION_ITEM, id: "r-2" })];
  const home = await signedIn(HEAD, { "inbox.list": { items, next_cursor: null } }).visit("pages/home/home");
  assert.deepEqual(home.data.waits.slice(0, 5).map(({ text, state }) => [text, state]), [
    ["请假待审批", "1件"], ["轮换待审核", "2件"], ["督查记录待认定", "1件"], ["处理建议待决定", "1件"], ["召回待办理", "1件"],
  ]);
});

// -- findings, proposals, recalls ----------------------------------------------------------------

function waits(item, me = CITY_ORG) {
  return signedIn(me, { "inbox.get": item });
}

test("a finding is confirmed with a reason, once the person's words have been read", async () => {
  const answered = { ...ANSWERS["oversight.finding"], answer: "到镇里交材料", answered_at: "2026-11-24T08:00:00+08:00", state: "answered" };
  const phone = waits(inboxItem("finding", FINDING));
  phone.answers["oversight.finding"] = answered;
  const page = await phone.visit("pages/approvals/oversight", { id: FINDING_ID });
  assert.ok(page.data.cases[0].trail.some(({ words }) => words === "到镇里交材料"));
  assert.deepEqual([page.data.question.yes, page.data.question.no], ["认定", "撤销"]);
  await page.onYes();
  assert.equal(page.data.message, "请写明理由");
  page.onReason(input(" 已核实 "));
  phone.answers["inbox.get"] = refusal(404, "not_waiting", "这件事不再等待您办理");
  await page.onYes();
  assert.deepEqual(phone.sent(`/findings/${FINDING_ID}/decision`), [{ confirms: true, reason: "已核实" }]);
  assert.deepEqual([page.data.done, page.data.isOver, page.data.row], ["已办理：认定", true, null]);
});

test("a proposal is shown with the findings it rests on; taking it up needs a document, dropping it a reason", async () => {
  const phone = waits(inboxItem("proposal", PROPOSAL));
  const page = await phone.visit("pages/approvals/oversight", { id: PROPOSAL_ID });
  assert.deepEqual(page.data.cases.map(({ heading }) => heading), ["建议", "督查记录"]);
  page.onReason(input("属实"));
  await page.onYes();
  assert.equal(page.data.message, "请填写文件号");
  page.onDocument(input(" 赣市组〔2026〕10号 "));
  await page.onYes();
  page.onReason(input("证据不足"));
  await page.onNo();
  assert.deepEqual(phone.sent(`/proposals/${PROPOSAL_ID}/decision`), [
    { confirms: true, reason: "属实", document_no: "赣市组〔2026〕10号" },
    { confirms: false, reason: "证据不足", document_no: null },
  ]);
});

test("a recall is decided by the leading group, and urged by the office of the unit's level", async () => {
  const phone = waits(inboxItem("recall", RECALL));
  const page = await phone.visit("pages/approvals/oversight", { id: RECALL_ID });
  page.onReason(input("属实"));
  await page.onYes();
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/decision`), [{ upholds: true, reason: "属实" }]);
  const decided = { ...RECALL, state: "decided", decided_at: "2026-11-28T09:00:00+08:00", reason_of_decision: "属实" };
  phone.answers["inbox.get"] = inboxItem("recall", decided);
  await page.onShow();
  assert.deepEqual([page.data.question.yes, page.data.question.no, page.data.row.state], ["督促召回", "", "待督促"]);
  page.onDocument(input("赣市组〔2026〕11号"));
  await page.onYes();
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/urging`), [{ document_no: "赣市组〔2026〕11号" }]);
});

test("whoever it is about reads it and finds no button", async () => {
  const page = await waits(inboxItem("finding", FINDING, { may_decide: false })).visit("pages/approvals/oversight", { id: FINDING_ID });
  assert.equal(page.data.row.mayDecide, false);
});

test("messages lead to what they are about", async () => {
  const told = (kind, subject_id) => ({ ...ANSWERS["messages.list"].items[0], id: kind, kind, subject_id });
  const items = [
    told("rotation_waits", ROTATION_ID),
    told("rotation_decided", ROTATION_ID),
    told("oversight_waits", PROPOSAL_ID),
    told("duties_due", UNIT.id),
  ];
  const page = await signedIn(HEAD, { "messages.list": { items, next_cursor: null, unread: 4 } }).visit("pages/mine/messages");
  assert.deepEqual(page.data.rows.map(({ url }) => url), [
    `/pages/rotations/detail?id=${ROTATION_ID}`,
    `/pages/rotations/detail?id=${ROTATION_ID}`,
    `/pages/approvals/oversight?id=${PROPOSAL_ID}`,
    `/pages/duties/list?place=${UNIT.id}`,
  ]);
});

test("a successor who has no post yet reads the message, which leads nowhere", async () => {
  const told = { ...ANSWERS["messages.list"].items[0], kind: "rotation_decided", subject_id: ROTATION_ID };
  const me = { ...ANSWERS["identity.me"], postings: [], may: ["see_own"] };
  const page = await signedIn(me, { "messages.list": { items: [told], next_cursor: null, unread: 1 } }).visit("pages/mine/messages");
  assert.deepEqual(page.data.rows.map(({ url }) => url), [""]);
});

// -- duties ---------------------------------------------------------------------------------------

test("a unit sees what it still owes, in times and in yuan, and what it let pass", async () => {
  const phone = signedIn(CLERK_OF_UNIT);
  const page = await phone.visit("pages/duties/list", { place: UNIT.id });
  const [row] = page.data.rows;
  assert.deepEqual([page.data.placeName, row.title, row.periods, row.clause], [
    "市统计局", "拨付驻村工作经费", ["12月31日前，还差 6000 元"], "第26条",
  ]);
  assert.match(phone.requests.at(-1).url, new RegExp(`/duties\\?unit=${UNIT.id}&standing=due$`));
  phone.answers["duties.list"] = { ...ANSWERS["duties.list"], items: [] };
  await page.onStanding(tap({ value: "missing" }));
  assert.match(phone.requests.at(-1).url, /standing=missing$/);
  assert.equal(page.data.isEmpty, true);
});

test("whoever holds a county and a unit chooses; the message's place is shown first", async () => {
  const both = { ...CLERK_OF_UNIT, offices: [...CLERK_OF_UNIT.offices, ...office("county_office", { area: COUNTY }, []).offices] };
  const phone = signedIn(both);
  const page = await phone.visit("pages/duties/list", { place: COUNTY.id });
  assert.equal(page.data.placeName, "甲县");
  await page.onPlace(input("0"));
  assert.equal(page.data.placeName, "市统计局");
});
