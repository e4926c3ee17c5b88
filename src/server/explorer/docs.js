// The schema panel: lists first, then everything else, with a page for each type and field and a search over all of it.

import { make, page } from "./dom.js";
import { replaceEditors } from "./editor.js";
import { isConnection, isRequired, loadSchema, onSchemaChange, rootType, schema, schemaProblem, shownTypes, typeOf, typeText, namedType } from "./schema.js";
import { currentSession } from "./session.js";
import { skeleton } from "./skeleton.js";

let trail = [];

function showDocs() {
  page.docsSearch.disabled = !schema;
  page.docsBack.hidden = !schema || (!trail.length && !page.docsSearch.value);
  page.docs.scrollTo(0, 0);
  if (!currentSession()) {
    trail = [];
    page.docsSearch.value = "";
    page.docs.replaceChildren(make("p", { class: "empty" }, "Sign in to read the schema: its fields and types, with what each of them means."));
  } else if (schemaProblem) {
    page.docs.replaceChildren(make("div", { class: "empty" }, make("p", {}, `The schema could not be read. ${schemaProblem}`),
      make("button", { class: "button", type: "button", click: loadSchema }, "Try again")));
  } else if (!schema) {
    page.docs.replaceChildren(make("p", { class: "empty" }, "Reading the schema…"));
  } else if (page.docsSearch.value.trim()) {
    page.docs.replaceChildren(...searchResults(page.docsSearch.value.trim()));
  } else if (trail.length) {
    const { type, field } = trail.at(-1);
    page.docs.replaceChildren(...(field ? fieldPage(type, field) : typePage(type)));
  } else {
    page.docs.replaceChildren(...startPage());
  }
}

// What was searched for comes back on the way back.
function visit(entry) {
  trail.push({ ...entry, words: page.docsSearch.value });
  page.docsSearch.value = "";
  showDocs();
  page.docs.querySelector(".entity-title")?.focus({ preventScroll: true });
}

function goBack() {
  if (page.docsSearch.value) page.docsSearch.value = "";
  else page.docsSearch.value = trail.pop()?.words ?? "";
  showDocs();
  // The button may be gone, and the focus with it.
  if (document.activeElement !== page.docsSearch) (page.docs.querySelector(".entity-title") ?? page.docsSearch).focus({ preventScroll: true });
}

const KIND_TITLES = { OBJECT: "Objects", INTERFACE: "Interfaces", UNION: "Unions", INPUT_OBJECT: "Inputs", ENUM: "Enums", SCALAR: "Scalars" };
const KIND_WORDS = { OBJECT: "object", INTERFACE: "interface", UNION: "union", INPUT_OBJECT: "input", ENUM: "enum", SCALAR: "scalar" };

// The fields of the roots, those first that one begins with.
function rootGroups() {
  const queries = rootType("query").fields;
  const isPage = (field) => isConnection(typeOf(field.type));
  const isShort = (field) => !isPage(field) && typeText(field.type).startsWith("[") && !field.args.some(isRequired);
  return [
    ["Lists", "query", queries.filter(isPage)],
    ["Short lists and catalogues", "query", queries.filter(isShort)],
    ["Single records and look-ups", "query", queries.filter((field) => !isPage(field) && !isShort(field))],
    ["Mutations", "mutation", rootType("mutation")?.fields ?? []],
    ["Subscriptions", "subscription", rootType("subscription")?.fields ?? []],
  ].filter(([, , fields]) => fields.length);
}

function startPage() {
  const roots = rootGroups().map(([title, keyword, fields]) => [make("h3", {}, title), fields.map((field) => rootEntry(keyword, field))]);
  const types = Object.entries(KIND_TITLES).map(([kind, title]) => {
    const ofKind = shownTypes().filter((type) => type.kind === kind).sort((left, right) => left.name.localeCompare(right.name));
    return ofKind.length > 0 && make("details", {}, make("summary", {}, `${title} (${ofKind.length})`),
      ofKind.map((type) => make("div", { class: "entry" }, typeLink(type), describe(type, true))));
  });
  return [roots, make("h3", {}, "Types"), types].flat(3).filter(Boolean);
}

function rootEntry(keyword, field) {
  const type = rootType(keyword);
  return make("div", { class: "entry" }, fieldLink(type, field), useButton(keyword, field), describe(field, true));
}

function searchResults(words) {
  const wanted = words.toLowerCase();
  const rank = (name) => (name.toLowerCase() === wanted ? 0 : name.toLowerCase().startsWith(wanted) ? 1 : name.toLowerCase().includes(wanted) ? 2 : 9);
  const found = [];
  const add = (name, weight, entry) => { if (rank(name) < 9) found.push({ weight: rank(name) * 10 + weight, name, entry }); };
  for (const [keyword, name] of Object.entries(schema.roots)) {
    for (const field of schema.types.get(name).fields) add(field.name, 0, () => rootEntry(keyword, field));
  }
  for (const type of shownTypes()) {
    add(type.name, 1, () => make("div", { class: "entry" }, typeLink(type), make("span", { class: "kind" }, KIND_WORDS[type.kind]), describe(type, true)));
    for (const field of type.fields ?? type.inputFields ?? []) add(field.name, 2, () => make("div", { class: "entry" }, fieldLink(type, field, `${type.name}.${field.name}`), describe(field, true)));
    for (const value of type.enumValues ?? []) add(value.name, 3, () => make("div", { class: "entry" }, typeLink(type, `${type.name}.${value.name}`), describe(value, true)));
  }
  found.sort((left, right) => left.weight - right.weight || left.name.localeCompare(right.name));
  if (!found.length) return [make("p", { class: "empty" }, `Nothing in the schema is called “${words}”.`)];
  const more = found.length > 60 && make("p", { class: "empty" }, `${found.length - 60} more. Write more of the name to see them.`);
  return [...found.slice(0, 60).map(({ entry }) => entry()), more].filter(Boolean);
}

