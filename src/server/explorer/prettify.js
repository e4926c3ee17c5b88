// Puts documents and variables into an even form, without changing what they say.

import { showNote } from "./checks.js";
import { page } from "./dom.js";
import { rewriteEditors } from "./editor.js";
import { OPENING, readDocument } from "./language.js";

const WIDTH = 90;

// The document in its even form, or null where brackets are missing.
export function prettify(text) {
  const tokens = laidOut(text);
  const items = grouped(tokens);
  if (!items) return null;
  const written = definitions(items);
  // Only spaces and commas may differ.
  const words = (document) => laidOut(document).map((token) => token.text.trimEnd()).join(" ");
  return words(written) === words(text) ? written : null;
}

// The tokens but spaces, each with how many lines were begun before it.
function laidOut(text) {
  let breaks = 0;
  const kept = [];
  for (const token of readDocument(text).tokens) {
    if (token.kind === "space") breaks += token.text.split("\n").length - 1;
    else {
      kept.push({ ...token, breaks });
      breaks = 0;
    }
  }
  return kept;
}

// Tokens and, for each pair of brackets, a group of what stands between them.
function grouped(tokens) {
  const open = [{ items: [] }];
  for (const token of tokens) {
    const top = open.at(-1);
    if (token.text in OPENING) open.push({ bracket: token.text, breaks: token.breaks, items: [], isOneLine: true });
    else if (token.kind === "punctuation" && /^[})\]]$/.test(token.text)) {
      if (OPENING[top.bracket] !== token.text) return null;
      const group = open.pop();
      if (token.breaks || group.items.some((item) => item.breaks || item.kind === "comment" || item.isOneLine === false)) group.isOneLine = false;
      open.at(-1).items.push(group);
    } else top.items.push(token);
  }
  return open.length === 1 ? open[0].items : null;
}

const isWord = (item) => !item.bracket && item.kind !== "punctuation" && item.kind !== "comment";

// What stands between two neighbours on a line.
function gap(left, right) {
  if (!left || left.text === "$" || left.text === "@" || right.text === ":" || right.text === "!") return "";
  if (left.text === "..." && isWord(right) && right.kind !== "keyword") return "";
  return right.bracket === "(" ? "" : " ";
}

function definitions(items) {
  let written = "";
  let last = null;
  for (const item of items) {
    if (item.kind === "comment") {
      written += `${!last ? "" : !item.breaks ? " " : last.bracket || item.breaks > 1 ? "\n\n" : "\n"}${item.text.trimEnd()}`;
    } else {
      const begins = !last || last.bracket === "{";
      if (begins) written += last ? "\n\n" : "";
      else if (last.kind === "comment") written += item.breaks > 1 ? "\n\n" : "\n";
      else written += gap(last, item);
      written += item.bracket ? group(item, "", written, last?.kind !== "directive") : item.text;
    }
    last = item;
  }
  return written ? `${written}\n` : "";
}

// A group as a text; `before` is what its line begins with.
function group(item, indent, before, isDefinition = false) {
  if (item.bracket === "{" && !item.isValue) return selection(item, indent, before);
  const flat = flatValues(item, isDefinition);
  const column = before.length - before.lastIndexOf("\n") - 1;
  const hasComment = JSON.stringify(item.items).includes('"kind":"comment"');
  if (!hasComment && column + flat.length <= WIDTH) return flat;
  const inner = `${indent}  `;
  const lines = entries(item, isDefinition).map((entry) => inner + line(entry, inner, inner));
  return `${item.bracket}\n${lines.join("\n")}\n${indent}${OPENING[item.bracket]}`;
}

// The items of a group that are values: arguments, fields of an input object, items of a list, definitions of variables.
function entries(item, isDefinition) {
  const found = [];
  item.items.forEach((part, index) => {
    if (part.bracket === "{") part.isValue = true;
    const next = item.items[index + 1];
    const last = item.items[index - 1];
    const begins = part.kind === "comment" || last?.kind === "comment" || (isDefinition ? part.text === "$"
      : item.bracket === "[" ? last?.text !== "$" && part.text !== "!" : next?.text === ":");
    if (begins || !found.length) found.push([part]);
    else found.at(-1).push(part);
  });
  return found;
}

function flatValues(item, isDefinition) {
  const texts = entries(item, isDefinition).map((entry) => entry.map((part, index) => {
    if (part.bracket === "{") part.isValue = true;
    return gap(entry[index - 1], part) + (part.bracket ? flatValues(part, false) : part.text);
  }).join(""));
  const space = item.bracket === "{" && texts.length ? " " : "";
  return item.bracket + space + texts.join(", ") + space + OPENING[item.bracket];
}

function selection(item, indent, before) {
  const fields = [];
  item.items.forEach((part, index) => {
    const last = item.items[index - 1];
    const isTrailing = part.kind === "comment" && !part.breaks && fields.length;
    const begins = !isTrailing && (part.kind === "comment" || last?.kind === "comment" || part.text === "..." || (part.kind === "field" && last?.text !== ":"));
    if (begins || !fields.length) fields.push([part]);
    else fields.at(-1).push(part);
  });
  if (item.isOneLine) {
    const flat = `{ ${fields.map((field) => line(field, indent, "")).join(" ")} }`;
    const column = before.length - before.lastIndexOf("\n") - 1;
    if (!flat.includes("\n") && column + flat.length <= WIDTH) return flat;
  }
  const inner = `${indent}  `;
  const lines = fields.map((field, index) => (index && field[0].breaks > 1 ? "\n" : "") + inner + line(field, inner, inner));
  return `{\n${lines.join("\n")}\n${indent}}`;
}

function line(parts, indent, before) {
  let written = "";
  parts.forEach((part, index) => {
    written += gap(parts[index - 1], part);
    written += part.bracket ? group(part, indent, before + written) : part.text.trimEnd();
  });
  return written;
}

// Variables as JSON, or null where that would change them: numbers may be longer than a browser can hold.
export function prettifyJson(text) {
  if (!text.trim()) return "";
  try {
    const value = JSON.parse(text);
    const isSame = JSON.stringify(value) === text.replace(/("(?:\\.|[^"\\])*")|\s+/g, (_, string) => string ?? "");
    return isSame ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

function run() {
  const text = page.document.value;
  const written = prettify(text);
  if (written === null && text.trim()) {
    showNote("Prettify needs all brackets to be closed");
    return;
  }
  const before = document.activeElement;
  const variables = prettifyJson(page.variables.value) ?? page.variables.value;
  if (written === text && variables === page.variables.value) return;
  rewriteEditors(written ?? text, variables);
  before?.focus({ preventScroll: true });
}

export function startPrettify() {
  page.prettify.addEventListener("click", run);
  document.addEventListener("keydown", (event) => {
    // By its place on the keyboard, because some systems write another letter with Alt.
    if (event.code === "KeyF" && event.shiftKey && event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      run();
    }
  });
}
