// Completion: what may stand at the caret, offered in a list.

import { make, page } from "./dom.js";
import { insertText } from "./editor.js";
import { readDocument } from "./language.js";
import { schema, shownTypes, typeOf, typeText } from "./schema.js";
import { walk } from "./walk.js";

let offered = null;

export const isOffering = () => offered !== null;

function suggestionsAt(text, caret) {
  const before = text.slice(0, caret);
  const word = /\w*$/.exec(before)[0];
  const read = readDocument(before.slice(0, caret - word.length)).tokens.filter((token) => token.kind !== "space");
  if (read.at(-1)?.kind === "comment") return null;
  const { top, last, argument } = walk(read.filter((token) => token.kind !== "comment"));
  const wanted = word.toLowerCase();
  const matching = optionsAt(top, last?.text, argument).filter(({ name }) => name.toLowerCase().includes(wanted));
  matching.sort((left, right) => right.name.toLowerCase().startsWith(wanted) - left.name.toLowerCase().startsWith(wanted));
  return { start: caret - word.length, options: matching };
}

function optionsAt(top, last, argument) {
  const option = (name, detail = "", ending = "") => ({ name, detail, ending });
  if (last === "on") return (top?.type?.possibleTypes ?? shownTypes().filter((type) => type.fields)).map((type) => option(type.name));
  if (!top) return [...Object.keys(schema.roots), "fragment"].map((name) => option(name));
  if (top.kind === "selection") return [...(top.type?.fields ?? []).map((item) => option(item.name, typeText(item.type))), option("__typename", "String!")];
  if (top.kind === "definitions") return shownTypes().filter((type) => !type.fields && !type.possibleTypes).map((type) => option(type.name));
  if (last === ":" || top.kind === "list") return ((argument && typeOf(argument.type).enumValues) ?? []).map((value) => option(value.name));
  return (top.inputs ?? []).map((item) => option(item.name, typeText(item.type), ": "));
}

function complete() {
  const caret = page.document.selectionStart;
  const found = schema && suggestionsAt(page.document.value, caret);
  if (!found?.options.length) return closeCompletion();
  offered = { ...found, caret, selected: 0 };
  page.completion.replaceChildren(...found.options.map((option, index) => make("li", {
    role: "option", id: `completion-${index}`, pointerdown: (event) => { event.preventDefault(); accept(index); },
  }, option.name, make("span", {}, option.detail))));
  page.completion.hidden = false;
  page.document.setAttribute("aria-controls", "completion");
  select(0);
  placeCompletion();
}

function placeCompletion() {
  if (!offered) return;
  const spot = caretBox(offered.start);
  const below = spot.bottom + page.completion.offsetHeight + 8 < innerHeight;
  page.completion.style.left = `${Math.max(8, Math.min(spot.left, innerWidth - page.completion.offsetWidth - 8))}px`;
  page.completion.style.top = `${below ? spot.bottom + 4 : Math.max(8, spot.top - page.completion.offsetHeight - 4)}px`;
}

// The painted copy has the same text at the same place, so a range in it tells where a character stands.
function caretBox(offset) {
  const walker = document.createTreeWalker(page.document.previousElementSibling, NodeFilter.SHOW_TEXT);
  let left = offset;
  while (walker.nextNode() && left > walker.currentNode.length) left -= walker.currentNode.length;
  const range = document.createRange();
  range.setStart(walker.currentNode, Math.min(left, walker.currentNode.length));
  return range.getClientRects()[0] ?? page.document.getBoundingClientRect();
}

function select(index) {
  const items = [...page.completion.children];
  offered.selected = (index + items.length) % items.length;
  items.forEach((item, position) => item.setAttribute("aria-selected", position === offered.selected));
  items[offered.selected].scrollIntoView({ block: "nearest" });
  page.document.setAttribute("aria-activedescendant", `completion-${offered.selected}`);
}

function accept(index) {
  const { start, caret, options } = offered;
  closeCompletion();
  insertText(page.document, options[index].name + options[index].ending, start, caret);
}

function closeCompletion() {
  offered = null;
  page.completion.hidden = true;
  page.document.removeAttribute("aria-activedescendant");
  page.document.removeAttribute("aria-controls");
}

// Tab is taken only while something is offered; otherwise it leaves the editor, as everywhere.
function completionKey(event) {
  if (event.code === "Space" && event.ctrlKey) {
    event.preventDefault();
    complete();
  } else if (offered && ["ArrowDown", "ArrowUp", "Enter", "Tab", "Escape"].includes(event.key) && !event.ctrlKey && !event.metaKey) {
    if (event.key === "Tab" && event.shiftKey) return closeCompletion();
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "ArrowDown") select(offered.selected + 1);
    else if (event.key === "ArrowUp") select(offered.selected - 1);
    else if (event.key === "Escape") closeCompletion();
    else accept(offered.selected);
  }
}

export function startCompletion() {
  page.document.addEventListener("input", () => { if (offered) complete(); });
  page.document.addEventListener("keydown", completionKey);
  page.document.addEventListener("blur", closeCompletion);
  page.document.closest(".code").addEventListener("scroll", placeCompletion);
  document.addEventListener("selectionchange", () => {
    if (document.activeElement === page.document && offered && page.document.selectionStart < offered.start) closeCompletion();
  });
}
