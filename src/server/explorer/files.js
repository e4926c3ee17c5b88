// The files of an operation: a chooser for each variable of the type `Upload`, and the request that carries what was chosen.

import { make, page, readableSize } from "./dom.js";
import { onRepaint, onReplace, readDeclarations, repaint } from "./editor.js";
import { onForget } from "./session.js";

// By the name of the variable and whether it takes several files, so that a choice outlives changes elsewhere in the document.
const choosers = new Map();

// Whether files are chosen for the variable of this name.
export const hasFiles = (name) => filesOf(name).length > 0;

// The variables with null in the place of each chosen file, and the files with these places, by the GraphQL multipart request specification.
export function withFiles(variables) {
  const filled = { ...variables };
  const files = [];
  for (const { name, isList } of choosers.values()) {
    const chosen = filesOf(name);
    if (!chosen.length) continue;
    filled[name] = isList ? chosen.map(() => null) : null;
    chosen.forEach((file, index) => files.push({ file, path: `variables.${name}${isList ? `.${index}` : ""}` }));
  }
  return { variables: filled, files };
}

function filesOf(name) {
  const chooser = [...choosers.values()].find((one) => one.name === name);
  return [...(chooser?.input.files ?? [])];
}

function makeChooser({ name, type }) {
  const isList = type.startsWith("[");
  const size = make("span", { class: "note" });
  const input = make("input", { type: "file", id: `file-of-${name}`, multiple: isList, change: () => { showChoice(); repaint(); } });
  const remove = make("button", { type: "button", class: "button quiet", hidden: true, "aria-label": `Remove the choice for ${name}`, click: () => {
    input.value = "";
    showChoice();
    repaint();
    input.focus();
  } }, "Remove");
  function showChoice() {
    const sizes = [...input.files].map((file) => file.size);
    size.textContent = sizes.length ? readableSize(sizes.reduce((sum, bytes) => sum + bytes, 0)) : "";
    remove.hidden = !sizes.length;
  }
  const row = make("div", { class: "file" }, make("label", { for: input.id }, make("code", { class: "variable" }, `$${name}`)), input, size, remove);
  return { name, isList, input, row };
}

// One chooser for each variable of the operation that would run. Those that stay keep their place on the page, and with it the focus.
function show() {
  const declared = readDeclarations().chosen.filter(({ isFile }) => isFile);
  const wanted = new Map(declared.map((variable) => [`${variable.name} ${variable.type.startsWith("[")}`, variable]));
  const isSame = wanted.size === choosers.size && [...wanted.keys()].every((key) => choosers.has(key));
  if (isSame) return;
  for (const key of [...choosers.keys()]) if (!wanted.has(key)) choosers.delete(key);
  for (const [key, variable] of wanted) if (!choosers.has(key)) choosers.set(key, makeChooser(variable));
  page.files.replaceChildren(...[...choosers.values()].map(({ row }) => row));
  page.files.hidden = !choosers.size;
}

// A choice belongs to the document and to the session in which it was made.
function forget() {
  choosers.clear();
  page.files.replaceChildren();
  page.files.hidden = true;
  repaint();
}

export function startFiles() {
  onRepaint(show);
  onReplace(forget);
  onForget(forget);
  repaint();
}
