// The way through a document with the schema in hand: what each bracket stands in, for completion and for the checks.

import { ROOT_KEYWORDS } from "./language.js";
import { fieldOf, isLeaf, rootType, schema, typeOf } from "./schema.js";

// Calls `visit(token, place)` for each token but spaces and comments, and answers the place after the last one. It reads half-written text too.
// A place is the innermost open bracket (`top`), the tokens around, and the argument whose value is written. Brackets are of four kinds:
// `selection` with its type, `inputs` with what may be given, `list`, and `definitions` of variables. What is not known is null.
export function walk(tokens, visit = () => {}) {
  const frames = [];
  let next = null;
  let argument = null;
  tokens.forEach((token, index) => {
    const top = frames.at(-1);
    const last = tokens[index - 1];
    visit(token, { top, last, following: tokens[index + 1], argument });
    if (token.text === "{") {
      const isValue = top && top.kind !== "selection";
      const isShortQuery = !top && (!last || last.text === "}");
      frames.push(isValue ? objectFrame(argument, token) : { kind: "selection", type: (isShortQuery ? rootType("query") : next) ?? null });
      // Also the default of a variable is an object, before the selection begins.
      if (!isValue) next = null;
    } else if (token.text === "(") frames.push(top || last?.kind === "directive" ? argumentsFrame(top, last) : { kind: "definitions" });
    else if (token.text === "[") frames.push({ kind: top?.kind === "definitions" ? "definitions" : "list", argument });
    else if (/^[})\]]$/.test(token.text)) argument = frames.pop()?.argument ?? null;
    else if (token.text === ":" && top?.kind === "inputs") argument = top.inputs?.find((input) => input.name === last.text) ?? null;
    else if (token.kind === "keyword" && ROOT_KEYWORDS.includes(token.text)) next = rootType(token.text) ?? null;
    else if (token.kind === "type" && last?.text === "on") next = schema.types.get(token.text) ?? null;
    else if (token.text === "...") next = top?.type ?? null;
    else if (token.kind === "field" && top) {
      const isAlias = tokens[index + 1]?.text === ":";
      top.token = token;
      top.field = isAlias ? null : fieldOf(top.type, token.text) ?? null;
      const type = top.field && typeOf(top.field.type);
      next = isLeaf(type) ? null : type ?? null;
    }
  });
  return { top: frames.at(-1), last: tokens.at(-1), argument };
}

function objectFrame(argument, brace) {
  const type = argument && typeOf(argument.type);
  return { kind: "inputs", inputs: type?.inputFields ?? null, owner: type?.name, of: type, token: brace, given: new Set(), argument };
}

// The arguments of a directive are not looked at. One on an operation stands in no bracket.
function argumentsFrame(top, last) {
  const field = last?.kind === "directive" ? null : top.field;
  return { kind: "inputs", inputs: field?.args ?? null, owner: field?.name, token: top?.token, given: new Set() };
}