function typePage(type) {
  const fields = type.fields ?? type.inputFields ?? [];
  const related = [...(type.interfaces ?? []), ...(type.kind === "OBJECT" ? [] : type.possibleTypes ?? [])];
  return [
    make("h2", { class: "entity-title", tabindex: "-1" }, type.name),
    make("p", { class: "kind" }, KIND_WORDS[type.kind], type.isOneOf && ", exactly one field is given"),
    ...describe(type),
    type.specifiedByURL && make("p", {}, "Specified by ", make("code", {}, type.specifiedByURL)),
    fields.length > 0 && make("h3", {}, type.inputFields?.length ? "Input fields" : "Fields"),
    ...fields.map((field) => inputEntry(field, type)),
    type.enumValues?.length > 0 && make("h3", {}, "Values"),
    ...(type.enumValues ?? []).map((value) => make("div", { class: "entry" }, make("code", { class: value.isDeprecated ? "deprecated-name" : "" }, value.name), describe(value))),
    related.length > 0 && make("h3", {}, type.kind === "OBJECT" ? "Implements" : "Possible types"),
    ...related.map((reference) => make("div", { class: "entry" }, typeLink(schema.types.get(reference.name)))),
  ].filter(Boolean);
}

function fieldPage(type, field) {
  const keyword = Object.keys(schema.roots).find((root) => schema.roots[root] === type.name);
  const result = typeOf(field.type);
  return [
    make("h2", { class: "entity-title", tabindex: "-1" }, field.name),
    make("p", { class: "kind" }, "field of ", make("button", { class: "link", type: "button", click: () => visit({ type }) }, type.name)),
    ...describe(field),
    keyword && make("p", { class: "description" }, useButton(keyword, field, "Put into the editor")),
    make("h3", {}, "Type"),
    make("p", { class: "signature" }, referenceLink(field.type)),
    field.args?.length > 0 && make("h3", {}, "Arguments"),
    ...(field.args ?? []).map((argument) => inputEntry(argument)),
    result?.fields && make("h3", {}, `Fields of ${result.name}`),
    ...(result?.fields ?? []).map((inner) => inputEntry(inner, result)),
  ].filter(Boolean);
}

// A field, an argument or an input field, with its type; fields with arguments lead to a page of their own.
function inputEntry(item, owner) {
  const label = item.args?.length ? fieldLink(owner, item, item.name + "(…)") : make("code", { class: item.isDeprecated ? "deprecated-name" : "" }, item.name);
  const fallback = item.defaultValue != null && make("span", { class: "kind" }, " = ", make("code", {}, item.defaultValue));
  return make("div", { class: "entry" }, make("div", {}, label, make("span", { class: "punctuation" }, ": "), referenceLink(item.type), fallback), describe(item));
}

const fieldLink = (type, field, text = field.name) =>
  make("button", { class: field.isDeprecated ? "link deprecated-name" : "link", type: "button", click: () => visit({ type, field }) }, text);
const typeLink = (type, text = type.name) => make("button", { class: "link type", type: "button", click: () => visit({ type }) }, text);
const referenceLink = (reference) => typeLink(typeOf(reference) ?? { name: namedType(reference).name }, typeText(reference));
const useButton = (keyword, field, text = "Use") =>
  make("button", { class: "use", type: "button", "aria-label": text === "Use" && `Use ${field.name}`, click: () => { const made = skeleton(keyword, field); replaceEditors(made.document, made.variables); } }, text);

// Descriptions are plain paragraphs with `code` in them; a brief one is the first paragraph.
function describe(item, brief = false) {
  const paragraphs = (item.description ?? "").split(/\n\s*\n/).map((text) => text.replace(/\s+/g, " ").trim()).filter(Boolean);
  const shown = (brief ? paragraphs.slice(0, 1) : paragraphs).map((text) => make("p", { class: brief ? "brief" : "description" },
    text.split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part))));
  if (item.isDeprecated) shown.push(make("p", { class: "deprecated" }, `Deprecated. ${item.deprecationReason ?? ""}`));
  return shown;
}

export function startDocs() {
  onSchemaChange(() => {
    trail = [];
    showDocs();
  });
  page.docsSearch.addEventListener("input", showDocs);
  page.docsSearch.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      const link = page.docs.querySelector(".link");
      if (event.key === "Enter" && page.docsSearch.value) link?.click();
      else link?.focus();
    } else if (event.key === "Escape" && page.docsSearch.value) {
      event.preventDefault();
      event.stopPropagation();
      goBack();
    }
  });
  page.docsBack.addEventListener("click", goBack);
  showDocs();
}
