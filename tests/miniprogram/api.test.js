// The way to the server.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { ME } = require("./answers.js");
const { FakePhone, refusal } = require("./fake_phone.js");

/** Knows the tokens it gave since the last time it forgot them all. */
function serverForgetting(phone, { person = ME } = {}) {
  let given = 0;
  const valid = new Set();
  phone.server = ({ path, header }) => {
    if (path === "/sessions") {
      const token = `token-${++given}`;
      valid.add(`Bearer ${token}`);
      return { statusCode: 200, data: { token, person } };
    }
    return valid.has(header.authorization) ? { statusCode: 200, data: { ok: true } } : refusal(401, "session_ended");
  };
}

test("the first request signs in by itself", async () => {
  const phone = new FakePhone();
  serverForgetting(phone);
  assert.deepEqual(await phone.load("services/api.js").request("GET", "/today"), { ok: true });
  assert.deepEqual(phone.sent("/sessions"), [{ code: "code-1" }]);
});

test("after a 401 the phone signs in once and sends once more", async () => {
  const phone = new FakePhone().signIn();
  serverForgetting(phone);
  const api = phone.load("services/api.js");
  const answers = await Promise.all([api.request("GET", "/me"), api.request("GET", "/today")]);
  assert.deepEqual(answers, [{ ok: true }, { ok: true }]);
  assert.equal(phone.logins, 1);
  assert.equal(phone.requests.length, 5);
});

test("a 401 that arrives late uses the session made meanwhile", async () => {
  const phone = new FakePhone().signIn();
  serverForgetting(phone);
  const answer = phone.server;
  const api = phone.load("services/api.js");
  const early = api.request("GET", "/me");
  phone.server = async (request) => {
    if (request.path === "/leaves") await early;
    return answer(request);
  };
  await Promise.all([early, api.request("GET", "/leaves")]);
  assert.equal(phone.logins, 1);
});

test("a second 401 is told, not repeated", async () => {
  const phone = new FakePhone().signIn();
  phone.server = ({ path }) =>
    path === "/sessions" ? { statusCode: 200, data: { token: "t", person: ME } } : refusal(401, "session_ended");
  await assert.rejects(phone.load("services/api.js").request("GET", "/today"), { status: 401, code: "session_ended" });
  assert.equal(phone.sent("/today").length, 2);
});

test("what one person began is not sent as another", async () => {
  const phone = new FakePhone().signIn();
  serverForgetting(phone, { person: { id: "person-2", name: "钟秋香" } });
  await assert.rejects(phone.load("services/api.js").request("POST", "/checkins", {}), { code: "person_changed" });
  assert.equal(phone.sent("/checkins").length, 1);
});

test("the latest time ticket is kept however its header is written, also from refusals", async () => {
  const phone = new FakePhone().signIn();
  const api = phone.load("services/api.js");
  for (const [name, ticket] of [["X-Time-Ticket", "a"], ["x-time-ticket", "b"], ["X-TIME-TICKET", "c"]]) {
    phone.server = () => ({ ...refusal(409, "no"), header: { [name]: ticket } });
    await assert.rejects(api.request("GET", "/today"));
    assert.equal(api.ticket(), ticket);
  }
});

test("every failure has one shape", async () => {
  const phone = new FakePhone().signIn();
  const api = phone.load("services/api.js");
  for (const [answer, expected] of [
    [
      refusal(422, "invalid", "填写的内容有误", { fix: ["x"] }),
      { status: 422, code: "invalid", message: "填写的内容有误", details: { fix: ["x"] } },
    ],
    [{ statusCode: 502, data: "<html>Bad Gateway</html>" }, { status: 502, code: "unreadable" }],
    [{ statusCode: 200, data: "<html>请先登录无线网</html>" }, { status: 200, code: "unreadable" }],
    ["lost", { status: 0, code: "offline" }],
  ]) {
    phone.server = () => answer;
    await assert.rejects(api.request("GET", "/today"), expected);
  }
});

