// GraphQL and JSON as text: tokens with their kinds, the operations they form, and the coloured copies of both.

import { make } from "./dom.js";

const MAX_PAINTED = 400_000;
const GRAPHQL_TOKEN = /([\s,\uFEFF]+)|(#[^\n\r]*)|("""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?)|(\.\.\.|[{}()[\]:=!|&@$])|(-?\d[\d.eE+-]*)|([_A-Za-z]\w*)|([^])/g;
const KINDS = [, "space", "comment", "string", "punctuation", "number", "name", "punctuation"];
export const OPENING = { "{": "}", "(": ")", "[": "]" };
export const ROOT_KEYWORDS = ["query", "mutation", "subscription"];

// The bracket of a directive's arguments, among those that are open: it is none of definitions of variables.
const OF_DIRECTIVE = "@(";

// Tokens with a kind for colouring, and the operations they form. It reads half-written text too, so it never fails.
export function readDocument(text) {
  const tokens = [];
  const operations = [];
  const open = [];
  let previous = null;
  let beforePrevious = null;
  let definition = null;
  let isDefault = false;
  for (const match of text.matchAll(GRAPHQL_TOKEN)) {
    const index = KINDS.findIndex((_, group) => group > 0 && match[group] !== undefined);
    const token = { text: match[0], kind: KINDS[index], start: match.index, end: match.index + match[0].length };
    tokens.push(token);
    if (token.kind === "space" || token.kind === "comment") continue;
    const inside = open.includes("(") || open.includes(OF_DIRECTIVE) ? "values" : open.length ? "selection" : "top";
    if (token.kind === "name") {
      if (previous?.text === "$") token.kind = previous.kind = "variable";
      else if (previous?.text === "@") token.kind = previous.kind = "directive";
      else if (previous?.text === "on" && previous.kind === "keyword") token.kind = "type";
      else if (token.text === "on" && (previous?.text === "..." || beforePrevious?.text === "fragment")) token.kind = "keyword";
      else if (previous?.text === "...") token.kind = "name";
      else if (inside === "top") {
        const begins = [...ROOT_KEYWORDS, "fragment"].includes(token.text) && !definition;
        token.kind = begins ? "keyword" : "name";
        if (begins) definition = { type: token.text, name: null, start: token.start, end: text.length };
        else if (definition && !definition.name) definition.name = token.text;
        if (begins && token.text !== "fragment") operations.push(definition);
      } else if (inside === "selection") token.kind = "field";
      else if (open[0] === "(" && !isDefault && !open.includes(OF_DIRECTIVE) && /^[:[]$/.test(previous?.text)) token.kind = "type";
      else if (/^(true|false|null)$/.test(token.text) || /^[A-Z][A-Z0-9_]*$/.test(token.text)) token.kind = "literal";
      else token.kind = "argument";
    }
    // What a variable has by default ends where the next one begins, or with the definitions.
    if (token.text === "=") isDefault = true;
    else if (token.text === "$" || (token.text === ")" && open.length === 1)) isDefault = false;
    if (token.text in OPENING) {
      if (inside === "top" && token.text === "{" && !definition) {
        definition = { type: "query", name: null, start: token.start, end: text.length };
        operations.push(definition);
      }
      open.push(token.text === "(" && previous?.kind === "directive" ? OF_DIRECTIVE : token.text);
    } else if (token.kind === "punctuation" && /^[})\]]$/.test(token.text)) {
      open.pop();
      if (!open.length && token.text === "}" && definition) {
        definition.end = token.start + 1;
        definition = null;
      }
    }
    beforePrevious = previous;
    previous = token;
  }
  return { tokens, operations };
}

// The coloured tokens; those in `wrong`, a map from a token's beginning to its problem, are underlined.
export function paintDocument(text, wrong = new Map()) {
  return readDocument(text).tokens.map((token) => {
    if (token.kind === "space") return token.text;
    return make("span", { class: wrong.has(token.start) ? `${token.kind} wrong` : token.kind, "data-at": wrong.has(token.start) && token.start }, token.text);
  });
}

// The keys of problem lists that are not empty are marked, so that they are seen inside a long answer. A string for which `addressOf` has an
// address is a link that downloads it.
export function paintJson(text, addressOf = () => null) {
  if (text.length > MAX_PAINTED) return [text];
  const painted = [];
  let end = 0;
  for (const match of text.matchAll(/("(?:\\.|[^"\\\n])*"?)(\s*:)?|(true|false|null)\b|(-?\d[\d.eE+-]*)|([{}[\]])/g)) {
    painted.push(text.slice(end, match.index));
    end = match.index + match[0].length;
    const [whole, string, colon, literal, digits] = match;
    if (colon) {
      const marked = /^"(userErrors|errors)"$/.test(string) && /^\s*\[\s*[^\]\s]/.test(text.slice(end, end + 200));
      painted.push(make("span", { class: marked ? "trouble" : "field" }, string), make("span", { class: "punctuation" }, colon));
    } else if (string && addressOf(string)) painted.push(make("a", { class: "string", href: addressOf(string), download: true, title: "Download the file" }, string));
    else painted.push(make("span", { class: string ? "string" : literal ? "literal" : digits ? "number" : "punctuation" }, whole));
  }
  return [...painted, text.slice(end)];
}

// The coloured variables; those in `wrong`, a map from beginnings to problems, are underlined.
export function paintVariables(text, wrong = new Map()) {
  const painted = [];
  let end = 0;
  for (const problem of wrong.values()) {
    painted.push(...paintJson(text.slice(end, problem.start)));
    // At the end of an empty text there is nothing to underline.
    if (problem.end > problem.start) painted.push(make("span", { class: "wrong", "data-at": problem.start }, paintJson(text.slice(problem.start, problem.end))));
    end = problem.end;
  }
  return [...painted, ...paintJson(text.slice(end))];
}
