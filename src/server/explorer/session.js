// Requests to the API, and the session of this tab: signing in, signing out, and what the server says of both.

import { page, recall, remember } from "./dom.js";

const ENDPOINT = new URL("graphql", document.baseURI);
// GraphiQL reads the session under this name too, so that the tab signs in once.
const SESSION_KEY = "cartera.session";

let session = null;
const listeners = { begin: [], end: [], forget: [] };

export const currentSession = () => session;

// Calls back when a session begins; when one ends, whatever the cause; and when what was written under it is to be forgotten.
export const onSessionBegin = (listener) => listeners.begin.push(listener);
export const onSessionEnd = (listener) => listeners.end.push(listener);
export const onForget = (listener) => listeners.forget.push(listener);
const notify = (event) => listeners[event].forEach((listener) => listener());

// Resolves with the answer whatever its status; rejects only when there is none.
// `files` have paths in the variables, where null stands for them.
export async function send(body, { signal, token = session?.token, files = [] } = {}) {
  const headers = { Accept: "application/graphql-response+json, application/json;q=0.9" };
  // The browser names the type of a form by itself, with its boundary.
  Object.assign(headers, files.length ? { "GraphQL-Require-Preflight": "1" } : { "Content-Type": "application/json" });
  if (token) headers.Authorization = `Bearer ${token}`;
  const started = performance.now();
  const response = await fetch(ENDPOINT, { method: "POST", headers, body: files.length ? formOf(body, files) : JSON.stringify(body), signal, credentials: "omit", cache: "no-store" });
  const bytes = await response.arrayBuffer();
  const milliseconds = performance.now() - started;
  const text = new TextDecoder().decode(bytes);
  let json;
  try { json = JSON.parse(text); } catch { json = undefined; }
  return { status: response.status, phrase: `${response.status} ${response.statusText}`.trim(), retryAfter: response.headers.get("Retry-After"), size: bytes.byteLength, milliseconds, text, json };
}

// By the GraphQL multipart request specification.
function formOf(body, files) {
  const form = new FormData();
  form.append("operations", JSON.stringify(body));
  form.append("map", JSON.stringify(Object.fromEntries(files.map(({ path }, index) => [index, [path]]))));
  files.forEach(({ file }, index) => form.append(index, file));
  return form;
}

export const isUnauthenticated = (answer) =>
  answer.status === 401 || (answer.json?.errors ?? []).some((error) => error?.extensions?.code === "UNAUTHENTICATED");

export const unreachable = (error) => `The server could not be reached (${error.message}). Check the connection and that Cartera is running.`;

// The messages of an answer that refuses, from its errors and from the problems in the payload.
export function problemsOf(answer, payload) {
  const problems = [...(payload?.userErrors ?? []), ...(answer.json?.errors ?? [])].map((problem) => problem.message).filter(Boolean);
  if (answer.retryAfter) problems.push(`try again in ${answer.retryAfter} s`);
  return problems.join("; ");
}

const SESSION_CREATE = `mutation SessionCreate($email: String!, $password: String!) {
  sessionCreate(input: { email: $email, password: $password }) {
    token
    expiresAt
    user { id name email role timeZone }
    userErrors { code message path }
  }
}`;

async function signIn(event) {
  event.preventDefault();
  const email = page.email.value.trim();
  const password = page.password.value;
  if (!email || !password) return showSignInProblem("Enter an e-mail address and a password.");
  showSignInProblem("");
  page.signIn.disabled = true;
  page.signIn.textContent = "Signing in…";
  try {
    const body = { query: SESSION_CREATE, operationName: "SessionCreate", variables: { email, password } };
    const answer = await send(body, { token: null });
    const payload = answer.json?.data?.sessionCreate;
    if (payload?.token) {
      page.password.value = "";
      beginSession({ token: payload.token, expiresAt: payload.expiresAt, user: payload.user });
    } else {
      showSignInProblem(problemsOf(answer, payload) || `The server answered ${answer.status} and no session.`);
      page.password.select();
    }
  } catch (error) {
    showSignInProblem(unreachable(error));
  } finally {
    page.signIn.disabled = false;
    page.signIn.textContent = "Sign in";
  }
}

export function showSignInProblem(text) {
  page.signInProblem.textContent = text;
  page.signInProblem.hidden = !text;
}

function beginSession(begun) {
  const earlier = recall(sessionStorage, SESSION_KEY)?.user?.id;
  // Another user does not find what was written under the session before.
  if (earlier && earlier !== begun.user?.id) notify("forget");
  session = begun;
  remember(sessionStorage, SESSION_KEY, session);
  showSession();
  page.document.focus({ preventScroll: true });
  notify("begin");
}

// Also called when the server no longer knows the session; the reason is then shown where one signs in again.
export function endSession(reason = "") {
  // The user stays known, without the token, to tell whether the same one signs in again.
  remember(sessionStorage, SESSION_KEY, session?.user && { user: { id: session.user.id } });
  session = null;
  showSession();
  showSignInProblem(reason);
  notify("end");
  (page.email.value ? page.password : page.email).focus();
}

export async function signOut() {
  const ending = session;
  let reason = "";
  try {
    const answer = await send({ query: "mutation { sessionEnd { userErrors { message } } }" }, { signal: AbortSignal.timeout(10_000) });
    const ended = answer.json?.data?.sessionEnd && answer.json.data.sessionEnd.userErrors.length === 0;
    if (!ended && !isUnauthenticated(answer)) reason = "You are signed out here, but the server did not confirm that it ended the session.";
  } catch {
    reason = "You are signed out here, but the server could not be told. The session lives on until it expires.";
  }
  // It may have ended meanwhile, and another begun.
  if (session && session !== ending) return;
  endSession(reason);
  remember(sessionStorage, SESSION_KEY, null);
  notify("forget");
}

function showSession() {
  const user = session?.user;
  page.account.hidden = !session;
  page.signInForm.hidden = Boolean(session);
  page.signedInAs.textContent = user ? [user.name || user.email, user.role?.toLowerCase().replaceAll("_", " ")].filter(Boolean).join(", ") : session ? "Signed in" : "";
  page.signedInAs.title = user?.email ?? "";
}

// Takes up the session that this tab had before it was loaded again.
export function startSession() {
  page.signInForm.addEventListener("submit", signIn);
  const kept = recall(sessionStorage, SESSION_KEY);
  if (kept?.token && !(Date.parse(kept.expiresAt) < Date.now())) session = kept;
  showSession();
  if (session) notify("begin");
  else page.email.focus({ preventScroll: true });
}
