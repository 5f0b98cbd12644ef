// The pages of the offices: the inbox, deciding, delegations, who is in the village today, the sheets.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, KEY, LEAVE_ID, MATE, ME, POSTING_ID, TODAY, TOWNSHIP, VILLAGE, waitingLeave } = require("./answers.js");
const { FakePhone, input, refusal, tap } = require("./fake_phone.js");

const COUNTY = { id: "20000000-0000-4000-8000-000000000009", name: "甲县", level: "county" };
const [WAITING] = ANSWERS["leave.approvals"].items;

function office(role, area, may) {
  const held = { role, area, unit: null, first_day: "2026-01-01", last_day: null };
  return { ...ANSWERS["identity.me"], postings: [], offices: [held], may };
}

const HEAD = office("township_head", TOWNSHIP, ["see_attendance", "decide_leave", "delegate", "stamp_sheet"]);
const CLERK = office("township_clerk", TOWNSHIP, ["see_attendance", "decide_leave", "submit_sheet", "check_sheet"]);
const GROUP = office("county_group", COUNTY, ["see_attendance", "decide_leave", "name_stand_in"]);

function signedIn(me, answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, { "identity.me": me, ...answers });
  return phone;
}

// -- the inbox -----------------------------------------------------------------------------------

test("the inbox shows who waits how long, and who else of the village is away", async () => {
  const phone = signedIn(HEAD);
  const list = await phone.visit("pages/approvals/list");
  const [row] = list.data.rows;
  assert.deepEqual([row.title, row.place, row.waited, row.away], [
    "钟秋香 事假 2.5 天", "杨梅村", "已等 5 小时", ["曾福生：出差，11月23日下午至11月25日"],
  ]);
  assert.match(row.month, /本月在村 12 天，考核 14\.5 天（要求 20 天）；全年月均 20\.3 天/);
  list.onRow(tap({ id: row.id }));
  assert.deepEqual(phone.visited, [`/pages/approvals/detail?id=${LEAVE_ID}`]);
});

test("several are decided at once, and each that is not is named with the reason", async () => {
  const other = { ...WAITING, id: KEY, person: ME };
  const signed = { ...WAITING, id: POSTING_ID, may_decide: false };
  const phone = signedIn(HEAD, { "inbox.list": { items: [WAITING, other, signed].map(waitingLeave), next_cursor: null } });
  const list = await phone.visit("pages/approvals/list");
  list.onChoosing();
  for (const id of [LEAVE_ID, KEY, POSTING_ID]) list.onRow(tap({ id }));
  assert.equal(list.data.chosen, 2);
  phone.answers["leave.decideSeveral"] = {
    items: [
      { leave_id: LEAVE_ID, state: "approved", code: null, message: null },
      { leave_id: KEY, state: null, code: "leave_decided", message: "这份请假已经办理，请刷新" },
    ],
  };
  phone.answers["inbox.list"] = { items: [], next_cursor: null };
  await list.onAgree();
  assert.deepEqual(phone.sent("/approvals/decisions"), [{ leave_ids: [LEAVE_ID, KEY], decision: "approved", opinion: "" }]);
  assert.deepEqual([list.data.done, list.data.failed, list.data.isEmpty], [
    "已办理 1 件（同意）", ["曾福生 事假 2.5 天：这份请假已经办理，请刷新"], true,
  ]);
});

test("not agreeing needs a reason, also for several", async () => {
  const phone = signedIn(HEAD);
  const list = await phone.visit("pages/approvals/list");
  list.onChoosing();
  list.onRow(tap({ id: LEAVE_ID }));
  await list.onDisagree();
  assert.equal(list.data.message, "不同意须写明理由");
  list.onOpinion(input(" 同村无人 "));
  await list.onDisagree();
  assert.deepEqual(phone.sent("/approvals/decisions"), [{ leave_ids: [LEAVE_ID], decision: "rejected", opinion: "同村无人" }]);
});

test("more than fifty are not sent at once", async () => {
  const items = Array.from({ length: 51 }, (_, number) => ({ ...WAITING, id: `l-${number}` }));
  const phone = signedIn(HEAD, { "inbox.list": { items: items.map(waitingLeave), next_cursor: null } });
  const list = await phone.visit("pages/approvals/list");
  list.onChoosing();
  for (const { id } of items) list.onRow(tap({ id }));
  await list.onAgree();
  assert.match(list.data.message, /最多办理50件/);
  assert.deepEqual(phone.sent("/approvals/decisions"), []);
});

