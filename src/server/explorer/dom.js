// Elements, storage and small formats that every part of the page uses.

// Every element with an id, under the id's camelCase form.
export const page = {};
for (const element of document.querySelectorAll("[id]")) {
  page[element.id.replace(/-(.)/g, (_, letter) => letter.toUpperCase())] = element;
}

// Everything shown is built from text nodes: nothing from the server is ever read as HTML.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

// Storage may be switched off in the browser; the page then works without memory.
export function remember(storage, key, value) {
  try {
    if (value == null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch { /* Nothing is lost but the memory. */ }
}

export function recall(storage, key) {
  try { return JSON.parse(storage.getItem(key)); } catch { return null; }
}

export const number = (value) => (typeof value === "number" ? value.toLocaleString("en") : String(value ?? "?"));

export function readableSize(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1_000_000 ? `${(bytes / 1000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const readableTime = (instant) => new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });

// Puts a text on the clipboard and says so on the button that was pressed.
export async function copy(button, text) {
  const label = button.textContent;
  try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; } catch { button.textContent = "Not allowed"; }
  setTimeout(() => { button.textContent = label; }, 1500);
}

// On a narrow screen one panel is shown at a time.
export function showView(view) {
  page.main.dataset.view = view;
  for (const tab of page.tabs.children) tab.setAttribute("aria-pressed", tab.dataset.view === view);
}
