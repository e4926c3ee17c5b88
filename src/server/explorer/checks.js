// What of a document cannot be read, or the schema does not have, and what is wrong with its variables, underlined while it is typed.

import { make, page } from "./dom.js";
import { moveCaret, readDeclarations, repaint } from "./editor.js";
import { hasFiles } from "./files.js";
import { readDocument } from "./language.js";
import { fieldOf, isLeaf, isRequired, onSchemaChange, schema, typeOf, typeText } from "./schema.js";
import { checkSyntax } from "./syntax.js";
import { checkVariables } from "./variables.js";
import { walk } from "./walk.js";

let problems = [];
// How many there are with those that are not shown while they are being typed.
let found = 0;
// Screen readers are told once the typing rests.
const REST = 900;
const LITERALS = ["true", "false", "null"];
const ROOT_WORDS = { query: "a query", mutation: "a mutation", subscription: "a subscription" };

const EDITORS = [page.document, page.variables];
// The editor in which the caret was last.
let edited = page.document;

// The problems of each editor by the places where they begin; the painted copies ask for them.
export function problemsByEditor() {
  const all = [...problemsIn(page.document, check(page.document.value)), ...problemsIn(page.variables, checkGiven())];
  found = all.length;
  problems = all.filter(({ editor, end, isBegun }) => !(isBegun && document.activeElement === editor && editor.selectionStart === end));
  show();
  return new Map(EDITORS.map((editor) => [editor, new Map(problems.filter((problem) => problem.editor === editor).map((problem) => [problem.start, problem]))]));
}

const problemsIn = (editor, list) => list.map((problem) => ({ ...problem, editor }));
const isWritten = (token) => token.kind !== "space" && token.kind !== "comment";

export function check(text) {
  const tokens = readDocument(text).tokens.filter(isWritten);
  return reported((report) => {
    checkSyntax(tokens, report);
    if (schema) checkNames(tokens, report);
  });
}

// A variable for which a file is chosen has its value.
function checkGiven() {
  const { all, chosen } = readDeclarations();
  const open = chosen.filter(({ name }) => !hasFiles(name));
  return reported((report) => checkVariables(page.variables.value, all, open, report));
}

// What `find` reports of tokens, one problem for each place, in their order.
function reported(find) {
  const found = new Map();
  find((token, message, known = []) => {
    if (found.has(token.start)) return;
    // What the next key may mend is not held against a text that is being typed.
    const isBegun = known.length ? known.some((name) => name.startsWith(token.text)) : token.kind !== "string" && !/^[})\]]$/.test(token.text);
    found.set(token.start, { start: token.start, end: token.end, message: message + meant(token.text, known), isBegun });
  });
  return [...found.values()].sort((left, right) => left.start - right.start);
}

function checkNames(tokens, report) {
  const fragments = new Set(tokens.filter((_, index) => tokens[index - 1]?.text === "fragment" && tokens[index - 1].kind === "keyword").map((token) => token.text));
  const all = declaredVariables(tokens);
  // A fragment may use what any operation declares: which of them spreads it is not looked for.
  let declared = all;
  walk(tokens, (token, place) => {
    const { top, last } = place;
    if (token.kind === "keyword" && !top && token.text !== "on") declared = token.text === "fragment" ? all : new Set();
    if (token.kind === "keyword" && token.text === "subscription" && !schema.roots.subscription) report(token, "There are no subscriptions in this API.");
    if (token.text === "{" && !top && (!last || last.text === "}")) declared = new Set();
    if (top?.kind === "selection") checkSelection(token, place, report);
    else if (top?.kind === "inputs" || top?.kind === "list") checkValue(token, place, report);
    if (token.kind === "type" && !schema.types.has(token.text)) report(token, `There is no type \`${token.text}\`.`, [...schema.types.keys()]);
    if (token.kind === "name" && last?.text === "..." && !fragments.has(token.text)) report(token, `There is no fragment \`${token.text}\` in this document.`, [...fragments]);
    if (token.kind === "variable" && last?.text === "$") {
      if (top?.kind === "definitions") declared.add(token.text);
      else if (!declared.has(token.text)) report(token, declared === all ? `No operation declares \`$${token.text}\`.` : `The operation does not declare \`$${token.text}\`.`, [...declared]);
    }
  });
}

