// The documents that were run in this tab: their texts alone, without variables and answers, until sign-out.

import { make, page, recall, remember } from "./dom.js";
import { hasSecret, replaceEditors } from "./editor.js";
import { closeMenus } from "./menus.js";
import { readDocument } from "./language.js";
import { onForget } from "./session.js";

const KEY = "cartera.history";
const MOST = 20;
const LONGEST = 20_000;

const kept = () => {
  const texts = recall(sessionStorage, KEY);
  return Array.isArray(texts) ? texts.filter((text) => typeof text === "string").slice(0, MOST) : [];
};

// The newest first, each text once.
export function keep(document) {
  const text = document.trim();
  if (!text || text.length > LONGEST || hasSecret(text)) return;
  remember(sessionStorage, KEY, [text, ...kept().filter((other) => other !== text)].slice(0, MOST));
  list();
}

function forget() {
  remember(sessionStorage, KEY, null);
  list();
}

function list() {
  const texts = kept();
  page.historyList.replaceChildren(...texts.map((text) => {
    const operations = readDocument(text).operations;
    const title = operations.map(({ name, type }) => name ?? `unnamed ${type}`).join(", ") || "Document";
    const about = text.split("\n").filter((line) => !line.trim().startsWith("#")).join(" ").replace(/\s+/g, " ");
    return make("button", { type: "button", click: () => { closeMenus(); replaceEditors(text, page.variables.value); } },
      title, make("span", {}, about.slice(0, 120)));
  }), make("p", { class: "menu-note" }, texts.length
    ? "Documents run in this tab, without variables. Forgotten at sign-out."
    : "Documents that you run are kept here until you sign out, without variables."));
  if (texts.length) page.historyList.append(make("button", { type: "button", class: "quiet-entry", click: () => { forget(); page.history.querySelector("summary").focus(); } }, "Clear history"));
}

export function startHistory() {
  onForget(forget);
  list();
}
