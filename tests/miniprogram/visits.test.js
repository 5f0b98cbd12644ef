// 走访 on the phone: what is owed, the form, photos on their way, problems, the quarter.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ANSWERS, HOUSEHOLD_ID, MATE, PHOTO_ID, PROBLEM_ID, QUARTER, TODAY, TOWNSHIP, VISIT_ID } = require("./answers.js");
const { FakePhone, input, refusal, rest, tap } = require("./fake_phone.js");

const PHOTOS = `/visits/${VISIT_ID}/photos`;

function signedIn(answers = {}) {
  const phone = new FakePhone().signIn();
  Object.assign(phone.answers, answers);
  return phone;
}

/** A phone whose server keeps what it is sent once, by its key. */
function keepingPhone(answers = {}) {
  const phone = signedIn(answers);
  phone.stored = new Map();
  phone.server = async (request) => {
    const answer = await phone.answer(request);
    if (request.method === "POST" && answer.statusCode < 300) phone.stored.set(request.data.client_key, request.path);
    return answer;
  };
  return phone;
}

async function openForm(phone, options = { household: HOUSEHOLD_ID }) {
  await phone.visit("pages/visits/list");
  return phone.visit("pages/visits/new", options);
}

/** A form with its one line and so many photos. */
async function filledIn(phone, photos = 0) {
  const form = await openForm(phone);
  form.onText(input("家中平安", { name: "note" }));
  for (let taken = 0; taken < photos; taken += 1) await form.onCamera();
  return form;
}

function waiting(phone) {
  return phone.load("services/outbox.js").items();
}

// -- what is owed --------------------------------------------------------------------------------

test("the list says whom I owe a visit until when, and how the quarter stands", async () => {
  const phone = signedIn();
  const list = await phone.visit("pages/visits/list");
  const [row] = list.data.due;
  assert.deepEqual([row.title, row.place, row.until, row.state], ["张** 脱贫不稳定户", "杨梅村", "请在12月31日前走访", "待走访"]);
  assert.match(list.data.tally.join(), /应走访 2 户，已走访 1 户，未走访 1 户.*宽限 1 户.*覆盖 2 户（66\.6%）/);
  assert.deepEqual(list.data.households.map(({ help }) => help), ["我的结对户"]);
  list.onHousehold(tap({ id: row.id }));
  assert.deepEqual(phone.visited, [`/pages/visits/household?id=${HOUSEHOLD_ID}`]);
});

test("an overdue visit says so", async () => {
  const [item] = ANSWERS["visits.due"].items;
  const due = { ...ANSWERS["visits.due"], items: [{ ...item, status: "overdue" }] };
  const list = await signedIn({ "visits.due": due }).visit("pages/visits/list");
  assert.deepEqual([list.data.due[0].state, list.data.due[0].until, list.data.due[0].tone], ["逾期未走访", "应在12月31日前走访", "bad"]);
});

test("without a network the list of the last time is shown", async () => {
  const phone = signedIn();
  await phone.visit("pages/visits/list");
  phone.isOnline = false;
  const list = await phone.restart().visit("pages/visits/list");
  assert.deepEqual([list.data.due.length, list.data.households.length], [1, 1]);
  assert.match(list.data.message, /网络/);
});

test("another quarter shows nothing of this one", async () => {
  const phone = signedIn();
  const list = await phone.visit("pages/visits/list");
  phone.isOnline = false;
  await list.onEarlier();
  assert.deepEqual([list.data.due, list.data.tally, list.data.isPresent], [[], [], false]);
  await list.onLater();
  assert.deepEqual([list.data.due.length, list.data.isPresent], [1, true]);
});

test("the nearest first takes one position, to about a kilometre and no finer", async () => {
  const phone = signedIn();
  phone.fix = { ...phone.fix, latitude: 25.85123, longitude: 114.93349 };
  const list = await phone.visit("pages/visits/list");
  await list.onSort();
  assert.equal(phone.fixes, 1);
  const asked = new URL(phone.requests.at(-1).url).searchParams;
  assert.deepEqual(
    ["latitude_deg", "longitude_deg", "datum", "quarter"].map((name) => asked.get(name)),
    ["25.85", "114.93", "wgs84", QUARTER],
  );
  assert.equal(list.data.isSorted, true);
});

test("without consent the nearest first leads to the notice and takes no position", async () => {
  const consents = [{ purpose: "location", version: 1, given_at: null }];
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], consents } });
  const list = await phone.visit("pages/visits/list");
  list.onSort();
  assert.deepEqual([phone.visited, phone.fixes], [["/pages/notice/notice"], 0]);
});