test("a file is fetched with the session, which a 401 renews", async () => {
  const phone = new FakePhone();
  serverForgetting(phone);
  const api = phone.load("services/api.js");
  const { CALLS } = phone.load("services/leave.js");
  phone.signIn();
  assert.match(await api.download(CALLS.slip, { params: { leave_id: "l-1" } }), /slip$/);
  assert.deepEqual(phone.requests.map(({ header }) => header.authorization), ["Bearer token-0", undefined, "Bearer token-1"]);
});

test("a file that does not come is told in Chinese", async () => {
  const phone = new FakePhone().signIn();
  const api = phone.load("services/api.js");
  const { CALLS } = phone.load("services/leave.js");
  const fetch = () => api.download(CALLS.slip, { params: { leave_id: "l-1" } });
  phone.answers["leave.slip"] = refusal(404, "leave_not_found");
  await assert.rejects(fetch(), { status: 404, message: /没有取到文件/ });
  phone.isOnline = false;
  await assert.rejects(fetch(), { status: 0, code: "offline" });
});

test("what is empty is not asked for, and what is asked for is written as an address wants it", () => {
  const { addressOf } = new FakePhone().load("services/api.js");
  const call = { path: "/attendance/{month}", query: ["village", "township"] };
  assert.equal(addressOf(call, { month: "2026-11" }, { village: null, township: "" }), "/attendance/2026-11");
  assert.equal(addressOf(call, { month: "a/b" }, { village: "甲&乙" }), "/attendance/a%2Fb?village=%E7%94%B2%26%E4%B9%99");
});

test("who signed out stays out until they ask to come in again", async () => {
  const phone = new FakePhone().signIn();
  const identity = phone.load("services/identity.js");
  await identity.me();
  await identity.logout();
  assert.deepEqual(phone.requests.at(-1).url.endsWith("/sessions/current"), true);
  assert.equal(identity.lastMe(), null);
  await assert.rejects(identity.login(), { code: "signed_out" });
  assert.equal(phone.logins, 0);
  await identity.loginAgain();
  assert.equal(phone.logins, 1);
});

test("a fresh binding ticket goes with the proof, and the session is kept", async () => {
  const phone = new FakePhone();
  phone.server = ({ path }) =>
    path === "/sessions"
      ? refusal(403, "not_bound", "首次使用", { binding_ticket: "ticket-1" })
      : { statusCode: 200, data: { token: "t", person: ME } };
  const identity = phone.load("services/identity.js");
  await assert.rejects(identity.login(), { code: "not_bound" });
  await identity.bindByInvitation(" abcd2345ef ");
  assert.deepEqual(phone.sent("/bindings"), [{ ticket: "ticket-1", invitation_code: "ABCD2345EF" }]);
  assert.deepEqual(await identity.login(), ME);
});

test("a file is sent under its field with the session, and again with a fresh one after a 401", async () => {
  const phone = new FakePhone().signIn();
  phone.files.add("wxfile://usr/photos/1.jpg");
  let refused = 0;
  phone.server = ({ path, header }) => {
    if (path === "/sessions") return phone.answer({ path, method: "POST" });
    if (header.authorization !== "Bearer token-0") return { statusCode: 201, data: { id: "p", client_key: "k" } };
    refused += 1;
    return refusal(401, "unauthenticated");
  };
  const given = { name: "photo", file: "wxfile://usr/photos/1.jpg", fields: { client_key: "k" } };
  const answer = await phone.load("services/api.js").upload("/visits/v/photos", given);
  assert.deepEqual([answer.id, refused, phone.logins], ["p", 1, 1]);
});

test("an answer to a file that is no JSON is no success", async () => {
  const phone = new FakePhone().signIn();
  phone.files.add("f");
  phone.server = () => ({ statusCode: 200, data: "<html>请先登录无线网</html>" });
  const given = { name: "photo", file: "f", fields: { client_key: "k" } };
  await assert.rejects(phone.load("services/api.js").upload("/visits/v/photos", given), { code: "unreadable" });
});
