// Page logic: dates and half-days, words, calendars, errors.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const answers = require("./answers.js");
const { FakePhone } = require("./fake_phone.js");

const { ANSWERS, ME } = answers;
const phone = new FakePhone();
const logic = (name) => phone.load(`logic/${name}.js`);

// -- days ----------------------------------------------------------------------------------------

test("a day is China's, whatever zone the phone is set to", () => {
  const { chinaDay, chinaTime, instantOf } = logic("days");
  assert.equal(chinaDay("2026-11-23T15:59:59Z"), "2026-11-23");
  assert.equal(chinaDay("2026-11-23T16:00:00Z"), "2026-11-24");
  assert.equal(chinaTime("2026-11-23T00:01:00.153931+00:00"), "11月23日 08:01");
  assert.equal(new Date(instantOf("2026-11-23", "08:01")).toISOString(), "2026-11-23T00:01:00.000Z");
});

test("days and months are counted over leap days and year ends", () => {
  const { addDays, addMonths, daysFromTo, daysOfMonth, fullDayText, placeInWeek } = logic("days");
  assert.equal(addDays("2028-02-28", 1), "2028-02-29");
  assert.equal(addDays("2026-12-31", 1), "2027-01-01");
  assert.equal(daysFromTo("2026-12-30", "2027-01-02"), 4);
  assert.deepEqual([addMonths("2026-12", 1), addMonths("2026-01", -1)], ["2027-01", "2025-12"]);
  assert.deepEqual([daysOfMonth("2028-02").length, daysOfMonth("2026-02").length], [29, 28]);
  assert.equal(fullDayText("2026-11-23"), "11月23日（周一）");
  assert.deepEqual(["2026-11-23", "2026-11-29"].map(placeInWeek), [0, 6]);
});

// -- half-days -----------------------------------------------------------------------------------

const span = (first_day, first_half, last_day, last_half) => ({ first_day, first_half, last_day, last_half });

for (const [taken, days, text] of [
  [span("2026-11-23", "morning", "2026-11-23", "afternoon"), 1, "11月23日"],
  [span("2026-11-23", "afternoon", "2026-11-23", "afternoon"), 0.5, "11月23日下午"],
  [span("2026-11-23", "morning", "2026-11-23", "morning"), 0.5, "11月23日上午"],
  [span("2026-11-23", "afternoon", "2026-11-25", "morning"), 2, "11月23日下午至11月25日上午"],
  [span("2026-12-30", "morning", "2027-01-02", "afternoon"), 4, "12月30日至1月2日"],
]) {
  test(`${text} is ${days} days`, () => {
    assert.deepEqual([logic("span").naturalDays(taken), logic("span").spanText(taken)], [days, text]);
  });
}

test("from afternoon to morning of one day is nothing", () => {
  assert.equal(logic("span").naturalDays(span("2026-11-23", "afternoon", "2026-11-23", "morning")), 0);
});

test("an end before the new beginning comes along, and the other way round", () => {
  const { beginningOn, endingOn } = logic("span");
  const taken = span("2026-11-23", "morning", "2026-11-25", "morning");
  assert.deepEqual(beginningOn(taken, "2026-11-28"), { ...taken, first_day: "2026-11-28", last_day: "2026-11-28" });
  assert.deepEqual(beginningOn(taken, "2026-11-24"), { ...taken, first_day: "2026-11-24" });
  assert.deepEqual(endingOn(taken, "2026-11-20"), { ...taken, first_day: "2026-11-20", last_day: "2026-11-20" });
});

// -- the form ------------------------------------------------------------------------------------

