// The two editors: text areas over their painted copies, edited so that undo keeps working, and what the tab keeps of them.

import { make, page, recall, remember, showView } from "./dom.js";
import { OPENING, paintDocument, paintVariables, readDocument } from "./language.js";
import { onForget } from "./session.js";
import { declarationsOf } from "./variables.js";

const WORK_KEY = "cartera.explorer";
// A document in which a password or a token seems to stand is kept nowhere.
// The value may stand behind a comment, the bracket of a list, or the type of a variable whose default it is; an empty text is none.
const VALUE = String.raw`(?:[\s,[]|#[^\n\r]{0,200}[\n\r])*"(?!"(?!")|""\s*""")`;
const SECRET = new RegExp(String.raw`(?:password|token|secret)\w*"?[\s,]*:(?:${VALUE}|[\w![\]\s,]+=${VALUE})`, "i");
export const hasSecret = (text) => SECRET.test(text);

// A text that is not worth keeping: the one that the page begins with.
let first = { document: "", variables: "" };
let replaced = null;
const listeners = [];
// Calls back when another document takes the place of the one in the editor.
export const onReplace = (listener) => listeners.push(listener);
const followers = [];
// Calls back before the editors are painted: their texts, or the operation that would run, may be others.
export const onRepaint = (listener) => followers.push(listener);
const painters = new Map();
let wrongByEditor = () => new Map();

// A transparent text area over its painted copy; the copy gives the size and the frame around both scrolls.
function dressEditor(textarea, paint) {
  const stack = textarea.parentElement;
  const painted = stack.querySelector("pre");
  const gutter = stack.previousElementSibling;
  painters.set(textarea, (wrong) => {
    const text = textarea.value;
    painted.replaceChildren(...paint(text, wrong), "\n ");
    gutter.textContent = Array.from({ length: text.split("\n").length }, (_, line) => line + 1).join("\n");
  });
  // What is right in one editor depends on the other.
  textarea.addEventListener("input", repaint);
  textarea.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing && page.completion.hidden) {
      event.preventDefault();
      breakLine(textarea);
    }
  });
  stack.parentElement.parentElement.addEventListener("pointerdown", (event) => {
    if (event.target === gutter) { event.preventDefault(); textarea.focus(); }
  });
}

