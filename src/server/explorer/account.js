// The account menu: the password, the sessions and the API keys of the signed-in user, and signing out.

import { copy, make, page, readableTime } from "./dom.js";
import { closeMenus } from "./menus.js";
import { currentSession, endSession, isUnauthenticated, onSessionEnd, problemsOf, send, signOut, unreachable } from "./session.js";

const SESSIONS = "query Sessions { viewer { sessions { id createdAt lastUsedAt expiresAt userAgent isCurrent } } }";
const SESSION_REVOKE = "mutation SessionRevoke($id: ID!) { sessionRevoke(id: $id) { session { id } userErrors { code message path } } }";
const OTHERS_REVOKE = "mutation SessionRevokeOthers { sessionRevokeOthers { revokedCount userErrors { code message path } } }";
const KEYS = "query ApiKeys { viewer { apiKeys { id name prefix scope createdAt lastUsedAt expiresAt } } }";
const KEY_CREATE = "mutation ApiKeyCreate($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) { key apiKey { id name } userErrors { code message path } } }";
const KEY_REVOKE = "mutation ApiKeyRevoke($id: ID!) { apiKeyRevoke(id: $id) { apiKey { id } userErrors { code message path } } }";
const PASSWORD_UPDATE = "mutation UserPasswordUpdate($input: UserPasswordUpdateInput!) { userPasswordUpdate(input: $input) { user { id } userErrors { code message path } } }";
const SCOPES = { READ_ONLY: "Reads only", FULL: "Reads and writes" };

// Grows whenever the dialog opens or closes: an answer to what it showed before comes too late.
let shown = 0;
const isShown = (asked) => asked === shown && page.accountDialog.open;

// The field that a request asks for, or null once its problems are shown. Nothing is shown of an answer that comes too late;
// `late` is called with its field.
async function ask(query, field, variables = {}, late = () => {}) {
  const asked = shown;
  const token = currentSession()?.token;
  let problems = "";
  showProblem("");
  try {
    const answer = await send({ query, variables });
    if (isUnauthenticated(answer)) {
      // Another user may have signed in meanwhile.
      if (token && token === currentSession()?.token) endSession("Your session has ended. Sign in again.");
      return null;
    }
    const payload = answer.json?.data?.[field];
    problems = problemsOf(answer, payload);
    if (payload && !problems) {
      if (isShown(asked)) return payload;
      late(payload);
      return null;
    }
    problems ||= `The server answered ${answer.status}.`;
  } catch (error) {
    problems = unreachable(error);
  }
  if (isShown(asked)) showProblem(problems);
  return null;
}

// A second press does nothing until the first is answered.
async function once(button, act) {
  button.disabled = true;
  try {
    await act();
  } finally {
    button.disabled = false;
    // A disabled button loses the focus.
    if (document.activeElement === document.body && button.isConnected) button.focus();
  }
}

function showProblem(text) {
  page.accountProblem.textContent = text;
  page.accountProblem.hidden = !text;
}

function say(text) {
  page.accountSaid.textContent = text;
  page.accountSaid.hidden = !text;
}

// One dialog serves all three; the browser keeps the focus in it, and Escape closes it.
function open(title, show) {
  shown += 1;
  closeMenus();
  showProblem("");
  say("");
  page.accountTitle.textContent = title;
  page.accountBody.replaceChildren();
  if (!page.accountDialog.open) page.accountDialog.showModal();
  show();
}

const labelled = (id, text, input, hint) => make("div", { class: "labelled" },
  make("label", { for: id }, text), input, hint && make("p", { class: "hint", id: `${id}-hint` }, hint));

/* ---------- The password ---------- */

function showPassword() {
  const field = (id, autocomplete, hint) =>
    make("input", { id, type: "password", autocomplete, required: true, "aria-describedby": hint && `${id}-hint` });
  const present = field("current-password", "current-password");
  const next = field("new-password", "new-password", true);
  const again = field("repeat-password", "new-password");
  const submit = async (event) => {
    event.preventDefault();
    say("");
    if (next.value !== again.value) {
      showProblem("The new password and its repetition differ.");
      return again.focus();
    }
    const input = { currentPassword: present.value, newPassword: next.value };
    await once(event.submitter, async () => {
      if (!await ask(PASSWORD_UPDATE, "userPasswordUpdate", { input })) return;
      event.target.reset();
      say("The password is changed. Your other sessions have ended.");
    });
  };
  page.accountBody.append(make("form", { class: "form", method: "post", submit },
    make("input", { type: "email", autocomplete: "username", value: currentSession()?.user?.email ?? "", hidden: true, "aria-label": "E-mail" }),
    labelled("current-password", "Present password", present),
    labelled("new-password", "New password", next, "8 to 128 characters. Your other sessions end."),
    labelled("repeat-password", "New password again", again),
    make("div", { class: "actions" }, make("button", { class: "button primary", type: "submit" }, "Change password"))));
  present.focus();
}

/* ---------- Sessions ---------- */

