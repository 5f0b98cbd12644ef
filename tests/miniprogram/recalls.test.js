// 召回 on the phone of the dispatching unit: the last day, and who comes in place of the recalled.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, KEY, MATE, ME, RECALL, RECALL_ID, TODAY, UNIT } = require("./answers.js");
const { FakePhone, input, refusal, tap } = require("./fake_phone.js");

const OTHERS = { ...RECALL, person: MATE, role: "member" };
const URGED = { ...OTHERS, state: "urged", urged_at: "2026-11-28T09:00:00+08:00", urging_document_no: "赣市组函〔2026〕13号" };
const RECALLED = { ...URGED, state: "recalled", recalled_at: "2026-11-30T09:00:00+08:00", last_day: "2026-11-30" };
const CLERK = {
  ...ANSWERS["identity.me"],
  postings: [],
  offices: [{ role: "unit_clerk", area: null, unit: UNIT, first_day: "2026-01-01", last_day: null }],
  may: ["see_recalls", "carry_out_recall"],
};

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, { "identity.me": CLERK, "oversight.recalls": { items: [], next_cursor: null }, ...answers });
  return phone;
}

function openCase(phone, recall) {
  phone.answers["oversight.recall"] = recall;
  return phone.visit("pages/oversight/case", { about: "recall", id: RECALL_ID });
}

function openSuccessor(phone, recall = RECALLED) {
  phone.answers["oversight.recall"] = recall;
  return phone.visit("pages/recalls/successor", { id: RECALL_ID });
}

function fillIn(page) {
  for (const [name, text] of Object.entries({ name: " 范接任 ", phone: "13800138002", full_member_since: "2018-07-01" })) {
    page.onEnter(input(text, { name }));
  }
  page.onChoose(tap({ name: "grade", value: "section_chief" }));
}

test("home names what the unit has to do next: one leads to its page, several to the list", async () => {
  const phone = signedIn();
  const pages = [[URGED, { ...URGED, id: KEY }], [RECALLED]];
  phone.answers["oversight.recalls"] = () => ({ items: pages.shift(), next_cursor: null });
  const home = await phone.visit("pages/home/home");
  const asked = phone.requests.map(({ url }) => url).filter((url) => url.includes("/recalls"));
  assert.deepEqual(asked.map((url) => url.split("?")[1]), ["state=urged", "state=recalled"]);
  assert.deepEqual(home.data.waits.filter(({ text }) => text.includes("召回")), [
    { text: "召回待登记最后一天", state: "2件", url: "/pages/recalls/list" },
    { text: "召回待确定接替人员", state: "1件", url: `/pages/oversight/case?about=recall&id=${RECALL_ID}` },
  ]);
  assert.deepEqual(home.data.entries.map(({ text }) => text), ["召回"]);
});

test("the list says where each recall stands and what is the unit's to do", async () => {
  const mine = { ...URGED, person: ME };
  const phone = signedIn({ "oversight.recalls": { items: [URGED, OTHERS, mine], next_cursor: "c1" } });
  const list = await phone.visit("pages/recalls/list");
  assert.deepEqual(list.data.rows.map(({ place }) => place), ["甲一乡杨梅村", "甲一乡杨梅村", "甲一乡杨梅村"]);
  assert.deepEqual(list.data.rows.map(({ title, note }) => [title, note]), [
    ["钟秋香 召回", "召回待登记最后一天"], ["钟秋香 召回", ""], ["曾福生 召回", ""],
  ]);
  await list.onMore();
  assert.match(phone.requests.at(-1).url, /cursor=c1$/);
  list.onOpen(tap({ url: list.data.rows[0].url }));
  assert.deepEqual(phone.visited, [`/pages/oversight/case?about=recall&id=${RECALL_ID}`]);
});