test("the inbox goes on page by page", async () => {
  const phone = signedIn(HEAD, { "inbox.list": { items: [waitingLeave(WAITING)], next_cursor: "c1" } });
  const list = await phone.visit("pages/approvals/list");
  phone.answers["inbox.list"] = { items: [waitingLeave({ ...WAITING, id: KEY })], next_cursor: null };
  await list.onMore();
  assert.deepEqual([list.data.rows.map(({ id }) => id), list.data.hasMore], [[LEAVE_ID, KEY], false]);
});

// -- one that waits ------------------------------------------------------------------------------

test("deciding says what was decided, by whom it is then told", async () => {
  const phone = signedIn(HEAD);
  const page = await phone.visit("pages/approvals/detail", { id: LEAVE_ID });
  assert.deepEqual([page.data.row.title, page.data.isOpinion, page.data.mayAdjust], ["钟秋香 事假 2.5 天", false, false]);
  await page.onDisagree();
  assert.equal(page.data.message, "不同意须写明理由");
  page.onOpinion(input(" 同意，注意安全 "));
  await page.onAgree();
  assert.deepEqual(phone.sent(`/leaves/${LEAVE_ID}/decisions`), [{ decision: "approved", opinion: "同意，注意安全" }]);
  assert.deepEqual(phone.visited, ["back"]);
});

test("an office that does not decide is asked for its opinion", async () => {
  const item = { ...WAITING, tier: "county_office" };
  const page = await signedIn(HEAD, { "leave.approvals": { items: [item], next_cursor: null } }).visit("pages/approvals/detail", { id: LEAVE_ID });
  assert.equal(page.data.isOpinion, true);
});

test("a clerk reads what only the head may sign", async () => {
  const item = { ...WAITING, may_decide: false };
  const page = await signedIn(CLERK, { "leave.approvals": { items: [item], next_cursor: null } }).visit("pages/approvals/detail", { id: LEAVE_ID });
  assert.equal(page.data.row.mayDecide, false);
});

test("one found on a later page of the inbox is shown; one that waits no more leads to its slip", async () => {
  const pages = { "": { items: [], next_cursor: "c1" }, c1: { items: [WAITING], next_cursor: null } };
  const phone = signedIn(HEAD);
  let cursor = "";
  phone.answers["leave.approvals"] = () => {
    const page = pages[cursor];
    cursor = page.next_cursor;
    return page;
  };
  const page = await phone.visit("pages/approvals/detail", { id: LEAVE_ID });
  assert.equal(page.data.row.id, LEAVE_ID);
  phone.answers["leave.approvals"] = { items: [], next_cursor: null };
  await page.onShow();
  assert.deepEqual([page.data.isOver, page.data.row], [true, null]);
  page.onLeave();
  assert.deepEqual(phone.visited, [`/pages/leave/detail?id=${LEAVE_ID}`]);
});

test("the leading group can note that the post is adjusted where a stand-in is missing", async () => {
  const item = { ...WAITING, tier: "county_group", waits_for: "county_group", needs_stand_in: true };
  const phone = signedIn(GROUP, { "leave.approvals": { items: [item], next_cursor: null } });
  const page = await phone.visit("pages/approvals/detail", { id: LEAVE_ID });
  assert.equal(page.data.mayAdjust, true);
  await page.onAdjust();
  assert.equal(page.data.message, "请写明如何调整岗位");
  page.onAdjustment(input("由副队长代理"));
  await page.onAdjust();
  assert.deepEqual(phone.sent(`/leaves/${LEAVE_ID}/stand-in`), [{ adjustment: "由副队长代理" }]);
});

test("a delegation is shown with its office, days and document, and taken back after a question", async () => {
  const phone = signedIn(HEAD);
  const page = await phone.visit("pages/approvals/delegation");
  const [row] = page.data.rows;
  assert.deepEqual([row.name, row.office, row.days, row.document], [
    "钟秋香", "甲一乡 乡镇党委", "11月20日（周五）至12月20日（周日）", "甲一乡委〔2026〕5号",
  ]);
  phone.answers["leave.delegations"] = { items: [] };
  await page.onEnd(tap({ id: row.id, name: row.name }));
  assert.match(phone.asked[0], /钟秋香不能再代为签批/);
  assert.equal(page.data.isEmpty, true);
});

