// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Puts the page's parts together. @module */

/** @import { Explanation } from "./explain_error.js" */
/** @import { Turn } from "./turn.js" */

import { Announcer } from "./announcer.js";
import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { EndFollower } from "./end_follower.js";
import { explainError } from "./explain_error.js";
import { findElement } from "./element.js";
import { listModels } from "./api.js";
import { makeFailure } from "./failure.js";
import { readStored, writeStored } from "./storage.js";
import { Settings } from "./settings.js";
import { SettingsView } from "./settings_view.js";
import { toggleTheme } from "./theme.js";
import { TreePanel } from "./tree_panel.js";

const DRAFTS = "jakiro.drafts";

const list = findElement("messages", HTMLOListElement);
const notice = findElement("notice", HTMLElement);
const welcome = findElement("welcome", HTMLElement);
const modelButton = findElement("model", HTMLButtonElement);
const draftsButton = findElement("show-drafts", HTMLButtonElement);

const follower = new EndFollower(findElement("scroller", HTMLElement), list);
const settings = new Settings();
const settingsView = new SettingsView(settings, { onChange: showModel });
const composer = new Composer({
  onSend: ask,
  onStop: () => chat.stop(),
});
const tree = new TreePanel({
  fetchTree: (place, signal) => chat.fetchTree(place, signal),
  onMark: (place) => {
    if (place !== null) follower.pause();
    chat.mark(place);
  },
});
const chat = new Chat({
  list,
  settings,
  announcer: new Announcer(findElement("announcer", HTMLElement)),
  onChange: showState,
  onEdit: (turn) => composer.edit(turn),
  onTree: (place) => tree.open(place),
  onRemedy: remedy,
});

modelButton.addEventListener("click", () => changeSettings());
findElement("open-settings", HTMLButtonElement)
  .addEventListener("click", () => changeSettings());
findElement("theme", HTMLButtonElement).addEventListener("click", toggleTheme);
findElement("new", HTMLButtonElement).addEventListener("click", beginAnew);
draftsButton.addEventListener("click", () => {
  showDrafts(draftsButton.getAttribute("aria-pressed") !== "true");
});
findElement("examples", HTMLElement).addEventListener("click", ({ target }) => {
  if (target instanceof HTMLButtonElement) ask(target.textContent.trim(), null);
});
document.addEventListener("keydown", ({ key, defaultPrevented }) => {
  if (key !== "Escape" || defaultPrevented || settingsView.isOpen) return;
  if (chat.isAnswering) chat.stop();
  else if (tree.isOpen) tree.close();
  else if (composer.isEditing) composer.cancelEdit();
});

showDrafts(readStored("localStorage", DRAFTS) !== "hidden");
composer.focus();
await loadModels();

async function loadModels() {
  notice.replaceChildren();
  try {
    settingsView.showModels(await listModels({ key: settings.key }));
  } catch (error) {
    const explanation = explainError(error);
    const onRemedy = () => remedy(explanation, loadModels);
    notice.append(makeFailure(explanation, { onRemedy }));
  }
}

/**
 * @param {string} question
 * @param {Turn | null} replaced
 */
async function ask(question, replaced) {
  // The server may have been away when the page was opened.
  if (settings.get("model") === "") await loadModels();
  await chat.ask(question, replaced);
}

/**
 * Does what an error asks for.
 *
 * @param {Explanation} explanation The error.
 * @param {() => void} retry Tries again what failed.
 */
async function remedy(explanation, retry) {
  switch (explanation.remedy) {
    case "new":
      return beginAnew();
    case "key":
    case "settings":
      if (await changeSettings(explanation.remedy)) retry();
      return;
    case "retry":
      return retry();
  }
}

/** @param {"key" | "settings"} [begin] */
async function changeSettings(begin = "settings") {
  const key = settings.key;
  const hasChanged = await settingsView.open(begin === "key" ? "key" : "model");
  if (settings.key !== key) await loadModels();
  return hasChanged;
}

function beginAnew() {
  tree.close();
  chat.clear();
  composer.cancelEdit();
}

function showState() {
  if (chat.isAnswering) {
    tree.close();
    follower.resume();
  }
  welcome.hidden = !chat.isEmpty;
  composer.showAnswering(chat.isAnswering);
}

function showModel() {
  modelButton.textContent = settings.get("model") || "no model";
}

/** @param {boolean} isShown */
function showDrafts(isShown) {
  draftsButton.setAttribute("aria-pressed", String(isShown));
  document.documentElement.dataset.drafts = isShown ? "shown" : "hidden";
  writeStored("localStorage", [DRAFTS, isShown ? null : "hidden"]);
}
