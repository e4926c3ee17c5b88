// A ready operation for a root field, with the fields and the variables that a first look needs.

import { isConnection, isLeaf, isRequired, schema, typeOf, typeText } from "./schema.js";

export function skeleton(keyword, field) {
  const title = field.name[0].toUpperCase() + field.name.slice(1);
  const wanted = field.args.filter(isRequired);
  const declared = wanted.map((argument) => `$${argument.name}: ${typeText(argument.type)}`);
  const passed = wanted.map((argument) => `${argument.name}: $${argument.name}`);
  if (field.args.some((argument) => argument.name === "first" && !isRequired(argument))) passed.push("first: 20");
  const selection = selectFrom(typeOf(field.type), 0);
  const document = `${keyword} ${title}${declared.length ? `(${declared.join(", ")})` : ""} {\n  ${field.name}${passed.length ? `(${passed.join(", ")})` : ""}${selection}\n}\n`;
  const variables = Object.fromEntries(wanted.map((argument) => [argument.name, sample(argument.type)]));
  return { document: indented(document), variables: Object.keys(variables).length ? JSON.stringify(variables, null, 2) : "" };
}

function indented(text) {
  let depth = 0;
  return text.split("\n").map((line) => {
    if (line.trim().startsWith("}")) depth -= 1;
    const written = "  ".repeat(line ? depth : 0) + line.trim();
    if (line.endsWith("{")) depth += 1;
    return written;
  }).join("\n");
}

// Values at hand first; objects are opened only as far as a first look needs.
function selectFrom(type, level) {
  if (!type || isLeaf(type)) return "";
  const usable = (type.fields ?? []).filter((field) => !field.isDeprecated && !field.args.some(isRequired));
  const payload = usable.find((field) => field.name === "userErrors");
  const lines = [];
  if (type.kind === "UNION" || type.kind === "INTERFACE") lines.push("__typename");
  for (const field of usable) {
    const inner = typeOf(field.type);
    const isList = typeText(field.type).startsWith("[");
    if (isLeaf(inner)) lines.push(field.name);
    else if (field.name === "nodes" && isConnection(type)) lines.push(field.name + selectFrom(inner, level));
    else if (field === payload) lines.push("userErrors { code message path }");
    else if (field.name === "pageInfo") lines.push("pageInfo { hasNextPage endCursor }");
    else if (payload) lines.push(field.name + selectFrom(inner, level + 1));
    else if (level === 0 && !isConnection(type) && !isList && inner.fields && !field.args.length && inner.name !== type.name) lines.push(`${field.name} { ${briefly(inner)} }`);
  }
  if (type.kind === "UNION") lines.push(...type.possibleTypes.slice(0, 6).map((member) => `... on ${member.name} { ${briefly(schema.types.get(member.name))} }`));
  return ` {\n${lines.length ? lines.join("\n") : "__typename"}\n}`;
}

function briefly(type) {
  const leaves = type.fields.filter((field) => isLeaf(typeOf(field.type)) && !field.args.some(isRequired) && !field.isDeprecated).map((field) => field.name);
  const best = leaves.filter((name) => name === "id" || name === "name");
  return (best.length ? best : leaves.slice(0, 3)).join(" ") || "__typename";
}

function sample(reference, level = 0) {
  if (reference.kind === "NON_NULL") return sample(reference.ofType, level);
  if (reference.kind === "LIST") return [sample(reference.ofType, level)];
  const type = schema.types.get(reference.name);
  if (type.kind === "ENUM") return type.enumValues.find((value) => !value.isDeprecated)?.name ?? null;
  if (type.kind === "INPUT_OBJECT") {
    const wanted = type.isOneOf ? type.inputFields.slice(0, 1) : type.inputFields.filter(isRequired);
    return level > 4 ? {} : Object.fromEntries(wanted.map((field) => [field.name, sample(field.type, level + 1)]));
  }
  const now = new Date().toISOString();
  return { Int: 0, Float: 0, Boolean: false, Decimal: "0.00", DateTime: now, Date: now.slice(0, 10), JSON: {} }[type.name] ?? "";
}