test("the form says what it lacks, one thing at a time, and nothing once it can be sent", () => {
  const { newConsent, newDraft, objectionTo } = logic("draft");
  let draft = newDraft("2026-11-23");
  const lacks = [];
  for (const news of [
    { kind: "sick", first_half: "afternoon", last_half: "morning" },
    { last_half: "afternoon" },
    { reason: "  住院 " },
    { destination: "赣州市" },
    { consent: newConsent("2026-11-23T00:01:00Z") },
    { consent: { ...newConsent("2026-11-23T00:01:00Z"), by: "李书记" } },
  ]) {
    lacks.push(objectionTo(draft));
    draft = { ...draft, ...news };
  }
  assert.deepEqual(lacks.map((text) => text.slice(0, 8)), ["请选择请假类别", "结束时间须晚于开", "请填写事由", "请填写去向", "", "请填写准假人，或"]);
  assert.equal(objectionTo(draft), "");
});

test("what is sent is trimmed, and what was sent can be filled in again", () => {
  const { bodyOf, draftOf, newDraft } = logic("draft");
  const consent = { by: " 李书记 ", day: "2026-11-22", clock: "21:30", channel: "sms" };
  const draft = { ...newDraft("2026-11-23"), kind: "sick", reason: " 住院\n手术 ", destination: " 赣州 ", consent };
  const body = bodyOf(draft);
  assert.deepEqual(
    [body.reason, body.destination, body.consent],
    ["住院\n手术", "赣州", { by: "李书记", at: "2026-11-22T21:30:00+08:00", channel: "sms" }],
  );
  assert.deepEqual(bodyOf(draftOf(body)), body);
  assert.equal(bodyOf({ ...draft, consent: { ...consent, by: " " } }).consent, null);
});

test("the preview says who decides, by which clause, and what to look at", () => {
  const { describePreview } = logic("preview");
  const told = describePreview({
    ...ANSWERS["leave.preview"],
    needs_stand_in: true,
    empty_days: ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30"],
    unannounced_years: [2027],
  });
  assert.equal(told.title, ANSWERS["leave.preview"].message);
  const text = told.lines.join("\n");
  assert.match(text, /自然日 2\.5 天，计审 2\.5 天/);
  assert.match(text, /第十七条/);
  assert.match(text, /先由乡镇党委签意见，再由县驻村办审批/);
  assert.match(text, /与11月20日至11月22日的请假连续计算：11月20日至11月25日，共 6 天/);
  assert.match(text, /接替人员/);
  assert.match(text, /没有其他队员的日子：11月24日、.*11月29日等 7 天/);
  assert.match(text, /2027年节假日尚未公布/);
});

test("where no leave is needed nothing is sent", () => {
  const told = logic("preview").describePreview({ ...ANSWERS["leave.preview"], tier: null, message: "休息日离村不需要请假" });
  assert.deepEqual(told, { title: "休息日离村不需要请假", lines: [], canSend: false });
});

// -- leaves --------------------------------------------------------------------------------------

const LEAVE = ANSWERS["leave.get"];
const MINE = { myId: ME.id, confirmsReturns: false, today: "2026-11-24" };

function actions(state, news = {}, who = MINE) {
  return Object.entries(logic("leaves").actionsOn({ ...LEAVE, state, ...news }, who))
    .filter(([, can]) => can)
    .map(([name]) => name);
}

test("what can be done with my leave depends on where it stands", () => {
  assert.deepEqual(actions("submitted", { first_day: "2026-11-30" }), ["withdraw"]);
  assert.deepEqual(actions("submitted"), ["withdraw", "comeBack"]);
  assert.deepEqual(actions("oral"), ["withdraw", "comeBack", "filePapers"]);
  assert.deepEqual(actions("approved"), ["comeBack", "extend"]);
  assert.deepEqual(actions("overdue_return"), ["comeBack", "extend"]);
  for (const state of ["rejected", "withdrawn", "returned", "extended", "not_taken"]) assert.deepEqual(actions(state), []);
  assert.deepEqual(actions("oral", { returned_on: "2026-11-24" }), ["withdraw", "filePapers"]);
});

