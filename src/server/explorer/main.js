// Puts the page together.

import { startAccount } from "./account.js";
import { problemsByEditor, startChecks } from "./checks.js";
import { startCompletion } from "./completion.js";
import { startDocs } from "./docs.js";
import { page, showView } from "./dom.js";
import { startEditors } from "./editor.js";
import { startFiles } from "./files.js";
import { startHistory } from "./history.js";
import { startMenus } from "./menus.js";
import { startPanes } from "./panes.js";
import { startPrettify } from "./prettify.js";
import { loadRecipes, startRecipes } from "./recipes.js";
import { startRun } from "./run.js";
import { startSchema } from "./schema.js";
import { startSession } from "./session.js";

const recipes = await loadRecipes();
// The editor looks whether something is offered before completion takes the key and closes its list.
startEditors(problemsByEditor, recipes[0] ?? { document: "", variables: "" });
startCompletion();
startChecks();
startFiles();
startPanes();
startMenus();
startRecipes(recipes);
startHistory();
startAccount();
startPrettify();
startRun();
startSchema();
startDocs();
page.tabs.addEventListener("click", (event) => { if (event.target.dataset.view) showView(event.target.dataset.view); });
if (/Mac|iPhone|iPad/.test(navigator.platform)) for (const key of page.hints.querySelectorAll(".command")) key.textContent = "⌘";
startSession();