test("who has no visits to make is asked for none", async () => {
  const phone = signedIn({ "identity.me": { ...ANSWERS["identity.me"], may: ["see_own"] } });
  const list = await phone.visit("pages/visits/list");
  assert.deepEqual([list.data.maySee, phone.sent("/visits/due"), phone.sent("/households")], [false, [], []]);
});

// -- a household ---------------------------------------------------------------------------------

test("a household is shown masked, and in full only for a reason", async () => {
  const phone = signedIn();
  await phone.visit("pages/visits/list");
  const page = await phone.visit("pages/visits/household", { id: HOUSEHOLD_ID });
  assert.deepEqual([page.data.title, page.data.place, page.data.facts], ["张** 脱贫不稳定户", "杨梅村", []]);
  await page.onReveal();
  assert.equal(page.data.message, "请先选择或写明查看事由");
  assert.deepEqual(phone.sent(`/households/${HOUSEHOLD_ID}`), []);
  page.onReason(tap({ value: "入户走访" }));
  await page.onReveal();
  assert.equal(new URL(phone.requests.at(-1).url).searchParams.get("reason"), "入户走访");
  assert.ok(page.data.facts.some(({ text }) => text === "张大明"));
  assert.ok(![...phone.storage.values()].join().includes("张大明"), "nothing read in full stays on the phone");
});

// -- the form ------------------------------------------------------------------------------------

test("time, way and one line are enough", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  assert.equal(form.data.household, "张** 脱贫不稳定户 杨梅村");
  await form.onSubmit();
  const [{ client_key, occurred_at, ...sent }] = phone.sent("/visits");
  assert.match(client_key, /^[0-9a-f-]{36}$/);
  assert.equal(occurred_at.slice(0, 10), TODAY);
  assert.deepEqual(sent, {
    household_id: HOUSEHOLD_ID, way: "at_home", note: "家中平安", content: {}, problems: [], photos_expected: 0,
  });
  assert.deepEqual(phone.visited, [`/pages/visits/detail?id=${VISIT_ID}`]);
});

test("all that the paper form asks can be told", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  form.onWay(tap({ value: "phone" }));
  form.onFinding(tap({ item: "housing", value: "problem" }));
  form.onFinding(tap({ item: "water", value: "secured" }));
  form.onFinding(tap({ item: "water", value: "secured" }));
  form.onTopic(input(" 在县城务工 ", { value: "employment" }));
  form.onTopic(input(" ", { value: "other" }));
  form.onAddProblem();
  form.onProblemItem(input(10, { number: 0 }));
  form.onProblemText(input("屋顶漏雨", { number: 0 }));
  form.onText(input("户主、老伴", { name: "present" }));
  form.onText(input("修屋顶", { name: "needs" }));
  form.onNext(input("2027-01-10"));
  await form.onSubmit();
  const [{ way, content, problems }] = phone.sent("/visits");
  assert.equal(way, "phone");
  assert.deepEqual(content, {
    checklist: { housing: "problem" },
    topics: { employment: "在县城务工" },
    present: ["户主", "老伴"],
    needs: "修屋顶",
    next_visit_on: "2027-01-10",
  });
  assert.deepEqual(problems, [{ item: form.data.items[10].value, description: "屋顶漏雨" }]);
});

test("what cannot be sent is said before it is sent", async () => {
  const phone = signedIn();
  const form = await openForm(phone);
  await form.onSubmit();
  assert.equal(form.data.message, "请写一句走访情况");
  form.onText(input("身份证 36070219700101123X", { name: "note" }));
  await form.onSubmit();
  assert.equal(form.data.message, "不能写身份证号");
  form.onText(input("平安", { name: "note" }));
  form.onAddProblem();
  await form.onSubmit();
  assert.equal(form.data.message, "每个问题须选一项并写明情况");
  form.onDropProblem(tap({ number: 0 }));
  form.onDay(input("2099-01-01"));
  await form.onSubmit();
  assert.equal(form.data.message, "走访时间不能晚于现在");
  assert.deepEqual(phone.sent("/visits"), []);
});

test("a form left in the middle is there again after the app was closed", async () => {
  const phone = signedIn();
  const form = await filledIn(phone, 1);
  form.onFinding(tap({ item: "food", value: "problem" }));
  const again = await phone.restart().visit("pages/visits/new", { household: HOUSEHOLD_ID });
  assert.deepEqual([again.data.visit.note, again.data.visit.files.length, again.data.open.checklist], ["家中平安", 1, true]);
  await again.onSubmit();
  const fresh = await phone.visit("pages/visits/new", { household: HOUSEHOLD_ID });
  assert.equal(fresh.data.visit.note, "");
});