test("another's leave can be confirmed by the township only", () => {
  const other = { ...MINE, myId: "somebody" };
  assert.deepEqual(actions("approved", {}, other), []);
  assert.deepEqual(actions("approved", {}, { ...other, confirmsReturns: true }), ["comeBack"]);
});

test("a return before the first day says that nobody left", () => {
  const { comeBack } = logic("leaves").actionsOn({ ...LEAVE, state: "approved" }, { ...MINE, today: "2026-11-20" });
  assert.equal(comeBack, "不去了");
});

test("the trail tells what happened in order, and what it waits for", () => {
  const opinion = { ...LEAVE.decisions[0], is_opinion: true, by_delegation: true };
  const rejected = { ...LEAVE.decisions[0], office: "county_office", decision: "rejected", opinion: null };
  const told = logic("leaves").trailOf({
    ...LEAVE,
    consent: { by: "李书记", at: "2026-11-19T21:00:00+08:00", channel: "phone" },
    papers_filed_at: "2026-11-21T08:00:00+08:00",
    decisions: [opinion, rejected],
    waits_for: "county_group",
    returned_on: "2026-11-25",
    returned_half: "afternoon",
  });
  assert.deepEqual(told.map(({ text }) => text), [
    "提出请假",
    "李书记电话准假",
    "补办手续",
    "乡镇党委签署意见：同意（李国华，受委托）",
    "县驻村办不同意（李国华）",
    "等待县驻村工作领导小组办理",
    "已返村，销假",
  ]);
  assert.deepEqual([told[3].words, told[4].words, told[6].at], ["同意，注意安全", "", "11月25日下午"]);
  assert.equal(new Set(told.map(({ key }) => key)).size, told.length);
});

test("what only the approval chain may read is left out where it is not told", () => {
  const names = (leave) => logic("leaves").factsOf(leave).map(({ name }) => name);
  assert.ok(names(LEAVE).includes("事由"));
  const hidden = names({ ...LEAVE, reason: null, destination: null });
  assert.ok(!hidden.includes("事由") && !hidden.includes("去向"));
});

test("papers due and overdue are said with their day", () => {
  const { notesOf } = logic("leaves");
  const due = { ...LEAVE, papers_due_on: "2026-11-27", papers_overdue: false };
  assert.deepEqual(notesOf(due), ["请在11月27日（周五）前补办手续"]);
  assert.deepEqual(notesOf({ ...due, papers_overdue: true }), ["补办手续已过期限（11月27日）"]);
});

// -- months --------------------------------------------------------------------------------------

const [ROW] = ANSWERS["attendance.month"].items;

function cellsOf(month, row, options = {}) {
  const { halvesIn, weeksOf } = logic("calendar");
  return weeksOf(month, halvesIn(row), options).flatMap(({ cells }) => cells);
}

test("a calendar begins on Monday and holds each day of the month once", () => {
  for (const month of ["2026-11", "2026-02", "2028-02", "2027-03"]) {
    const cells = cellsOf(month, ROW);
    const numbers = cells.filter(({ number }) => number).map(({ number }) => number);
    assert.equal(cells.length % 7, 0);
    assert.deepEqual(numbers, numbers.map((_, place) => place + 1));
    assert.equal(new Set(cells.map(({ key }) => key)).size, cells.length);
  }
  assert.equal(cellsOf("2026-11", ROW).findIndex(({ number }) => number === 1), 6);
});

test("a cell shows the sheet's symbol, both halves where they differ, and where its class comes from", () => {
  const { sourceIn } = logic("calendar");
  const cells = cellsOf("2026-11", ROW, { today: "2026-11-02", sourceOf: sourceIn(ROW) });
  const shown = cells.filter(({ day }) => day).map(({ day, symbol, text, source, isToday }) => [day.slice(8), symbol, text, source, isToday]);
  assert.deepEqual(shown, [
    ["01", "休", "休息", "休息日", false],
    ["02", "√", "在村", "乡镇登记", true],
    ["03", "事√", "上午事假，下午在村", "请假单", false],
    ["04", "待", "待确认", "本人登记，待乡镇确认", false],
  ]);
  assert.equal(cells.find(({ number }) => number === 5).label, "11月5日（周四），不在派驻期");
});