function declaredVariables(tokens) {
  const declared = new Set();
  walk(tokens, (token, { top, last }) => {
    if (top?.kind === "definitions" && token.kind === "variable" && last?.text === "$") declared.add(token.text);
  });
  return declared;
}

function checkSelection(token, { top, last, following }, report) {
  if (top.awaits && !["{", "(", "@"].includes(token.text) && token.kind !== "directive") {
    report(top.awaits, `\`${top.awaits.text}\` needs a selection of fields: \`{ … }\`.`);
    top.awaits = null;
  }
  if (token.text === "{") {
    top.awaits = null;
    const isOfField = top.field && (last === top.token || last?.text === ")");
    if (isOfField && isLeaf(typeOf(top.field.type))) report(top.token, `\`${top.token.text}\` is ${typeText(top.field.type)} and has no fields.`);
  }
  if (token.kind !== "field" || !top.type || following?.text === ":" || token.text.startsWith("__")) return;
  const field = fieldOf(top.type, token.text);
  if (!field) return report(token, unknownField(top.type, token.text), (top.type.fields ?? []).map(({ name }) => name));
  if (!isLeaf(typeOf(field.type))) top.awaits = token;
  const missing = field.args.filter(isRequired);
  if (missing.length && following?.text !== "(") report(token, needs(field.name, missing));
}

function unknownField(type, name) {
  for (const [keyword, root] of Object.entries(schema.roots)) {
    if (root !== type.name && Object.values(schema.roots).includes(type.name) && fieldOf(schema.types.get(root), name)) {
      return `\`${name}\` is ${ROOT_WORDS[keyword]}: its operation begins with \`${keyword}\`.`;
    }
  }
  return `\`${name}\` is not a field of ${type.name}.`;
}

function checkValue(token, { top, following, argument }, report) {
  const isName = token.kind === "argument" || token.kind === "literal";
  if (top.inputs && isName && following?.text === ":") {
    top.given.add(token.text);
    const known = top.inputs.map(({ name }) => name);
    if (!known.includes(token.text)) report(token, `\`${token.text}\` is not ${top.of ? "a field" : "an argument"} of ${top.of ? top.owner : `\`${top.owner}\``}.`, known);
  } else if (isName && argument && following?.text !== ":") {
    const type = typeOf(argument.type);
    const known = (type.enumValues ?? []).map(({ name }) => name);
    if (type.kind === "ENUM" && !known.includes(token.text) && !LITERALS.includes(token.text)) report(token, `\`${token.text}\` is not a value of ${type.name}.`, known);
  } else if (top.inputs && (token.text === ")" || token.text === "}")) {
    const missing = top.inputs.filter((input) => isRequired(input) && !top.given.has(input.name));
    if (missing.length) report(top.token, needs(top.owner, missing));
  }
}

const needs = (name, inputs) => `\`${name}\` needs ${inputs.map((input) => `\`${input.name}: ${typeText(input.type)}\``).join(" and ")}.`;

// The known name that looks most like what was written, if a third of the letters at most are others. The server suggests by the same measure.
function meant(written, known) {
  const word = written.toLowerCase();
  const near = known.map((name) => ({ name, distance: distance(word, name.toLowerCase()), longer: Math.max(word.length, name.length) }))
    .filter((candidate) => candidate.distance <= Math.max(1, Math.floor(candidate.longer / 3)) && candidate.distance < candidate.longer)
    .sort((left, right) => left.distance - right.distance);
  return near.length ? ` Did you mean \`${near[0].name}\`?` : "";
}