// -- photos --------------------------------------------------------------------------------------

test("a visit with two photos made offline is sent once the network is back, each photo with its own key", async () => {
  const phone = keepingPhone();
  await phone.visit("pages/visits/list");
  phone.isOnline = false;
  const form = await filledIn(phone, 2);
  await form.onSubmit();
  assert.deepEqual([phone.visited.at(-1), waiting(phone).map(({ kind }) => kind)], ["back", ["visit", "photo", "photo"]]);
  assert.equal(phone.files.size, 2);
  phone.isOnline = true;
  await phone.restart().load("services/outbox.js").send();
  assert.equal(phone.sent("/visits").at(-1).photos_expected, 2);
  const photos = phone.sent(PHOTOS);
  assert.equal(new Set(photos.map(({ client_key }) => client_key)).size, 2);
  assert.equal(new Set(photos.map(({ photo }) => photo)).size, 2);
  assert.deepEqual([waiting(phone), phone.files.size, phone.stored.size], [[], 0, 3]);
});

test("no lost answer doubles a visit or a photo", async () => {
  const phone = keepingPhone();
  const keep = phone.server;
  let lost = 0;
  phone.server = async (request) => {
    const answer = await keep(request);
    const isLost = request.method === "POST" && lost < 3 && (lost += 1);
    return isLost ? "lost" : answer;
  };
  const form = await filledIn(phone, 2);
  await form.onSubmit();
  for (let tries = 0; tries < 4; tries += 1) await phone.restart().load("services/outbox.js").send();
  assert.deepEqual([waiting(phone), phone.stored.size, lost], [[], 3, 3]);
});

test("an app killed between a visit and its photos sends the photos the next time", async () => {
  const phone = keepingPhone();
  const keep = phone.server;
  phone.server = (request) => (request.path === PHOTOS ? "lost" : keep(request));
  const form = await filledIn(phone, 2);
  await form.onSubmit();
  await rest();
  const left = waiting(phone.restart());
  assert.deepEqual(left.map(({ kind, path }) => [kind, path]), [["photo", PHOTOS], ["photo", PHOTOS]]);
  phone.server = keep;
  await phone.load("services/outbox.js").send();
  assert.deepEqual([waiting(phone), phone.sent("/visits").length], [[], 1]);
});

test("photos wait where the server has no room, and let what people wrote go first", async () => {
  const phone = signedIn({ "visits.addPhoto": refusal(507, "no_room", "暂时存不下照片") });
  const form = await filledIn(phone, 1);
  await form.onSubmit();
  await rest();
  await phone.load("services/checkin.js").declare();
  assert.equal(phone.sent("/checkins").length, 1);
  const [photo] = waiting(phone);
  assert.deepEqual([photo.state, photo.reason], ["waiting", "暂时存不下照片"]);
});

test("a photo the server does not take is shown with the reason, and goes when it is read", async () => {
  const phone = signedIn({ "visits.addPhoto": refusal(415, "not_an_image", "不是照片") });
  const form = await filledIn(phone, 1);
  await form.onSubmit();
  await rest();
  const list = await phone.visit("pages/visits/list");
  const [row] = list.data.outbox;
  assert.deepEqual([row.name, row.stateText, row.reason], ["照片", "未被接受", "不是照片"]);
  await list.onDiscard(tap({ key: row.client_key }));
  assert.deepEqual([list.data.outbox, phone.files.size], [[], 0]);
});

test("a photo whose file is gone is named, and stops nothing else", async () => {
  const phone = keepingPhone();
  await phone.visit("pages/visits/list");
  phone.isOnline = false;
  const form = await filledIn(phone, 2);
  await form.onSubmit();
  phone.files.delete([...phone.files][0]);
  phone.isOnline = true;
  await phone.load("services/outbox.js").send();
  assert.deepEqual(waiting(phone).map(({ reason }) => reason), ["这张照片已不在手机上"]);
  assert.equal(phone.sent(PHOTOS).length, 1);
});