test("a doubtful day says so, and a day without anything says that", () => {
  const days = { "2026-11-01": "in_village", "2026-11-02": "unexplained", "2026-11-03": "pending", "2026-11-04": "trip" };
  const source = logic("calendar").sourceIn({ days, registered: [], waiting: [], doubtful: ["2026-11-01"] });
  assert.deepEqual(Object.keys(days).map(source), ["本人登记，有存疑", "没有登记，也没有请假", "请假待批", "请假单"]);
});

test("the counts, the average and the forecast are sentences", () => {
  const lines = logic("month_lines").monthLines(ANSWERS["attendance.today"]);
  assert.match(lines.join(), /在村 12 天，考核天数 14\.5 天（要求 20 天）.*补助天数 12 天.*月均 20\.3 天.*再驻村3天/);
  assert.deepEqual(logic("month_lines").monthLines({ month: null, average: null, forecast: null }), []);
});

test("the board counts who is in the village, away, or not yet registered", () => {
  const { boardOf } = logic("board");
  const on = (id, name, news) => ({ ...ROW, posting_id: id, person: { id, name }, afternoons: {}, waiting: [], doubtful: [], ...news });
  const day = "2026-11-23";
  const { villages, counts } = boardOf(
    [
      on("1", "甲", { days: { [day]: "in_village" }, doubtful: [day] }),
      on("2", "乙", { days: { [day]: "trip" } }),
      on("3", "丙", { days: { [day]: "open" }, waiting: [day] }),
      on("4", "丁", { days: { [day]: "personal" }, afternoons: { [day]: "in_village" } }),
      on("5", "戊", { days: {} }),
    ],
    day,
  );
  assert.equal(villages.length, 1);
  assert.deepEqual(villages[0].people.map(({ name, text }) => [name, text]), [
    ["甲", "在村（存疑）"],
    ["乙", "出差"],
    ["丙", "已登记，待乡镇确认"],
    ["丁", "上午事假，下午在村"],
  ]);
  assert.deepEqual(counts, { good: 2, away: 1, other: 1 });
});

// -- where I stand -------------------------------------------------------------------------------

const TODAY = ANSWERS["attendance.today"];
const ATTEMPT = { id: "a", outcome: "outside", verdict: "outside", counted: false, late_upload: false, received_at: "2026-11-23T01:12:00Z" };

for (const [today, title, line] of [
  [TODAY, "今日尚未登记", /^$/],
  [{ ...TODAY, state: "counted", checkins: [{ ...ATTEMPT, verdict: "inside", counted: true }] }, "今日已登记，已计入", /^$/],
  [{ ...TODAY, state: "counted", checkins: [{ ...ATTEMPT, verdict: "unsure", counted: true }] }, "今日已登记，已计入", /存疑/],
  [{ ...TODAY, state: "waiting", checkins: [{ ...ATTEMPT, verdict: null }] }, "今日已登记，待乡镇确认", /^$/],
  [{ ...TODAY, checkins: [ATTEMPT] }, "今日尚未登记", /最近一次：09:12，位置在村外，未计入/],
  [{ ...TODAY, mode: "township_register" }, "本县由乡镇登记考勤", /无需/],
  [{ ...TODAY, state: "no_posting" }, "名册中今天没有您的派驻", /县驻村办/],
  [{ ...TODAY, leave: { id: "l", kind: "sick", state: "overdue_return", last_day: "2026-11-22", proposes_return: false } }, "今日尚未登记", /病假，至11月22日，已超假/],
  [null, "今日情况联网后显示", /^$/],
]) {
  test(`home says ${title} ${line}`, () => {
    const standing = logic("standing").ofToday(today, false);
    assert.equal(standing.title, title);
    assert.match(standing.lines.join("\n"), line);
  });
}