async function showSessions() {
  const viewer = await ask(SESSIONS, "viewer");
  if (!viewer) return;
  const sessions = [...viewer.sessions].sort((left, right) => right.isCurrent - left.isCurrent || right.lastUsedAt.localeCompare(left.lastUsedAt));
  const rows = sessions.map((one) => row(one.userAgent ? browserOf(one.userAgent) : "Unknown program", one.userAgent,
    `Signed in ${readableTime(one.createdAt)}. Last used ${readableTime(one.lastUsedAt)}.`,
    one.isCurrent ? make("span", { class: "pill good" }, "This tab") : button("End", `End the session of ${readableTime(one.createdAt)}`, async () => {
      if (await ask(SESSION_REVOKE, "sessionRevoke", { id: one.id })) await again(showSessions, "The session has ended.");
    })));
  page.accountBody.replaceChildren(make("ul", { class: "rows" }, rows));
  if (sessions.length > 1) {
    page.accountBody.append(make("div", { class: "actions" }, button("End all others", null, async () => {
      const ended = await ask(OTHERS_REVOKE, "sessionRevokeOthers");
      if (ended) await again(showSessions, `${ended.revokedCount} ${ended.revokedCount === 1 ? "session has" : "sessions have"} ended.`);
    })));
  }
}

// A name that people know, from the text that browsers send.
function browserOf(agent) {
  const browser = ["Edg", "OPR", "Firefox", "Chrome", "Safari"].find((name) => agent.includes(`${name}/`));
  const system = ["Windows", "Android", "iPhone", "iPad", "Mac OS", "Linux"].find((name) => agent.includes(name));
  const known = { Edg: "Edge", OPR: "Opera" }[browser] ?? browser;
  return known ? [known, system].filter(Boolean).join(" on ") : agent.slice(0, 60);
}

/* ---------- API keys ---------- */

async function showKeys() {
  const viewer = await ask(KEYS, "viewer");
  if (!viewer) return;
  const rows = viewer.apiKeys.map((key) => row(key.name, "", [`${key.prefix}…`, `${SCOPES[key.scope] ?? key.scope}.`,
    key.lastUsedAt ? `Last used ${readableTime(key.lastUsedAt)}.` : "Never used.", key.expiresAt && `Ends ${readableTime(key.expiresAt)}.`].filter(Boolean).join(" "),
  button("Revoke", `Revoke the key ${key.name}`, async () => {
    if (await ask(KEY_REVOKE, "apiKeyRevoke", { id: key.id })) await again(showKeys, "The key is revoked.");
  })));
  page.accountBody.replaceChildren(
    rows.length ? make("ul", { class: "rows" }, rows) : make("p", { class: "empty" }, "There are no keys yet. A key lets a program use the API in your name."),
    keyForm());
}

function keyForm() {
  const name = make("input", { id: "key-name", type: "text", maxlength: 100, required: true, autocomplete: "off" });
  const scope = make("select", { id: "key-scope" }, Object.entries(SCOPES).map(([value, text]) => make("option", { value }, text)));
  const until = make("input", { id: "key-until", type: "date", "aria-describedby": "key-until-hint" });
  const submit = async (event) => {
    event.preventDefault();
    const input = { name: name.value.trim(), scope: scope.value };
    if (until.value) input.expiresAt = new Date(`${until.value}T23:59:59`).toISOString();
    const token = currentSession()?.token;
    const drop = (made) => dropKey(made.apiKey.id, token);
    await once(event.submitter, async () => {
      const made = await ask(KEY_CREATE, "apiKeyCreate", { input }, drop);
      if (made && !await again(showKeys, `The key “${made.apiKey.name}” is made.`, secret(made.key))) drop(made);
    });
  };
  return make("form", { class: "form", submit },
    make("h3", {}, "New key"),
    make("div", { class: "columns" }, labelled("key-name", "Name", name), labelled("key-scope", "May do", scope), labelled("key-until", "Ends", until, "Empty: never")),
    make("div", { class: "actions" }, make("button", { class: "button primary", type: "submit" }, "Create key")));
}

// A key whose dialog was closed before it could be shown is of use to no one.
async function dropKey(id, token) {
  try {
    await send({ query: KEY_REVOKE, variables: { id } }, { token });
  } catch { /* It stays in the list, where it can be revoked. */ }
}

// It is on the screen until the dialog closes or shows something else, and nowhere else.
const secret = (key) => make("div", { class: "secret" },
  make("p", {}, "Copy it now: it is shown only once."),
  make("div", { class: "secret-line" }, make("code", { id: "new-key", tabindex: "0" }, key),
    navigator.clipboard && make("button", { class: "button", type: "button", click: (event) => copy(event.target, key) }, "Copy")));

/* ---------- What they share ---------- */

const row = (title, hint, about, action) => make("li", { class: "row" },
  make("div", {}, make("strong", { title: hint || null }, title), make("p", {}, about)), action);

const button = (text, label, act) =>
  make("button", { class: "button", type: "button", "aria-label": label, click: (event) => once(event.target, act) }, text);

// Shows the list as it is now; the focus had been on a button that is gone. False if the dialog was closed meanwhile.
async function again(show, said, first) {
  const asked = shown;
  await show();
  if (!isShown(asked)) return false;
  if (first) page.accountBody.prepend(first);
  say(said);
  page.accountTitle.focus();
  return true;
}

export function startAccount() {
  page.accountPassword.addEventListener("click", () => open("Change password", showPassword));
  page.accountSessions.addEventListener("click", () => open("Sessions", showSessions));
  page.accountKeys.addEventListener("click", () => open("API keys", showKeys));
  page.accountClose.addEventListener("click", () => page.accountDialog.close());
  page.accountDialog.addEventListener("close", () => {
    // It comes a moment after closing, when the dialog may be open again.
    if (page.accountDialog.open) return;
    shown += 1;
    page.accountBody.replaceChildren();
    if (currentSession()) page.account.querySelector("summary").focus();
  });
  page.signOut.addEventListener("click", async () => {
    closeMenus();
    await signOut();
  });
  onSessionEnd(() => {
    closeMenus();
    if (page.accountDialog.open) page.accountDialog.close();
  });
}