test("nine photos are the most, and giving up the camera takes none", async () => {
  const phone = signedIn();
  const form = await filledIn(phone, 9);
  assert.deepEqual([form.data.visit.files.length, form.data.photosLeft], [9, 0]);
  await form.onDropPhoto(tap({ file: form.data.visit.files[0] }));
  assert.deepEqual([form.data.photosLeft, phone.files.size], [1, 8]);
  phone.agrees = false;
  await form.onCamera();
  assert.deepEqual([form.data.photosLeft, form.data.message], [1, ""]);
});

test("a phone without room says so, and the visit can be sent without photos", async () => {
  const phone = signedIn();
  const form = await filledIn(phone);
  phone.roomForFiles = false;
  await form.onCamera();
  assert.match(form.data.message, /存不下照片/);
  await form.onSubmit();
  assert.equal(phone.sent("/visits").length, 1);
});

test("files that nothing names any more are removed, others stay", async () => {
  const phone = signedIn();
  await phone.visit("pages/visits/list");
  phone.isOnline = false;
  const form = await filledIn(phone, 1);
  await form.onSubmit();
  phone.files.add("wxfile://usr/photos/orphan.jpg");
  await phone.restart().visit("pages/visits/new", { household: HOUSEHOLD_ID });
  assert.deepEqual([...phone.files].map((file) => file.includes("orphan")), [false]);
});

test("nearly full storage is told", async () => {
  const phone = signedIn();
  phone.isOnline = false;
  await phone.load("services/checkin.js").declare();
  phone.limitKb = 1;
  const [home, list] = [await phone.visit("pages/home/home"), await phone.visit("pages/visits/list")];
  assert.deepEqual([home.data.isFull, list.data.isFull], [true, true]);
});

// -- conflicts -----------------------------------------------------------------------------------

test("a visit refused at once can be mended on the spot and is sent once more, with its photos", async () => {
  const phone = signedIn({ "visits.record": refusal(422, "visit_in_future", "走访时间不能是将来") });
  const form = await filledIn(phone, 1);
  await form.onSubmit();
  assert.equal(form.data.message, "走访时间不能是将来");
  phone.answers["visits.record"] = ANSWERS["visits.record"];
  await form.onSubmit();
  await rest();
  const [first, second] = phone.sent("/visits");
  assert.notEqual(first.client_key, second.client_key);
  assert.deepEqual([waiting(phone), phone.sent(PHOTOS).length, phone.files.size], [[], 1, 0]);
});

test("a visit refused later stays to be seen with its photos, and is mended from the list", async () => {
  const phone = signedIn();
  await phone.visit("pages/visits/list");
  phone.isOnline = false;
  const form = await filledIn(phone, 2);
  await form.onSubmit();
  phone.isOnline = true;
  phone.answers["visits.record"] = refusal(409, "key_reused", "同一编号已用于另一条记录");
  const list = await phone.restart().visit("pages/visits/list");
  const [row] = list.data.outbox;
  assert.deepEqual([row.stateText, row.reason, row.canMend], ["未被接受", "同一编号已用于另一条记录", true]);
  list.onMend(tap({ key: row.client_key }));
  assert.equal(phone.visited.at(-1), `/pages/visits/new?mends=${row.client_key}`);
  phone.answers["visits.record"] = ANSWERS["visits.record"];
  const again = await phone.visit("pages/visits/new", { mends: row.client_key });
  assert.deepEqual([again.data.visit.note, again.data.visit.files.length], ["家中平安", 2]);
  await again.onSubmit();
  await rest();
  assert.deepEqual([waiting(phone), phone.sent(PHOTOS).length, phone.files.size], [[], 2, 0]);
});

test("giving up a refused visit asks first and takes its photos along", async () => {
  const phone = signedIn({ "visits.record": refusal(409, "key_reused", "冲突") });
  const form = await filledIn(phone, 1);
  await form.onSubmit();
  const list = await phone.visit("pages/visits/list");
  const key = list.data.outbox[0].client_key;
  phone.agrees = false;
  await list.onDiscard(tap({ key }));
  assert.equal(waiting(phone).length, 2);
  phone.agrees = true;
  await list.onDiscard(tap({ key }));
  assert.deepEqual([waiting(phone), phone.files.size], [[], 0]);
});

// -- one visit -----------------------------------------------------------------------------------

test("a visit shows what was told, its photos and those still missing", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/visits/detail", { id: VISIT_ID });
  assert.deepEqual([page.data.row.note, page.data.missing], ["家中平安", 1]);
  assert.ok(page.data.facts.some(({ name, text }) => name === "住房安全" && text === "有问题"));
  assert.ok(page.data.facts.some(({ name, text }) => name === "劳动力就业" && text === "在县城务工"));
  assert.ok(page.data.photos[0].file && page.data.photos[0].isMine);
  await page.onPhoto(tap({ id: PHOTO_ID }));
  assert.equal(phone.previewed.length, 1);
  await page.onDelete(tap({ id: PHOTO_ID }));
  assert.ok(phone.requests.some(({ method, url }) => method === "DELETE" && url.endsWith(`/photos/${PHOTO_ID}`)));
});

