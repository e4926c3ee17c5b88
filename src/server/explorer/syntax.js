// What keeps a document from being read at all: brackets, strings and what stands where nothing of its kind may.

import { OPENING, ROOT_KEYWORDS } from "./language.js";

const BEGINNINGS = [...ROOT_KEYWORDS, "fragment"];
const IN_SELECTION = ["{", "}", "(", ")", ":", "...", "@"];
const KNOWN = [...IN_SELECTION, "[", "]", "=", "!", "|", "&", "$"];

// Calls `report(token, message, known)` for each; the tokens are without spaces and comments.
export function checkSyntax(tokens, report) {
  const text = tokens.find((token) => token.kind === "string" && !isClosed(token.text));
  // The brackets behind it are part of the text.
  if (text) return report(text, "The text in quotes is not closed.");
  const open = [];
  let definition = null;
  tokens.forEach((token, index) => {
    checkToken(token, report);
    if (!open.length && !definition && !closes(token)) {
      definition = token;
      if (token.text !== "{" && token.kind !== "keyword") report(token, `\`${token.text}\` begins no operation and no fragment.`, BEGINNINGS);
    } else if (open.at(-1)?.text === "{" && !open.some(({ text }) => text === "(")) checkInSelection(token, report);
    if (token.kind !== "punctuation") return;
    if (token.text in OPENING) open.push(token);
    else if (closes(token)) {
      const isEmpty = tokens[index - 1] === open.at(-1) && (token.text === ")" || open.every(({ text }) => text === "{"));
      if (isEmpty && open.length && OPENING[open.at(-1).text] === token.text) report(open.at(-1), `Nothing stands between \`${open.at(-1).text}\` and \`${token.text}\`.`);
      close(open, token, report);
      if (!open.length && token.text === "}") definition = null;
    }
  });
  if (open.length) report(open.at(-1), notClosed(open.at(-1)));
  else if (definition) report(definition, `A selection of fields is missing: \`{ … }\`.`);
}

const closes = (token) => token.kind === "punctuation" && Object.values(OPENING).includes(token.text);
const notClosed = (bracket) => `The bracket \`${bracket.text}\` is not closed.`;

function checkToken(token, report) {
  if (token.kind === "punctuation" && !KNOWN.includes(token.text)) report(token, `\`${token.text}\` has no meaning here.`);
}

function isClosed(text) {
  if (text.startsWith('"""')) return text.length >= 6 && text.endsWith('"""') && !text.endsWith('\\"""');
  return /^"(?:\\.|[^"\\])*"$/.test(text);
}

function checkInSelection(token, report) {
  const isMisplaced = ["string", "number", "variable"].includes(token.kind) || (token.kind === "punctuation" && !closes(token) && !IN_SELECTION.includes(token.text));
  if (isMisplaced) report(token, `\`${token.text}\` cannot stand among the fields of a selection.`);
}

// Takes the bracket off that this one closes, and with it those inside that are open still.
function close(open, token, report) {
  const at = open.findLastIndex(({ text }) => OPENING[text] === token.text);
  if (at < 0) return report(token, `\`${token.text}\` closes no bracket.`);
  if (at < open.length - 1) report(open.at(-1), notClosed(open.at(-1)));
  open.length = at;
}
