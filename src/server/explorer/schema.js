// The schema by introspection: how it is read, and what the rest of the page asks of it.

import { ROOT_KEYWORDS } from "./language.js";
import { currentSession, endSession, isUnauthenticated, onSessionBegin, onSessionEnd, send, unreachable } from "./session.js";

const TYPE_REFERENCE = "kind name " + "ofType { kind name ".repeat(7) + "}".repeat(7);
const INTROSPECTION = `query IntrospectionQuery {
  __schema {
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ...InputValue }
        type { ...TypeRef }
      }
      inputFields(includeDeprecated: true) { ...InputValue }
      interfaces { kind name }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      possibleTypes { kind name }
    }
  }
}
fragment InputValue on __InputValue { name description defaultValue isDeprecated deprecationReason type { ...TypeRef } }
fragment TypeRef on __Type { ${TYPE_REFERENCE} }`;

// `types` by name and `roots` by keyword, or null as long as they are not known.
export let schema = null;
export let schemaProblem = "";
const listeners = [];
export const onSchemaChange = (listener) => listeners.push(listener);
const notify = () => listeners.forEach((listener) => listener());

export const namedType = (reference) => (reference.ofType ? namedType(reference.ofType) : reference);
export const isRequired = (input) => input.type.kind === "NON_NULL" && input.defaultValue == null;
export const isLeaf = (type) => type?.kind === "SCALAR" || type?.kind === "ENUM";
export const typeOf = (reference) => schema.types.get(namedType(reference).name);
export const fieldOf = (type, name) => (type?.fields ?? type?.inputFields ?? []).find((field) => field.name === name);
export const rootType = (keyword) => schema.types.get(schema.roots[keyword]);
export const isConnection = (type) => Boolean(fieldOf(type, "pageInfo"));
export const shownTypes = () => [...schema.types.values()].filter((type) => !type.name.startsWith("__") && !Object.values(schema.roots).includes(type.name));

export function typeText(reference) {
  if (reference.kind === "NON_NULL") return typeText(reference.ofType) + "!";
  return reference.kind === "LIST" ? `[${typeText(reference.ofType)}]` : reference.name;
}

export async function loadSchema() {
  const token = currentSession()?.token;
  schemaProblem = "";
  notify();
  try {
    const answer = await send({ query: INTROSPECTION, operationName: "IntrospectionQuery" });
    if (!token || token !== currentSession()?.token) return;
    if (isUnauthenticated(answer)) return endSession("Your session has ended. Sign in again.");
    const read = answer.json?.data?.__schema;
    if (read) {
      const roots = ROOT_KEYWORDS.map((keyword) => [keyword, read[keyword + "Type"]?.name]).filter(([, name]) => name);
      schema = { types: new Map(read.types.map((type) => [type.name, type])), roots: Object.fromEntries(roots) };
    } else {
      schemaProblem = answer.json?.errors?.[0]?.message ?? `The server answered ${answer.status}`;
    }
  } catch (error) {
    schemaProblem = unreachable(error);
  }
  notify();
}

export function startSchema() {
  onSessionBegin(loadSchema);
  onSessionEnd(() => {
    schema = null;
    notify();
  });
}
