// What is wrong with the variables: JSON that cannot be read, names that no operation declares, and variables without a value.

import { OPENING } from "./language.js";

const TOKEN = /([ \t\n\r]+)|("(?:\\.|[^"\\\n])*"?)|([{}[\]:,])|([\w.+-]+|[^])/g;
const KINDS = [, "space", "string", "punctuation", "word"];
const EXPECTED = { value: "a value", key: "a name in double quotes", colon: "`:`", more: "`,` or the end of the bracket" };

// The types of variables that take files of the request.
const FILE = /^(?:Upload|\[Upload!?\])!?$/;

// Calls `report(token, message, known)` for each. `operations` are the declarations of each operation, `chosen` those of the one that would run.
export function checkVariables(text, operations, chosen, report) {
  const read = readObject(text, report);
  if (!read || !operations.length) return;
  const known = [...new Set(operations.flat().map(({ name }) => name))];
  const who = operations.length > 1 ? "No operation declares" : "The operation does not declare";
  for (const key of read.keys) if (!known.includes(key.text)) report(key, `${who} \`$${key.text}\`.`, known);
  const missing = chosen.filter(({ name, isRequired }) => isRequired && !read.keys.some((key) => key.text === name));
  if (missing.length) report(read.end, [lack(missing.filter(({ isFile }) => !isFile)), choose(missing.filter(({ isFile }) => isFile))].filter(Boolean).join(" "));
  for (const variable of chosen) {
    const { name, type, isNonNull, isFile } = variable;
    const key = isNonNull && read.keys.find(({ text: given, isNull }) => given === name && isNull);
    if (key) report(key, isFile ? choose([variable]) : `\`$${name}: ${type}\` cannot be null.`);
  }
}

const lack = (list) => list.length > 0 && `The variables lack ${list.map(({ name, type }) => `\`$${name}: ${type}\``).join(" and ")}.`;
const choose = (list) => list.length > 0 && `Choose a file for ${list.map(({ name }) => `\`$${name}\``).join(" and ")}.`;

// The variables that an operation declares; the tokens are without spaces and comments.
export function declarationsOf(operation, tokens) {
  const found = [];
  tokens.forEach((token, index) => {
    const isDeclared = token.kind === "variable" && tokens[index - 1]?.text === "$" && tokens[index + 1]?.text === ":";
    if (!isDeclared || token.start < operation.start || token.end > operation.end) return;
    let end = index + 2;
    while (tokens[end]?.kind === "type" || ["[", "]", "!"].includes(tokens[end]?.text)) end += 1;
    const type = tokens.slice(index + 2, end).map((part) => part.text).join("");
    const isNonNull = type.endsWith("!");
    found.push({ name: token.text, type, isNonNull, isRequired: isNonNull && tokens[end]?.text !== "=", isFile: FILE.test(type) });
  });
  return found;
}

// What may follow a token in its place, or null where it may not stand there. `open` are the brackets around it.
const NEXT = {
  value(token, open) {
    if (token.kind !== "punctuation") return isScalar(token.text) ? "more" : null;
    if (!(token.text in OPENING)) return null;
    open.push(token);
    return token.text === "{" ? "key" : "value";
  },
  key: (token) => (token.kind === "string" ? "colon" : null),
  colon: (token) => (token.text === ":" ? "value" : null),
  more: (token, open) => (token.text !== "," ? null : open.at(-1).text === "{" ? "key" : "value"),
};

// The names of the object and the token that ends it, or null where the text is no JSON object. No text is an object without names.
function readObject(text, report) {
  const tokens = tokensOf(text);
  if (!tokens.length) return { keys: [], end: { text: "", kind: "string", start: 0, end: 0 } };
  const refuse = (token, message) => { report(token, message); return null; };
  if (tokens[0].text !== "{") return refuse(tokens[0], "The variables are no JSON object: `{ … }`.");
  const keys = [];
  const open = [];
  let expected = "value";
  for (const [index, token] of tokens.entries()) {
    const top = open.at(-1);
    if (index && !top) return refuse(token, "Nothing may stand behind the variables.");
    if (token.kind === "string" && !isScalar(token.text)) return refuse(token, isClosed(token.text) ? "The text in quotes is not valid JSON." : "The text in quotes is not closed.");
    // Not behind a comma.
    const mayClose = expected === "more" || tokens[index - 1] === top;
    if (top && mayClose && token.text === OPENING[top.text]) {
      open.pop();
      expected = "more";
      continue;
    }
    if (expected === "key" && open.length === 1 && token.kind === "string") keys.push({ ...token, text: JSON.parse(token.text), isNull: tokens[index + 2]?.text === "null" });
    const next = NEXT[expected](token, open);
    if (!next) return refuse(token, `\`${token.text}\` stands where ${EXPECTED[expected]} is expected.`);
    expected = next;
  }
  if (open.length) return refuse(open.at(-1), `The bracket \`${open.at(-1).text}\` is not closed.`);
  return { keys, end: tokens.at(-1) };
}

function tokensOf(text) {
  const tokens = [];
  for (const match of text.matchAll(TOKEN)) {
    const kind = KINDS[KINDS.findIndex((_, group) => group > 0 && match[group] !== undefined)];
    if (kind !== "space") tokens.push({ text: match[0], kind, start: match.index, end: match.index + match[0].length });
  }
  return tokens;
}

const isClosed = (text) => /^"(?:\\.|[^"\\])*"$/.test(text);

function isScalar(text) {
  try { return typeof JSON.parse(text) !== "object" || text === "null"; } catch { return false; }
}
