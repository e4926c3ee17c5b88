// The recipes: ready operations for common tasks, read from a file of their own and filled with records at hand.

import { make, page } from "./dom.js";
import { replaceEditors } from "./editor.js";
import { closeMenus } from "./menus.js";
import { currentSession, send } from "./session.js";

const FILE = new URL("explorer/recipes.graphql", document.baseURI);
const AT_HAND = `{
  prospects(first: 1, filter: { condition: { eq: PROSPECT }, statusCategory: { eq: OPEN } }) { nodes { id name status { id } } }
  statuses { id category isRetired }
  taskTypes { id isRetired }
}`;
const DAY = 86_400_000;

// Each begins with a line `### Title`, then `# what it is for`, then its variables after `#%`, then the document.
export function readRecipes(text) {
  return text.split(/^### /m).slice(1).map((part) => {
    const [title, about, ...lines] = part.trim().split("\n");
    const variables = lines.filter((line) => line.startsWith("#%")).map((line) => line.slice(3)).join("\n");
    const document = lines.filter((line) => !line.startsWith("#%")).join("\n");
    return { title, about: about.replace(/^# /, ""), variables, document: `${about}\n${document}` };
  });
}

// What the words in variables that begin with `$` stand for.
async function atHand() {
  const answer = currentSession() && await send({ query: AT_HAND }).catch(() => null);
  const { prospects, statuses, taskTypes } = answer?.json?.data ?? {};
  const prospect = prospects?.nodes[0];
  const status = statuses?.find((one) => one.category === "OPEN" && !one.isRetired && one.id !== prospect?.status?.id);
  const ids = { prospect: prospect?.id ?? "prs_…", status: status?.id ?? "sta_…", taskType: taskTypes?.find((one) => !one.isRetired)?.id ?? "tty_…" };
  return { values: { ...ids, tomorrow: new Date(Date.now() + DAY).toISOString() }, name: prospect?.name };
}

const placeholder = /"\$(\w+)"/g;

async function choose(recipe) {
  closeMenus();
  let { variables } = recipe;
  let note = "";
  if (variables.search(placeholder) >= 0) {
    const token = currentSession()?.token;
    const { values, name } = await atHand();
    // Records of one user are not shown to the next.
    if (token !== currentSession()?.token) return;
    variables = variables.replace(placeholder, (whole, word) => (word in values ? JSON.stringify(values[word]) : whole));
    // The record that a mutation would change is named before it runs.
    if (name && recipe.variables.includes('"$prospect"')) note = `For “${name}”`;
  }
  replaceEditors(recipe.document, variables);
  page.variablesNote.textContent = note;
}

// The recipes, or none where the file could not be read.
export async function loadRecipes() {
  try {
    const response = await fetch(FILE, { credentials: "omit" });
    return response.ok ? readRecipes(await response.text()) : [];
  } catch {
    return [];
  }
}

export function startRecipes(recipes) {
  page.recipesList.replaceChildren(...recipes.map((recipe) =>
    make("button", { type: "button", click: () => choose(recipe) }, recipe.title, make("span", {}, recipe.about))));
  if (!recipes.length) page.recipesList.append(make("p", { class: "menu-note" }, "The recipes could not be read. Load the page again."));
  page.variables.addEventListener("input", () => { page.variablesNote.textContent = ""; });
}