test("my visit is told anew or withdrawn with a reason, another's is not", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/visits/detail", { id: VISIT_ID });
  page.onFold();
  await page.onCorrect();
  assert.equal(page.data.message, "请写明更正后的情况和理由");
  page.onText(input("户主不在家，见到老伴", { name: "note" }));
  page.onText(input("写错了", { name: "reason" }));
  await page.onCorrect();
  assert.deepEqual([page.data.done, page.data.corrects, page.data.reason], ["已更正", false, ""]);
  await page.onWithdraw();
  assert.equal(page.data.message, "请写明撤销的理由");
  page.onText(input("记错了户", { name: "reason" }));
  phone.isOnline = false;
  await page.onWithdraw();
  assert.match(page.data.done, /有网络时自动发出/);
  assert.deepEqual(waiting(phone).map(({ kind }) => kind), ["correction"]);
  const sent = phone.sent(`/visits/${VISIT_ID}/corrections`).map(({ client_key, ...rest }) => rest);
  assert.deepEqual(sent, [{ reason: "写错了", note: "户主不在家，见到老伴" }, { reason: "记错了户", withdrawn: true }]);
  const other = signedIn({ "visits.get": { ...ANSWERS["visits.get"], person: MATE } });
  assert.equal((await other.visit("pages/visits/detail", { id: VISIT_ID })).data.isMine, false);
});

test("the author reads why a visit is hidden from others, in the list and on its page", async () => {
  const content_notice = "微信内容安全检查提示文字可能违规，暂时只有您和乡镇看得到；如属误判，请联系乡镇核实放开";
  const [visit] = ANSWERS["visits.list"].items;
  const phone = signedIn({
    "visits.list": { items: [{ ...visit, content_notice }], next_cursor: null },
    "visits.get": { ...ANSWERS["visits.get"], content_notice, content_reading: "own" },
  });
  const list = await phone.visit("pages/visits/mine");
  const page = await phone.visit("pages/visits/detail", { id: VISIT_ID });
  for (const row of [list.data.visits[0], page.data.row]) assert.ok(row.notes.includes(content_notice));
  assert.deepEqual([page.data.row.note, page.data.asksRelease], ["家中平安", false]);
});

test("a hidden photo is not fetched, and says so", async () => {
  const photo = { ...ANSWERS["visits.get"].photos[0], content_notice: "照片待乡镇核实，暂不显示", content_reading: "hidden" };
  const phone = signedIn({ "visits.get": { ...ANSWERS["visits.get"], photos: [photo] } });
  const page = await phone.visit("pages/visits/detail", { id: VISIT_ID });
  assert.ok(!phone.requests.some(({ url }) => url.includes("/photos/")));
  assert.deepEqual([page.data.photos[0].file, page.data.photos[0].text.startsWith("照片待乡镇核实")], ["", true]);
});

test("the township releases the words or one photo, with a reason", async () => {
  const photo = { ...ANSWERS["visits.get"].photos[0], content_reading: "to_release" };
  const visit = { ...ANSWERS["visits.get"], person: MATE, photos: [photo], content_reading: "to_release" };
  const phone = signedIn({ "visits.get": visit });
  const page = await phone.visit("pages/visits/detail", { id: VISIT_ID });
  assert.deepEqual([page.data.asksRelease, page.data.canRelease, page.data.photos[0].canRelease], [true, true, true]);
  await page.onRelease(tap({}));
  assert.equal(page.data.message, "请写明放开的理由");
  for (const dataset of [{}, { id: PHOTO_ID }]) {
    page.onText(input("方言用语", { name: "releaseReason" }));
    await page.onRelease(tap(dataset));
    assert.equal(page.data.done, "已放开，理由已留存");
  }
  assert.deepEqual(phone.sent(`/visits/${VISIT_ID}/release`), [
    { reason: "方言用语", photo_id: null },
    { reason: "方言用语", photo_id: PHOTO_ID },
  ]);
});

// -- problems ------------------------------------------------------------------------------------