test("a head lets a deputy sign between two days under a document", async () => {
  const phone = signedIn(HEAD);
  const page = await phone.visit("pages/approvals/delegate");
  assert.equal(page.data.people[0].text, "钟秋香（代签甲一乡乡镇党委）");
  await page.onSubmit();
  assert.equal(page.data.message, "请选择受委托人");
  page.onWho(input("0"));
  await page.onSubmit();
  assert.equal(page.data.message, "请填写委托书文号");
  page.onDocument(input(" 甲一乡委〔2026〕8号 "));
  page.onLast(input("2099-12-20"));
  page.onFirst(input("2099-12-25"));
  assert.equal(page.data.last_day, "2099-12-25");
  page.onLast(input("2099-12-20"));
  await page.onSubmit();
  assert.deepEqual(phone.sent("/delegations"), [
    { office: "township", deputy_id: MATE.id, first_day: "2099-12-20", last_day: "2099-12-20", document_no: "甲一乡委〔2026〕8号" },
  ]);
  assert.deepEqual(phone.visited, ["back"]);
});

test("where nobody else serves in the office, the page says so", async () => {
  const page = await signedIn(HEAD, { "leave.deputies": { items: [] } }).visit("pages/approvals/delegate");
  assert.equal(page.data.nobody, true);
});

// -- today ---------------------------------------------------------------------------------------

const [ROW] = ANSWERS["attendance.month"].items;
const HERE = { ...ROW, days: { [TODAY]: "in_village" }, afternoons: {}, registered: [], waiting: [] };

test("a township sees its own people of today", async () => {
  const phone = signedIn(CLERK, { "attendance.month": { ...ANSWERS["attendance.month"], items: [HERE] } });
  const board = await phone.visit("pages/board/board");
  assert.deepEqual(board.data.counts, { good: 1, away: 0, other: 0 });
  assert.equal(board.data.villages[0].people[0].text, "在村");
  assert.match(phone.requests.at(-1).url, new RegExp(`/attendance/${TODAY.slice(0, 7)}\\?township=${TOWNSHIP.id}$`));
  assert.equal(phone.sent("/areas").length, 0);
});

test("a county chooses one of its townships, and finds it again next time", async () => {
  const second = { ...TOWNSHIP, id: "20000000-0000-4000-8000-000000000003", name: "甲二镇", code: "360799101000" };
  const [first] = ANSWERS["roster.areas"].items;
  const phone = signedIn(GROUP, { "roster.areas": { items: [first, second], next_cursor: null } });
  const board = await phone.visit("pages/board/board");
  assert.equal(board.data.choice.township.name, "甲一乡");
  await board.onTownship(input("1"));
  assert.match(phone.requests.at(-1).url, new RegExp(`township=${second.id}$`));
  const again = await phone.visit("pages/board/board");
  assert.equal(again.data.choice.township.name, "甲二镇");
});

test("a city chooses the county first", async () => {
  const city = office("city_org", { id: "c", name: "赣州市", level: "city" }, ["see_attendance"]);
  const [township] = ANSWERS["roster.areas"].items;
  const counties = [{ ...COUNTY, code: "360799000000" }, { ...COUNTY, id: KEY, name: "乙县", code: "360798000000" }];
  const phone = signedIn(city);
  const asked = () => phone.requests.map(({ url }) => url).filter((url) => url.includes("/areas")).at(-1);
  phone.answers["roster.areas"] = () => ({ items: asked().includes("parent=c&") ? counties : [township], next_cursor: null });
  const board = await phone.visit("pages/board/board");
  assert.deepEqual(board.data.choice.counties.map(({ name }) => name), ["甲县", "乙县"]);
  await board.onCounty(input("1"));
  assert.match(asked(), new RegExp(`parent=${KEY}`));
  assert.equal(board.data.choice.county.name, "乙县");
});

// -- sheets --------------------------------------------------------------------------------------

