// Prints, one JSON to a line, every request the services make for a day: sign in, bind, consent, check in, answer a
// roll-call, declare, answer a finding and a recall, enter a trip, ask for leave and take it back, visit a household with a photo and settle what was found, look at the month and the
// messages. Words in capitals stand for what the server gives.

const { ANSWERS, QUARTER, TODAY } = require("./answers.js");
const { FakePhone, refusal } = require("./fake_phone.js");

const { newVisit } = require("../../miniprogram_stub/logic/visit_form.js");

const [latitude, longitude, loginCode, phoneCode] = process.argv.slice(2);
const DRAFT = {
  kind: "trip",
  first_day: TODAY,
  first_half: "morning",
  last_day: TODAY,
  last_half: "afternoon",
  reason: "到市里跑项目",
  destination: "赣州市",
  work_goes_to: "",
  consent: null,
};

async function main() {
  const phone = new FakePhone();
  phone.fix = { ...phone.fix, latitude: Number(latitude), longitude: Number(longitude) };
  phone.loginCode = () => loginCode;
  phone.answers["api.signIn"] = refusal(403, "not_bound", "首次使用", { binding_ticket: "TICKET" });
  phone.answers["identity.bind"] = { ...ANSWERS["identity.bind"], token: "TOKEN" };
  const load = (name) => phone.load(`services/${name}.js`);
  const [attendance, checkin, identity] = ["attendance", "checkin", "identity"].map(load);
  const [leave, messages] = ["leave", "messages"].map(load);
  const [allowances, oversight] = ["allowances", "oversight"].map(load);

  await identity.bindByPhone(phoneCode);
  await identity.notice();
  await identity.consent(2);
  await identity.me();
  await attendance.today();
  await checkin.checkIn();
  await oversight.answerFromHere("ROLL_CALL");
  await identity.withdraw();
  await checkin.declare();

  await oversight.mine();
  await oversight.finding("FINDING");
  await oversight.answerFinding("FINDING", "当时在镇里交材料");
  await oversight.recall("RECALL");
  await oversight.answerRecall("RECALL", "我愿意改正");

  await allowances.record(TODAY, "out");
  await allowances.trips(TODAY.slice(0, 7));
  await allowances.withdraw("TRIP");

  await leave.preview(DRAFT);
  await leave.ask(DRAFT);
  await leave.list({ state: "submitted" });
  await leave.get("LEAVE");
  await leave.openSlip("LEAVE");
  await leave.withdraw("LEAVE");

  await visitAndSettle(phone);

  await attendance.monthOfVillage(TODAY.slice(0, 7), "VILLAGE");
  await checkin.attempts(TODAY.slice(0, 7));
  await messages.list();
  await messages.unread();
  await messages.templatesOf([]);
  await phone.load("services/feedback.js").say("字再大一点就好了");
  await identity.data();
  await identity.openData();
  await identity.logout();
  for (const request of phone.requests) console.log(JSON.stringify(request));
}

/** A visit with everything on its form and a photo, and the problem found on it, settled. */
async function visitAndSettle(phone) {
  const [outbox, pictures, visits] = ["outbox", "pictures", "visits"].map((name) => phone.load(`services/${name}.js`));
  const { bodyOf } = phone.load("logic/visit_form.js");
  const { CHECKLIST, TOPICS } = phone.load("logic/words.js");
  phone.answers["visits.record"] = { ...ANSWERS["visits.record"], id: "VISIT" };
  const minutesAgo = new Date(Date.now() - 60000);
  const visit = {
    ...newVisit("HOUSEHOLD", minutesAgo),
    note: "家中平安",
    checklist: Object.fromEntries(Object.keys(CHECKLIST).map((item) => [item, "secured"])),
    topics: Object.fromEntries(Object.keys(TOPICS).map((topic) => [topic, "都好"])),
    present: "户主、老伴",
    needs: "修屋顶",
    helped: "已联系施工队",
    reported: "无",
    next_visit_on: TODAY,
    problems: [{ item: "housing", description: "屋顶漏雨" }],
  };
  await visits.households();
  await visits.readHousehold("HOUSEHOLD", "入户走访");
  await visits.due(QUARTER);
  await visits.dueByDistance(QUARTER);
  await visits.record(bodyOf(visit), await pictures.take(1));
  await outbox.send();
  await visits.visitsTo("HOUSEHOLD");
  await visits.mine();
  await visits.get("VISIT");
  await visits.correct("VISIT", { reason: "写错了", note: "家中都好" });
  await visits.problems({ state: "open" });
  await visits.problem("PROBLEM");
  await visits.takeStep("PROBLEM", { kind: "assign", note: "", responsible: "李副乡长", due_on: TODAY });
  await visits.takeStep("PROBLEM", { kind: "settle", note: "已修好", responsible: null, due_on: null });
  await visits.quarterOf(QUARTER, "VILLAGE");
}

main();