// Goes through the browser's own editing so that undo keeps working.
export function insertText(textarea, text, start = textarea.selectionStart, end = textarea.selectionEnd) {
  textarea.focus({ preventScroll: true });
  textarea.setSelectionRange(start, end);
  const done = text ? document.execCommand("insertText", false, text) : start === end || document.execCommand("delete");
  if (!done) {
    textarea.setRangeText(text, start, end, "end");
    textarea.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function breakLine(textarea) {
  const { value, selectionStart: start, selectionEnd: end } = textarea;
  const line = value.slice(value.lastIndexOf("\n", start - 1) + 1, start);
  const indent = /^[ \t]*/.exec(line)[0];
  const opener = line.trimEnd().at(-1);
  const deeper = opener in OPENING ? "  " : "";
  const closes = deeper && value[end] === OPENING[opener];
  insertText(textarea, "\n" + indent + deeper + (closes ? "\n" + indent : ""));
  if (closes) textarea.setSelectionRange(start + 1 + indent.length + 2, start + 1 + indent.length + 2);
}

// Another document and its variables.
export function replaceEditors(documentText, variablesText) {
  const isOther = page.document.value !== documentText;
  rewriteEditors(documentText, variablesText);
  if (isOther) listeners.forEach((listener) => listener());
}

// Both editors at once. What stood there before comes back with Ctrl+Z in each of them, or in both with the button.
export function rewriteEditors(documentText, variablesText) {
  const before = { document: page.document.value, variables: page.variables.value };
  setEditors(documentText, variablesText);
  offerUndo(before.document === documentText && before.variables === variablesText ? null : before);
}

function setEditors(documentText, variablesText) {
  showView("edit");
  if (page.variables.value !== variablesText) insertText(page.variables, variablesText, 0, page.variables.value.length);
  if (page.document.value !== documentText) insertText(page.document, documentText, 0, page.document.value.length);
  page.document.focus({ preventScroll: true });
  page.document.setSelectionRange(0, 0);
  page.document.closest(".code").scrollTo(0, 0);
  page.variables.closest(".code").scrollTo(0, 0);
}

function offerUndo(before) {
  replaced = before && { before, after: { document: page.document.value, variables: page.variables.value } };
  page.undo.hidden = !replaced;
}

function undoReplacement() {
  const { before } = replaced;
  setEditors(before.document, before.variables);
  offerUndo(null);
}

// Ctrl+Z in the document takes the variables along, and so does the way back. Once the new text is edited further, the button goes:
// it would take that away as well.
function followUndo(event) {
  if (!replaced) return;
  const { before, after } = replaced;
  const [documentText, variablesText] = [page.document.value, page.variables.value];
  if (event.target === page.document && event.inputType === "historyUndo" && documentText === before.document && variablesText === after.variables) {
    setVariables(before.variables);
    page.undo.hidden = true;
  } else if (event.target === page.document && event.inputType === "historyRedo" && documentText === after.document && variablesText === before.variables) {
    setVariables(after.variables);
    page.undo.hidden = false;
  } else if (documentText !== after.document || variablesText !== after.variables) page.undo.hidden = true;
}

function setVariables(text) {
  page.variables.value = text;
  page.variables.dispatchEvent(new Event("input", { bubbles: true }));
}

export function moveCaret(offset, textarea = page.document) {
  showView("edit");
  textarea.focus();
  textarea.setSelectionRange(offset, offset);
  const line = textarea.value.slice(0, offset).split("\n").length;
  const height = parseFloat(getComputedStyle(textarea).lineHeight);
  textarea.closest(".code").scrollTo(0, Math.max(0, (line - 4) * height));
}

export function offsetOf(line, column) {
  const lines = page.document.value.split("\n");
  return lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
}

// With several operations, the one around the caret is offered; another can be chosen by hand.
export function listOperations() {
  const operations = readDocument(page.document.value).operations;
  const caret = page.document.selectionStart;
  const current = operations.findLast((operation) => operation.start <= caret) ?? operations[0];
  page.operation.hidden = operations.length < 2;
  page.operation.replaceChildren(...operations.map((operation, index) =>
    make("option", { value: index, selected: operation === current }, operation.name ?? `unnamed ${operation.type}`)));
}

// The one of the document's operations that would run.
export const chosenOperation = (operations) => operations[operations.length > 1 ? Number(page.operation.value) : 0];

// The variables that each operation declares, and those of the one that would run.
export function readDeclarations() {
  const { tokens, operations } = readDocument(page.document.value);
  const written = tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
  const all = operations.map((operation) => declarationsOf(operation, written));
  return { all, chosen: all[operations.indexOf(chosenOperation(operations))] ?? [] };
}

function followCaret() {
  const before = page.operation.value;
  listOperations();
  if (page.operation.value !== before) repaint();
}

// The document outlives a reload of the tab. Variables, which hold what people typed, do not.
function saveWork() {
  const text = page.document.value;
  if (hasSecret(text)) return;
  remember(sessionStorage, WORK_KEY, text.trim() && text.trim() !== first.document.trim() ? { document: text } : null);
}

// What was written under a session goes with it, from the editors as well: they would be saved again.
function forgetWork() {
  showText(first.document, first.variables);
  offerUndo(null);
  remember(sessionStorage, WORK_KEY, null);
}

// Without the browser's memory of earlier texts, which undo would bring back.
function showText(documentText, variablesText) {
  page.document.value = documentText;
  page.variables.value = variablesText;
  for (const textarea of [page.document, page.variables]) textarea.dispatchEvent(new Event("input", { bubbles: true }));
}

export function repaint() {
  followers.forEach((listener) => listener());
  const wrong = wrongByEditor();
  for (const [textarea, redraw] of painters) redraw(wrong.get(textarea));
}

// `wrong` answers what is to be underlined, by editor.
export function startEditors(wrong, beginning) {
  first = beginning;
  // Earlier versions of this page kept documents and variables there, for every tab and for good.
  remember(localStorage, WORK_KEY, null);
  const kept = recall(sessionStorage, WORK_KEY)?.document;
  page.document.value = kept || first.document;
  page.variables.value = kept ? "" : first.variables;
  wrongByEditor = wrong;
  listOperations();
  // Before the editor is painted: what is wrong with the variables depends on which operation is chosen.
  page.document.addEventListener("input", listOperations);
  dressEditor(page.document, paintDocument);
  dressEditor(page.variables, paintVariables);
  repaint();

  let saving = 0;
  for (const textarea of [page.document, page.variables]) {
    textarea.addEventListener("input", (event) => {
      clearTimeout(saving);
      saving = setTimeout(saveWork, 400);
      followUndo(event);
    });
  }
  addEventListener("pagehide", saveWork);
  page.operation.addEventListener("change", repaint);
  document.addEventListener("selectionchange", () => {
    if (document.activeElement === page.document && !page.operation.hidden) followCaret();
  });
  page.undo.addEventListener("click", undoReplacement);
  onForget(forgetWork);
}