test("open problems are listed, settled ones apart", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/visits/problems");
  assert.deepEqual(page.data.problems.map(({ title, notes }) => [title, notes]), [["张**：住房安全", ["还没有指派"]]]);
  await page.onFilter(tap({ state: "settled" }));
  assert.deepEqual(
    phone.requests.filter(({ url }) => url.includes("/problems")).map(({ url }) => new URL(url).searchParams.get("state")),
    ["open", "settled"],
  );
});

test("a problem is assigned with a day, settled with a word, and each is sent once", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/visits/problem", { id: PROBLEM_ID });
  assert.deepEqual(page.data.steps.map(({ text }) => text), ["指派李副乡长，12月1日前", "进展"]);
  page.onKind(tap({ value: "assign" }));
  await page.onSubmit();
  assert.equal(page.data.message, "请写明责任人");
  page.onText(input("李副乡长", { name: "responsible" }));
  page.onDue(input("2026-12-15"));
  await page.onSubmit();
  page.onKind(tap({ value: "settle" }));
  await page.onSubmit();
  assert.equal(page.data.message, "请写明做了什么");
  page.onText(input("已修好", { name: "note" }));
  await page.onSubmit();
  const steps = phone.sent(`/problems/${PROBLEM_ID}/steps`).map(({ client_key, ...step }) => step);
  assert.deepEqual(steps, [
    { kind: "assign", note: "", responsible: "李副乡长", due_on: "2026-12-15" },
    { kind: "settle", note: "已修好", responsible: null, due_on: null },
  ]);
});

test("a step without a network waits, one that is refused is told", async () => {
  const phone = signedIn();
  const page = await phone.visit("pages/visits/problem", { id: PROBLEM_ID });
  phone.isOnline = false;
  page.onText(input("已修好", { name: "note" }));
  await page.onSubmit();
  assert.match(page.data.done, /有网络时自动发出/);
  assert.deepEqual(waiting(phone).map(({ kind }) => kind), ["step"]);
  phone.isOnline = true;
  phone.answers["visits.takeStep"] = refusal(409, "problem_settled", "该问题已办结");
  const list = await phone.visit("pages/visits/list");
  assert.deepEqual(list.data.outbox.map(({ name, reason }) => [name, reason]), [["走访问题进展", "该问题已办结"]]);
});

// -- the quarter ---------------------------------------------------------------------------------

test("the quarter goes down from the township to the village, and up again", async () => {
  const office = { role: "township_clerk", area: TOWNSHIP, unit: null, first_day: "2026-01-01", last_day: null };
  const me = { ...ANSWERS["identity.me"], postings: [], offices: [office] };
  const village = { id: "v-2", name: "上坝村", level: "village" };
  const own = ANSWERS["visits.quarter"];
  const phone = signedIn({
    "identity.me": me,
    "visits.quarter": () => {
      const area = new URL(phone.requests.at(-1).url).searchParams.get("area");
      return area === TOWNSHIP.id ? { ...own, area: TOWNSHIP, by: "village", items: [{ ...own.items[0], helper: null, area: village }] } : own;
    },
  });
  const page = await phone.visit("pages/visits/quarter", { quarter: QUARTER });
  assert.deepEqual([page.data.area, page.data.rows[0].name, page.data.rows[0].goesOn, page.data.canGoUp], ["甲一乡", "上坝村", true, false]);
  await page.onDown(tap({ id: "v-2" }));
  assert.deepEqual([page.data.area, page.data.rows[0].goesOn, page.data.canGoUp], ["杨梅村", false, true]);
  await page.onUp();
  assert.equal(page.data.area, "甲一乡");
});

test("another's visit carries the name", () => {
  const phone = signedIn();
  const { visitRowOf } = phone.load("logic/visits.js");
  const [visit] = ANSWERS["visits.list"].items;
  assert.equal(visitRowOf(visit, MATE.id).title, "曾福生 入户 11月23日 09:30");
  assert.equal(visitRowOf(visit, visit.person.id).title, "入户 11月23日 09:30");
});

test("quarters turn with the year", () => {
  const { addQuarters, quarterOf, quarterText } = signedIn().load("logic/days.js");
  assert.deepEqual(["2026-01-01", "2026-03-31", "2026-04-01", "2026-12-31"].map(quarterOf), ["2026Q1", "2026Q1", "2026Q2", "2026Q4"]);
  assert.deepEqual([addQuarters("2026Q4", 1), addQuarters("2026Q1", -1), addQuarters("2026Q2", 7)], ["2027Q1", "2025Q4", "2028Q1"]);
  assert.equal(quarterText("2026Q4"), "2026年四季度");
});
