// Running an operation, and showing what the API answers.

import { copy, make, number, page, readableSize, showView } from "./dom.js";
import { chosenOperation, moveCaret, offsetOf, onReplace } from "./editor.js";
import { withFiles } from "./files.js";
import { keep } from "./history.js";
import { paintJson, readDocument } from "./language.js";
import { loadSchema, schema } from "./schema.js";
import { currentSession, endSession, isUnauthenticated, onForget, send, showSignInProblem, unreachable } from "./session.js";

let running = null;
// The document was replaced while its answer was on the way.
let isReplaced = false;

// What runs when this is pressed again while something runs.
export const stop = () => running?.abort();

export async function run() {
  const operations = readDocument(page.document.value).operations;
  const chosen = chosenOperation(operations);
  if (!page.document.value.trim()) return showProblem("There is nothing to run", "Write an operation, or choose one of the recipes.");
  if (chosen?.type === "subscription" && schema && !schema.roots.subscription) return showProblem("There are no subscriptions", "This API has queries and mutations only.");
  if (chosen?.type === "subscription") return showProblem("Subscriptions do not run here", "They need the WebSocket protocol graphql-transport-ws; this page sends queries and mutations.");
  if (operations.length > 1 && !chosen.name) return showProblem("This operation needs a name", "When a document has several operations, each of them has a name.");
  const given = readVariables();
  if (given === undefined) return page.variables.focus();
  const { variables, files } = withFiles(given);

  running = new AbortController();
  isReplaced = false;
  document.body.classList.add("running");
  page.run.textContent = "Stop";
  page.status.textContent = files.length ? "Uploading and running…" : "Running…";
  page.notices.replaceChildren();
  showView("answer");
  keep(page.document.value);
  const body = { query: page.document.value, variables };
  if (chosen?.name) body.operationName = chosen.name;
  const token = currentSession()?.token;
  try {
    const answer = await send(body, { signal: running.signal, files });
    present(answer);
    // Definitions of attributes are fields of the schema from now on.
    if (chosen?.type === "mutation" && answer.json?.data && page.document.value.includes("attributeDefinition")) loadSchema();
    if (isUnauthenticated(answer)) {
      if (token && token === currentSession()?.token) endSession("Your session has ended. Sign in again.");
      else if (!currentSession()) showSignInProblem("This operation needs a signed-in user.");
    }
  } catch (error) {
    showAnswer("");
    if (error.name === "AbortError") {
      page.status.textContent = "Stopped";
      if (chosen?.type === "mutation") addNotice({ title: "Stopped waiting", message: "The server may have carried out the mutation all the same.", warn: true });
    } else {
      showProblem("No answer", unreachable(error));
    }
  } finally {
    running = null;
    document.body.classList.remove("running");
    page.run.textContent = "Run";
  }
}

// Undefined when the text is not a JSON object; the problem is then shown beside the heading.
function readVariables() {
  page.variablesProblem.textContent = "";
  const text = page.variables.value.trim();
  if (!text) return {};
  try {
    const variables = JSON.parse(text);
    if (variables && typeof variables === "object" && !Array.isArray(variables)) return variables;
    page.variablesProblem.textContent = "Must be a JSON object";
  } catch (error) {
    page.variablesProblem.textContent = error.message.replace(/^JSON\.parse: /, "");
  }
  showView("edit");
  return undefined;
}

function present(answer) {
  const { status, json, text } = answer;
  const errors = Array.isArray(json?.errors) ? json.errors : [];
  const refused = Object.entries(json?.data ?? {}).flatMap(([field, payload]) => (payload?.userErrors ?? []).map((problem) => ({ field, ...problem })));
  // A field that failed leaves the rest of the answer standing.
  const isPartial = errors.length > 0 && json.data != null;
  const tone = (errors.length && !isPartial) || status >= 400 || json === undefined ? "bad" : isPartial || refused.length ? "warn" : "good";
  const pill = make("span", { class: `pill ${tone}` }, errors.length && status < 400 ? `${answer.phrase}, with errors` : answer.phrase);
  const facts = [`${Math.max(1, Math.round(answer.milliseconds)).toLocaleString("en")} ms`, readableSize(answer.size)];
  const cost = json?.extensions?.cost;
  if (cost) {
    const asked = cost.actualQueryCost != null && cost.actualQueryCost !== cost.requestedQueryCost;
    facts.push(`cost ${number(cost.actualQueryCost ?? cost.requestedQueryCost)}${asked ? ` (${number(cost.requestedQueryCost)} asked)` : ""}`);
  }
  if (cost?.throttleStatus) facts.push(`${number(cost.throttleStatus.currentlyAvailable)} points left`);
  page.status.replaceChildren(pill, ...facts.map((fact) => make("span", {}, fact)));
  page.notices.replaceChildren();
  if (isReplaced) addNotice({ title: "This answers the document before", message: "The operation ran when another document took its place.", warn: true });
  if (json === undefined) addNotice({ title: "This is not a GraphQL answer", message: "Something between this page and Cartera may have answered in its place." });
  if (answer.retryAfter) addNotice({ title: answer.phrase, message: `Try again in ${answer.retryAfter} s.`, warn: true });
  for (const error of errors) {
    addNotice({ title: error.extensions?.code ?? "Error", message: error.message, path: error.path, locations: error.locations, requestId: error.extensions?.requestId });
  }
  for (const problem of refused) addNotice({ title: problem.code ?? "User error", message: problem.message, path: [problem.field, ...(problem.path ?? [])], warn: true });
  showAnswer(json === undefined ? text : JSON.stringify(json, null, 2));
}

function showAnswer(text) {
  page.answer.replaceChildren();
  for (const part of text ? paintJson(text, fileAddress) : []) page.answer.append(part);
  page.answer.scrollTo(0, 0);
  page.copy.hidden = !text || !navigator.clipboard;
}

// The address of a file of this server, which needs no header and is always answered as a download. Null for any other text.
function fileAddress(string) {
  const path = /^"\/(documents\/\w+\?signature=[\w-]+)"$/.exec(string)?.[1];
  return path ? new URL(path, document.baseURI).href : null;
}

function addNotice({ title, message, path, locations, requestId, warn }) {
  const details = [
    path?.length && make("span", {}, "at ", make("code", {}, path.join("."))),
    ...(locations ?? []).map(({ line, column }) => make("button", { class: "link", type: "button", click: () => moveCaret(offsetOf(line, column)) }, `line ${line}, column ${column}`)),
    requestId && make("span", {}, "request ", make("code", {}, requestId)),
  ].filter(Boolean);
  page.notices.append(make("div", { class: warn ? "notice warn" : "notice" },
    make("p", {}, make("strong", {}, title), " ", message), details.length > 0 && make("div", { class: "details" }, details)));
}

function showProblem(title, message) {
  page.status.textContent = "";
  page.notices.replaceChildren();
  addNotice({ title, message });
  showView("answer");
}

// What was read under a session is taken off the screen with it.
function clear() {
  stop();
  showAnswer("");
  page.status.replaceChildren();
  page.notices.replaceChildren();
}

export function startRun() {
  page.run.addEventListener("click", () => (running ? stop() : run()));
  page.copy.addEventListener("click", () => copy(page.copy, page.answer.textContent));
  page.variables.addEventListener("input", () => { if (page.variablesProblem.textContent) readVariables(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !page.accountDialog.open) {
      event.preventDefault();
      if (!running) run();
    } else if (event.key === "Escape" && !page.accountDialog.open) stop();
  });
  onForget(clear);
  // A mutation under way is not stopped by it.
  onReplace(() => {
    if (running) isReplaced = true;
    else clear();
  });
}