test("the list begins with last month, the one to be stamped now", async () => {
  const phone = signedIn(CLERK);
  const list = await phone.visit("pages/sheets/list");
  const lastMonth = phone.load("logic/days.js").addMonths(TODAY.slice(0, 7), -1);
  assert.match(phone.requests.at(-1).url, new RegExp(`/sheets\\?month=${lastMonth}&area=${TOWNSHIP.id}$`));
  assert.deepEqual(list.data.rows.map(({ name, people, state, notes }) => [name, people, state, notes]), [
    ["杨梅村", "3 人", "已提交", ["待确认 1 天", "未说明 0.5 天"]],
  ]);
  await list.onEarlier();
  await list.onLater();
  assert.equal(list.data.month, lastMonth);
  list.onOpen(tap({ id: VILLAGE.id }));
  assert.deepEqual(phone.visited, [`/pages/sheets/detail?village=${VILLAGE.id}&month=${lastMonth}`]);
});

test("a first secretary sees the sheet of their own village", async () => {
  const phone = signedIn(ANSWERS["identity.me"]);
  await phone.visit("pages/sheets/list");
  assert.match(phone.requests.at(-1).url, new RegExp(`area=${VILLAGE.id}$`));
});

const AT = { village: VILLAGE.id, month: "2026-10" };
const SHEET_PATH = `/sheets/${VILLAGE.id}/2026-10`;

test("a sheet shows its signatures, its people and what came after the stamp", async () => {
  const phone = signedIn(CLERK);
  const page = await phone.visit("pages/sheets/detail", AT);
  assert.deepEqual([page.data.title, page.data.state], ["杨梅村 2026年10月", "已盖章"]);
  assert.match(page.data.version, /第 1 版，11月5日 10:00盖章，校验码 A1B2C3D4E5F6/);
  assert.deepEqual(page.data.signatures.map(({ text }) => text), ["队长提交：曾福生", "乡镇核对：刘冬明", "乡镇党委盖章：李国华"]);
  assert.equal(page.data.people[0].text, "在村 2 天，考核 1.5 天，补助 2 天");
  assert.deepEqual(page.data.changes.map(({ text }) => text), ["曾福生 10月12日：未说明 → 在村"]);
  page.onPerson(tap({ id: POSTING_ID }));
  const cells = page.data.weeks.flatMap(({ cells }) => cells).filter(({ day }) => day);
  assert.deepEqual(cells.map(({ day, symbol }) => [day, symbol]), [["2026-10-08", "√"], ["2026-10-09", "事√"]]);
  page.onPerson(tap({ id: POSTING_ID }));
  assert.equal(page.data.opened, "");
});

test("a submitted sheet is checked, or given back with a reason", async () => {
  const phone = signedIn(CLERK, { "sheets.get": { ...ANSWERS["sheets.get"], state: "submitted", version: null, marks: {}, proposed: [] } });
  const page = await phone.visit("pages/sheets/detail", AT);
  await page.onStep(tap({ step: "giveBack" }));
  assert.equal(page.data.message, "请写明理由");
  page.onReason(input(" 10月12日有误 "));
  await page.onStep(tap({ step: "giveBack" }));
  await page.onStep(tap({ step: "check" }));
  assert.deepEqual(phone.sent(`${SHEET_PATH}/return`), [{ reason: "10月12日有误" }]);
  assert.deepEqual([phone.sent(`${SHEET_PATH}/check`), page.data.done], [[undefined], "已核对"]);
});

test("a checked sheet is stamped after a question", async () => {
  const phone = signedIn(HEAD, { "sheets.get": { ...ANSWERS["sheets.get"], state: "checked", version: null, proposed: [] } });
  const page = await phone.visit("pages/sheets/detail", AT);
  phone.agrees = false;
  await page.onStep(tap({ step: "stamp" }));
  assert.equal(phone.sent(`${SHEET_PATH}/stamp`).length, 0);
  phone.agrees = true;
  await page.onStep(tap({ step: "stamp" }));
  assert.equal(phone.sent(`${SHEET_PATH}/stamp`).length, 1);
});

test("a refused step is told", async () => {
  const phone = signedIn(HEAD, {
    "sheets.get": { ...ANSWERS["sheets.get"], state: "checked", version: null, proposed: [] },
    "sheets.stamp": refusal(409, "sheet_moved", "考勤表已经办理，请刷新"),
  });
  const page = await phone.visit("pages/sheets/detail", AT);
  await page.onStep(tap({ step: "stamp" }));
  assert.deepEqual([page.data.message, page.data.busy], ["考勤表已经办理，请刷新", false]);
});