test("to whom only an office belongs home says nothing of a posting", () => {
  assert.equal(logic("standing").ofToday({ ...TODAY, state: "no_posting" }, true), null);
});

for (const [answer, title, tone] of [
  [{ verdict: "inside", band: "inside", counted: true }, "在村内", "good"],
  [{ verdict: "unsure", band: "edge", counted: true }, "位置存疑", "good"],
  [{ verdict: "outside", band: "under_1km", counted: false }, "村外：离村不到1公里", "warn"],
  [{ verdict: "outside", band: "1_5km", counted: false }, "村外：离村1至5公里", "warn"],
  [{ verdict: "outside", band: "over_5km", counted: false }, "村外：离村5公里以上", "warn"],
  [{ verdict: null, band: null, counted: false }, "本人声明", "warn"],
]) {
  test(`an attempt ${answer.verdict} ${answer.band} reads ${title}`, () => {
    const told = logic("standing").ofAnswer({ ...answer, message: "服务器的话" });
    assert.deepEqual([told.title, told.tone, told.lines], [title, tone, ["服务器的话"]]);
  });
}

test("each trouble with the position has its name and its way out", () => {
  const { LocationTrouble } = phone.load("services/position.js");
  const { ofTrouble } = logic("standing");
  for (const [code, title, wayOut] of [
    ["not_allowed", "没有位置权限", "wechat"],
    ["system_denied", "手机没有允许微信使用位置", "system"],
    ["switched_off", "手机定位没有打开", ""],
    ["reduced_accuracy", "手机只给出大概位置", "system"],
    ["no_signal", "没有取到位置", ""],
    ["privacy", "还没有同意隐私保护指引", ""],
  ]) {
    const told = ofTrouble(new LocationTrouble(code));
    assert.deepEqual([told.title, told.wayOut], [title, wayOut]);
    assert.match(told.lines[0], /[一-龥]/);
  }
});

// -- errors --------------------------------------------------------------------------------------

test("an error is told by its own sentence, with the fields it names", () => {
  const { ApiError } = phone.load("services/api.js");
  const { textOf } = logic("errors");
  assert.equal(textOf(new ApiError(409, "leave_overlaps", "该时段已有请假", { leave_ids: ["x"] })), "该时段已有请假");
  const invalid = new ApiError(422, "invalid", "填写的内容有误", { reason: ["x"], consent: { by: ["y"] }, nobody: ["z"] });
  assert.equal(textOf(invalid), "填写的内容有误：事由、准假人");
  assert.equal(textOf(new ApiError(422, "invalid", "填写的内容有误", {})), "填写的内容有误");
});

test("a fault of the program itself is no English on the screen", () => {
  const { textOf } = logic("errors");
  assert.match(textOf(new TypeError("x is not a function")), /^[一-龥，；]+$/);
  assert.match(textOf(undefined), /^[一-龥，；]+$/);
});

test("a refusal says its reasons behind its sentence", () => {
  const { textOf } = logic("errors");
  const error = { code: "successor_unqualified", message: "该同志不符合第一书记条件", details: { reasons: ["不是正式党员", "职级不够"] } };
  assert.equal(textOf(error), "该同志不符合第一书记条件：不是正式党员、职级不够");
});

// -- who I am ------------------------------------------------------------------------------------

test("a mandate to inspect is no office over an area", () => {
  const { areaOn, mandatesOn, placesOfDuties } = logic("me");
  const held = (role, id, level, days = {}) => ({ role, area: { id, name: id, level }, unit: null, first_day: "2026-01-01", last_day: null, ...days });
  const me = {
    postings: [],
    offices: [
      held("inspector", "c", "county"),
      held("inspector", "c", "county", { first_day: "2026-02-01" }),
      held("inspector", "u", "township", { last_day: "2026-06-30" }),
      held("township_clerk", "t", "township"),
    ],
  };
  assert.deepEqual([areaOn(me, "2026-11-20").id, placesOfDuties(me, "2026-11-20")], ["t", []]);
  assert.deepEqual(mandatesOn(me, "2026-11-20").map(({ id }) => id), ["c"]);
  assert.deepEqual(mandatesOn(me, "2026-06-30").map(({ id }) => id), ["c", "u"]);
});

