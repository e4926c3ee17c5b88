// Asks a server through Graphcache, with the keys of docs/clients-generators.md and without them, and prints what it warned of and which types
// came in the answers.
//
//   node graphcache.mjs MODULES KEYS SCHEMA URL TOKEN PROSPECT DEFINITION
//
// DEFINITION is that of an attribute with numbers, of which the prospect has one above 10.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, keysFile, schemaFile, url, token, prospect, definition] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${modules}/`));
const { Client, fetchExchange } = require("@urql/core");
const { cacheExchange } = require("@urql/exchange-graphcache");
const { buildSchema, introspectionFromSchema } = require("graphql");

const QUERY = `
  query Everything($prospect: ID!) {
    countries { name }
    cities(country: "VE") { name }
    collisions { value }
    identifierLookup(prefix: "J-401234569") { number prospect { id } }
    possibleDuplicates(input: { emails: ["ventas@cafe-avila.example"] }) { reason condition }
    deletedProspects(first: 2) { edges { cursor node { reference name } } nodes { name } pageInfo { hasNextPage } }
    clients(first: 2) { edges { cursor node { id } } nodes { id } }
    jobs(first: 2) {
      edges { cursor node { id progress { done } error { code } rowErrors(first: 1) { edges { cursor node { row } } nodes { row } } } }
      nodes { id }
    }
    tasks(first: 2) { edges { cursor node { id } } nodes { id } }
    documents(first: 2) { edges { cursor node { id } } nodes { id } }
    savedReports(first: 2) { edges { cursor node { id } } nodes { id } }
    dashboards(first: 2) { edges { cursor node { id tiles { title } } } nodes { id } }
    prospects(first: 2) { edges { cursor node { id } } nodes { id } pageInfo { hasNextPage } }
    report(input: {
      dataset: PROSPECTS
      dimensions: [{ field: CHANNEL }]
      measures: [{ measure: COUNT }]
      prospectFilter: { createdAt: { gte: "2020-01-01T00:00:00Z" } }
      totals: true
      compareTo: PREVIOUS_PERIOD
    }) {
      columns { key }
      rows { cells { text } comparison { number } }
      totals { number }
    }
    reportDatasets {
      name
      dimensions { label labels { es } }
      countables { label }
      measures { measure }
      numbers { label }
    }
    prospect(id: $prospect) {
      id
      firstTouch { at medium utm { source } ad { campaign } }
      documents { id name }
      addresses { id location { latitude longitude } }
      cycles(first: 2) { edges { cursor node { id amount { amount currency } } } nodes { id } }
      timeline(first: 10) {
        edges { cursor node { id } }
        nodes {
          id
          ... on FieldChangeEntry { changes { field after } }
          ... on NoteEntry {
            note { id earlierVersions(first: 2) { edges { cursor node { version body } } nodes { version } } }
          }
        }
      }
    }
  }`;
const ATTRIBUTES = `
  query Attributes($prospect: ID!, $definition: ID!) {
    attributeDefinitions(entity: PROSPECT) { id choices { key } index { state } validation { max } }
    attributeDefinitionChangePreview(id: $definition, input: { validation: { max: "10" } }) { recordCount examples { record { id } text } }
    prospect(id: $prospect) {
      id
      attributes {
        text
        definition { id }
        ... on BooleanAttributeValue { boolean }
        ... on ChoiceAttributeValue { choices { key } }
        ... on DateAttributeValue { dates }
        ... on DateTimeAttributeValue { dateTimes }
        ... on NumberAttributeValue { numbers }
        ... on ProspectAttributeValue { prospects { id } }
        ... on TextAttributeValue { strings }
        ... on UserAttributeValue { users { id } }
      }
    }
  }`;
const UPDATE = `
  mutation ($prospect: ID!) {
    prospectUpdate(id: $prospect, input: { name: "" }) { prospect { id } userErrors { code message path } }
  }`;

const schema = introspectionFromSchema(buildSchema(readFileSync(schemaFile, "utf8")));
const { keys } = await import(pathToFileURL(keysFile));

const types = new Set();
/** Notes the types of all objects in an answer. */
function collect(value) {
  if (Array.isArray(value)) value.forEach(collect);
  else if (value && typeof value === "object") {
    if (value.__typename) types.add(value.__typename);
    Object.values(value).forEach(collect);
  }
}

/** Runs all documents and answers the texts of all warnings. */
async function warnings(options) {
  const told = [];
  const logger = (severity, text) => severity === "debug" || told.push(text);
  const watch = async (address, request) => {
    const response = await fetch(address, request);
    collect(await response.clone().json());
    return response;
  };
  const client = new Client({
    url,
    preferGetMethod: false,
    exchanges: [cacheExchange({ schema, logger, ...options }), fetchExchange],
    fetch: watch,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
  });
  for (const result of [
    await client.query(QUERY, { prospect }).toPromise(),
    await client.query(ATTRIBUTES, { prospect, definition }).toPromise(),
    await client.mutation(UPDATE, { prospect }).toPromise(),
  ]) {
    if (result.error) throw new Error(result.error.message);
  }
  return told;
}

const withKeys = await warnings({ keys });
const withoutKeys = await warnings({});
console.log(JSON.stringify({ withKeys, withoutKeys, types: [...types].sort() }));