test("the paper is the stamped version, or the sheet as it stands", async () => {
  const phone = signedIn(HEAD);
  const stamped = await phone.visit("pages/sheets/detail", AT);
  await stamped.onPaper();
  phone.answers["sheets.get"] = { ...ANSWERS["sheets.get"], state: "open", version: null, marks: {}, proposed: [] };
  const open = await phone.visit("pages/sheets/detail", AT);
  await open.onPaper();
  assert.deepEqual(phone.opened.map(([file]) => file), [`tmp:${SHEET_PATH}/versions/1`, `tmp:${SHEET_PATH}/paper`]);
});

// -- the township's register ----------------------------------------------------------------------

const REGISTRAR = office("township_clerk", TOWNSHIP, ["see_attendance", "correct_attendance"]);

test("the township enters a day with a reason, once", async () => {
  const phone = signedIn(REGISTRAR);
  const board = await phone.visit("pages/board/board");
  assert.equal(board.data.mayEnter, true);
  board.onPerson(tap({ person: ME.id, name: ME.name }));
  assert.deepEqual(phone.visited, [`/pages/board/entry?person=${ME.id}&name=${encodeURIComponent(ME.name)}`]);
  const entry = await phone.visit("pages/board/entry", { person: ME.id, name: encodeURIComponent(ME.name) });
  assert.deepEqual([entry.data.name, entry.data.day], [ME.name, TODAY]);
  await entry.onSubmit();
  assert.equal(entry.data.message, "请选择或写明依据");
  entry.onDay(input("2026-11-20"));
  entry.onChoose(tap({ name: "half", value: "morning" }));
  entry.onChoose(tap({ name: "dayClass", value: "trip" }));
  entry.onChoose(tap({ name: "reason", value: "电话核实" }));
  await entry.onSubmit();
  const [{ client_key, ...sent }] = phone.sent("/attendance/corrections");
  assert.ok(client_key);
  assert.deepEqual(sent, { person_id: ME.id, day: "2026-11-20", half: "morning", day_class: "trip", reason: "电话核实" });
  assert.equal(entry.data.done, "已登记");
});

test("an entry without a network waits and is named, one that is refused is told on the spot", async () => {
  const phone = signedIn(REGISTRAR);
  const entry = await phone.visit("pages/board/entry", { person: ME.id, name: "x" });
  entry.onChoose(tap({ name: "reason", value: "手机故障" }));
  phone.isOnline = false;
  await entry.onSubmit();
  assert.match(entry.data.done, /有网络时自动发出/);
  const home = await phone.visit("pages/home/home");
  assert.match(home.data.outbox[0].name, /^乡镇登记 .* 在村$/);
  phone.isOnline = true;
  await phone.load("services/outbox.js").send();
  phone.answers["attendance.enter"] = refusal(403, "own_record", "不能更正本人的考勤");
  await entry.onSubmit();
  assert.match(entry.data.done, /还没有被接受：不能更正本人的考勤/);
  phone.answers["attendance.enter"] = refusal(422, "day_outside_posting", "该日不在此人的派驻期内");
  entry.onDay(input("2026-11-20"));
  await entry.onSubmit();
  assert.deepEqual([entry.data.done, entry.data.message], ["", "该日不在此人的派驻期内"]);
});

test("who keeps no register sees the board without entries", async () => {
  const board = await signedIn(GROUP).visit("pages/board/board");
  assert.equal(board.data.mayEnter, false);
});

test("what waits on last month's sheets depends on who looks", () => {
  const { sheetWaits } = signedIn(HEAD).load("logic/sheets.js");
  const items = ["open", "submitted", "submitted", "checked"].map((state) => ({ state, waiting_days: 1 }));
  const waits = (...permissions) => sheetWaits(items, (each) => permissions.includes(each)).map(({ text, state }) => `${text}${state}`);
  assert.deepEqual(waits("submit_sheet"), ["上月考勤表待提交1张"]);
  assert.deepEqual(waits("witness_sheet"), ["上月考勤表待见证2张"]);
  assert.deepEqual(waits("submit_sheet", "check_sheet"), ["上月考勤表待核对2张", "上月待确认的登记4天"]);
  assert.deepEqual(waits("stamp_sheet"), ["上月考勤表待盖章1张"]);
  assert.deepEqual(sheetWaits([], () => true), []);
});