test("the last day is entered after a question, and then the successor is asked for", async () => {
  const phone = signedIn();
  const page = await openCase(phone, URGED);
  assert.deepEqual([page.data.step.name, page.data.lastDay, page.data.days.first], ["departure", TODAY, TODAY]);
  page.onLastDay(input("2026-11-30"));
  phone.answers["oversight.recall"] = RECALLED;
  await page.onDepart();
  assert.match(phone.asked[0], /在岗到11月30日（周一）/);
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/departure`), [{ last_day: "2026-11-30" }]);
  assert.deepEqual([page.data.done, page.data.step.name], ["已登记最后一天", "successor"]);
  page.onSuccessor();
  assert.deepEqual(phone.visited, [`/pages/recalls/successor?id=${RECALL_ID}`]);
});

test("a last day sent twice after a lost answer is refused in words, and the page shows how it stands", async () => {
  const phone = signedIn({ "oversight.depart": refusal(409, "recall_moved_on", "这一步现在不能办理，请刷新") });
  const page = await openCase(phone, URGED);
  phone.answers["oversight.recall"] = RECALLED;
  await page.onDepart();
  assert.deepEqual([page.data.message, page.data.step.name, page.data.done], ["这一步现在不能办理，请刷新", "successor", ""]);
});

test("a day that is not confirmed is not sent", async () => {
  const phone = signedIn();
  phone.agrees = false;
  const page = await openCase(phone, URGED);
  await page.onDepart();
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/departure`), []);
});

test("nobody else, and nobody in their own case, finds a step to take", async () => {
  const posted = await openCase(signedIn({ "identity.me": ANSWERS["identity.me"] }), { ...URGED, person: ME });
  const own = await openCase(signedIn(), { ...URGED, person: ME });
  const early = await openCase(signedIn(), OTHERS);
  assert.deepEqual([posted, own, early].map(({ data }) => data.step), [null, null, null]);
});

test("the successor comes after the last day, with what article 6 looks at", async () => {
  const phone = signedIn();
  const page = await openSuccessor(phone, { ...RECALLED, last_day: "2099-11-30" });
  assert.deepEqual([page.data.succession.title, page.data.succession.place], ["接替 钟秋香", "甲一乡杨梅村，工作队员"]);
  assert.deepEqual([page.data.succession.earliest, page.data.successor.first_day], ["2099-12-01", "2099-12-01"]);
  fillIn(page);
  await page.onSubmit();
  assert.deepEqual(phone.sent(`/recalls/${RECALL_ID}/successor`), [
    { name: "范接任", phone: "13800138002", full_member_since: "2018-07-01", working_since: null, grade: "section_chief", first_day: "2099-12-01" },
  ]);
  assert.match(phone.asked[0], /接替 钟秋香：范接任，12月1日/);
  assert.deepEqual(phone.visited, ["back"]);
});

test("of a last day long ago the successor comes from today on", async () => {
  const page = await openSuccessor(signedIn(), { ...RECALLED, last_day: "2026-01-31" });
  assert.equal(page.data.succession.earliest, TODAY);
});

test("what is missing is said before anything is sent", async () => {
  const phone = signedIn();
  const page = await openSuccessor(phone);
  const said = [];
  for (const [name, text] of [["name", "范接任"], ["phone", "138001"]]) {
    await page.onSubmit();
    said.push(page.data.message);
    page.onEnter(input(text, { name }));
  }
  await page.onSubmit();
  assert.deepEqual([...said, page.data.message], ["请填写接替人选的姓名", "接替人选的手机号须为 11 位", "接替人选的手机号须为 11 位"]);
  assert.deepEqual([phone.sent(`/recalls/${RECALL_ID}/successor`), phone.asked], [[], []]);
});

test("what is typed is kept until the server has it, through a refusal, a lost network and a closed app", async () => {
  const reasons = ["到任时党龄不满1年（第六条，自转正之日起算）"];
  const phone = signedIn({ "oversight.nameSuccessor": refusal(422, "successor_unqualified", "该同志不符合第一书记条件", { reasons }) });
  const page = await openSuccessor(phone);
  fillIn(page);
  await page.onSubmit();
  assert.equal(page.data.message, `该同志不符合第一书记条件：${reasons[0]}`);
  phone.answers["oversight.nameSuccessor"] = "lost";
  await page.onSubmit();
  assert.match(page.data.message, /连不上网络/);
  const again = await openSuccessor(phone.restart());
  assert.deepEqual([again.data.successor.name, again.data.memberText], [" 范接任 ", "2018年7月1日"]);
  delete phone.answers["oversight.nameSuccessor"];
  await again.onSubmit();
  assert.equal((await openSuccessor(phone.restart())).data.successor.name, "");
});

test("where the successor is named already there is nothing to fill in", async () => {
  const page = await openSuccessor(signedIn(), { ...RECALLED, state: "replaced" });
  assert.equal(page.data.succession.isOpen, false);
});