// Swapped neighbours are one edit.
function distance(left, right) {
  let above = [];
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const beforeAbove = above;
    above = row;
    row = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const isSwapped = i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1];
      row[j] = Math.min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (left[i - 1] !== right[j - 1]), isSwapped ? beforeAbove[j - 2] + 1 : Infinity);
    }
  }
  return row[right.length];
}

/* ---------- Showing them ---------- */

let resting = 0;

function current() {
  const caret = edited.selectionStart;
  return problems.find(({ editor, start, end }) => editor === edited && start <= caret && caret <= end) ?? problems[0];
}

function describe() {
  const problem = current();
  if (!problem) return schema && !found && page.document.value.trim() ? "No unknown names" : "";
  const line = problem.editor.value.slice(0, problem.start).split("\n").length;
  const count = problems.length > 1 ? ` (${problems.indexOf(problem) + 1} of ${problems.length})` : "";
  return `${problem.editor === page.variables ? "Variables, line" : "Line"} ${line}${count}: ${problem.message}`;
}

// Also for what is no problem of the document itself.
export function showNote(text) {
  page.problem.replaceChildren(...marked(text));
  page.problem.hidden = !text;
  page.problem.disabled = !problems.length;
}

function show() {
  showNote(describe());
  page.problem.title = problems.length > 1 ? "Go to the next problem" : problems.length ? "Go to the problem" : "";
  for (const editor of EDITORS) {
    if (problems.some((problem) => problem.editor === editor)) editor.setAttribute("aria-invalid", "true");
    else editor.removeAttribute("aria-invalid");
  }
  clearTimeout(resting);
  resting = setTimeout(() => {
    const said = problems.length ? describe() : "";
    if (page.problemSaid.textContent !== said) page.problemSaid.textContent = said;
  }, REST);
}

// What stands between backquotes is code.
const marked = (text) => text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

// From the problem at the caret to the one after it, and around.
function goToNext() {
  const at = current();
  const isThere = document.activeElement === page.problem && at.editor === edited && at.start === edited.selectionStart;
  const { editor, start } = isThere ? problems[(problems.indexOf(at) + 1) % problems.length] : at;
  moveCaret(start, editor);
  show();
}

function showTip(event) {
  const editor = event.currentTarget;
  const spans = [...editor.previousElementSibling.querySelectorAll(".wrong")];
  const span = spans.find((candidate) => [...candidate.getClientRects()].some((box) =>
    box.left <= event.clientX && event.clientX <= box.right && box.top <= event.clientY && event.clientY <= box.bottom));
  const problem = span && problems.find((candidate) => candidate.editor === editor && candidate.start === Number(span.dataset.at));
  page.tip.hidden = !problem;
  if (!problem) return;
  page.tip.replaceChildren(...marked(problem.message));
  const box = span.getBoundingClientRect();
  page.tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - page.tip.offsetWidth - 8))}px`;
  page.tip.style.top = `${box.bottom + 6 + page.tip.offsetHeight < innerHeight ? box.bottom + 6 : box.top - page.tip.offsetHeight - 6}px`;
}

export function startChecks() {
  onSchemaChange(repaint);
  page.problem.addEventListener("click", goToNext);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") page.tip.hidden = true; });
  // Once the caret has left it, a problem is shown that was not while it was being typed.
  const reveal = () => { if (found > problems.length) repaint(); };
  for (const editor of EDITORS) {
    editor.addEventListener("pointermove", showTip);
    editor.addEventListener("pointerleave", () => { page.tip.hidden = true; });
    editor.addEventListener("input", () => { page.tip.hidden = true; });
    editor.addEventListener("focus", () => { edited = editor; });
    editor.addEventListener("blur", reveal);
  }
  document.addEventListener("selectionchange", () => {
    if (!EDITORS.includes(document.activeElement)) return;
    reveal();
    if (problems.length) show();
  });
}