test("the widest area of my offices of today is the one I look at", () => {
  const { areaOn, ownVillageOn, postingOn, villagesBetween } = logic("me");
  const village = (name) => ({ id: name, name, level: "village" });
  const me = {
    postings: [
      { village: village("旧村"), first_day: "2025-01-01", last_day: "2026-11-10" },
      { village: village("新村"), first_day: "2026-11-10", last_day: null },
    ],
    offices: [
      { role: "township_clerk", area: { id: "t", name: "乡", level: "township" }, first_day: "2026-01-01", last_day: null },
      { role: "county_office", area: { id: "c", name: "县", level: "county" }, first_day: "2026-01-01", last_day: "2026-06-30" },
      { role: "unit_clerk", area: null, first_day: "2026-01-01", last_day: null },
    ],
  };
  assert.deepEqual([areaOn(me, "2026-11-20").id, areaOn(me, "2026-05-01").id, areaOn(me, "2025-06-01")], ["t", "c", null]);
  assert.equal(postingOn(me, "2026-11-10").village.name, "新村");
  assert.equal(ownVillageOn(me, "2026-11-09").name, "旧村");
  assert.deepEqual(villagesBetween(me, "2026-11-01", "2026-11-30").map(({ name }) => name), ["旧村", "新村"]);
  assert.deepEqual(villagesBetween(me, "2026-12-01", "2026-12-31").map(({ name }) => name), ["新村"]);
});

// -- sheets --------------------------------------------------------------------------------------

test("which step is whose depends on the sheet's state", () => {
  const { stepsOn } = logic("sheets");
  const sheet = { ...ANSWERS["sheets.get"], marks: {}, proposed: [] };
  const steps = (news, ...permissions) =>
    Object.entries(stepsOn({ ...sheet, ...news }, (name) => permissions.includes(name), "2026-11"))
      .filter(([, can]) => can)
      .map(([name]) => name);
  const clerk = ["submit_sheet", "check_sheet"];
  assert.deepEqual(steps({ state: "open" }, "submit_sheet"), ["submit"]);
  assert.deepEqual(steps({ state: "open", month: "2026-11" }, "submit_sheet"), []);
  assert.deepEqual(steps({ state: "submitted" }, "witness_sheet"), ["witness"]);
  assert.deepEqual(steps({ state: "submitted", marks: { witnessed: {} } }, "witness_sheet"), []);
  assert.deepEqual(steps({ state: "submitted" }, ...clerk), ["check", "giveBack"]);
  assert.deepEqual(steps({ state: "checked" }, ...clerk), ["giveBack"]);
  assert.deepEqual(steps({ state: "checked" }, "stamp_sheet"), ["stamp"]);
  assert.deepEqual(steps({ state: "amended" }, "stamp_sheet"), ["stamp"]);
  assert.deepEqual(steps({ state: "stamped" }, ...clerk), []);
  assert.deepEqual(steps({ state: "stamped", proposed: [{}] }, ...clerk), ["amend"]);
});

test("what came after the stamp is told day by day", () => {
  const [change] = logic("sheets").changesOf(ANSWERS["sheets.get"]);
  assert.equal(change.text, "曾福生 10月12日：未说明 → 在村");
  const [added] = logic("sheets").changesOf({ proposed: [{ person: ME, day: "2026-10-13", before: null, after: ["personal", "in_village"] }] });
  assert.equal(added.text, "曾福生 10月13日：不在表内 → 上午事假、下午在村");
});
