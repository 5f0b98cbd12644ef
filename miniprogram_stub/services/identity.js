// Signing in and out, binding this WeChat to a person of the roster, who I am, consent to the use of the position.

const api = require("./api.js");
const documents = require("./documents.js");
const memory = require("./memory.js");
const outbox = require("./outbox.js");

const CALLS = {
  bind: { method: "POST", path: "/bindings", body: ["ticket", "phone_code", "invitation_code"] },
  signOut: { method: "DELETE", path: "/sessions/current" },
  me: { method: "GET", path: "/me" },
  data: { method: "GET", path: "/me/data", query: ["format", "rows"] },
  notice: { method: "GET", path: "/notices/location" },
  consent: { method: "POST", path: "/consents", body: ["purpose", "version"] },
  withdraw: { method: "DELETE", path: "/consents/location" },
};

/** Sign in unless a session is kept; error `not_bound` where this WeChat belongs to nobody yet. */
async function login() {
  if (!api.person()) await api.signIn();
  return api.person();
}

/** Sign in again after signing out. */
function loginAgain() {
  api.admitSession();
  return login();
}

/** End the session here and on the server, and forget what was kept to look at; the outbox stays. */
async function logout() {
  await api.call(CALLS.signOut);
  memory.forget();
  api.dropSession();
}

/** Bind by the code of WeChat's phone number button. */
function bindByPhone(phoneCode) {
  return bind({ phone_code: phoneCode });
}

/** Bind by the invitation code of the county office. */
function bindByInvitation(invitationCode) {
  return bind({ invitation_code: invitationCode.trim().toUpperCase() });
}

async function bind(proof) {
  const ticket = await bindingTicket();
  if (ticket) api.keepSession(await api.callOpenly(CALLS.bind, { ticket, ...proof }));
}

/** A fresh ticket, since it lives ten minutes; null where this WeChat is bound already. */
async function bindingTicket() {
  try {
    await api.signIn();
    return null;
  } catch (error) {
    if (error.code !== "not_bound") throw error;
    return error.details.binding_ticket;
  }
}

/** Who I am, my postings and offices, what I may do. */
async function me() {
  return memory.remember("me", await api.call(CALLS.me));
}

/** The last answer of me(), or null. */
function lastMe() {
  return memory.recall("me");
}

/** How much is stored about me, of what kind, and who looked at it. */
function data() {
  return api.call(CALLS.data, { query: { rows: false } });
}

/** Everything stored about me as a workbook, to look at, keep or pass on. */
function openData() {
  return documents.open(CALLS.data, { query: { format: "xlsx" } }, "xlsx");
}

/** The notice to read before the first position: version and text. */
function notice() {
  return api.call(CALLS.notice);
}

/** Agree to the version read. */
function consent(version) {
  return api.call(CALLS.consent, { body: { purpose: "location", version } });
}

/** Withdraw the consent; positions still on the phone are not sent any more. */
async function withdraw() {
  await api.call(CALLS.withdraw);
  outbox.dropFixes();
}

module.exports = {
  CALLS,
  bindByInvitation,
  bindByPhone,
  consent,
  data,
  lastMe,
  login,
  loginAgain,
  logout,
  me,
  notice,
  openData,
  withdraw,
};
