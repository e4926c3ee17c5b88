// The dividers between the panes: moved by mouse, touch and keyboard, within limits, and kept as long as the tab's session.

import { page, recall, remember } from "./dom.js";
import { onForget } from "./session.js";

const KEY = "cartera.panes";
const STEP = 2;
// So many pixels the panes keep side by side: the buttons at the head of the operation fit, and an answer can be read.
const NARROWEST = { edit: 330, answer: 240, docs: 200 };
const STACKED = matchMedia("(max-width: 1180px)");

// Each says which share of its frame, in per cent, the pane before it has (or after it, where the share counts from the end).
// Below a certain width the editor stands above the answer, and their divider lies flat.
const DIVIDERS = [
  { pane: "edit", element: page.editDivider, frame: page.main, property: "--edit", value: 39, stacked: 54, least: 20, most: 65, isFlat: () => STACKED.matches },
  { pane: "docs", element: page.docsDivider, frame: page.main, property: "--docs", value: 24, stacked: 32, least: 14, most: 45, fromEnd: true, isFlat: () => false },
  { element: page.variablesDivider, frame: page.edit, property: "--variables", value: 30, stacked: 34, least: 12, most: 70, fromEnd: true, isFlat: () => true },
];

const layout = () => (STACKED.matches ? "stacked" : "wide");
const initial = (divider) => (STACKED.matches ? divider.stacked : divider.value);

// The limits of a divider in per cent, by the room that there is now.
function limits(divider) {
  const { least, most, pane } = divider;
  const width = page.main.clientWidth - 32;
  if (!pane || divider.isFlat() || width <= 0) return { least, most };
  const room = (name) => (NARROWEST[name] / width) * 100;
  // The share of a pane has the width of its divider in it.
  const gap = (12 / width) * 100;
  const across = DIVIDERS.find((other) => other.pane && other !== divider && !other.isFlat());
  const beside = across ? Math.max(across.share ?? initial(across), room(across.pane) + gap) + room("answer") : room("edit") + gap;
  const narrowest = Math.max(least, room(pane) + gap);
  return { least: narrowest, most: Math.max(narrowest, Math.min(most, 100 - beside)) };
}

function set(divider, share) {
  const { least, most } = limits(divider);
  divider.share = Math.min(most, Math.max(least, share));
  divider.frame.style.setProperty(divider.property, `${divider.share}%`);
  divider.element.setAttribute("aria-valuemin", Math.round(least));
  divider.element.setAttribute("aria-valuemax", Math.round(most));
  divider.element.setAttribute("aria-valuenow", Math.round(divider.share));
}

function save() {
  const kept = recall(sessionStorage, KEY) ?? {};
  remember(sessionStorage, KEY, { ...kept, [layout()]: DIVIDERS.map(({ share }) => share) });
}

function arrange() {
  for (const divider of DIVIDERS) delete divider.share;
  const kept = recall(sessionStorage, KEY)?.[layout()];
  DIVIDERS.forEach((divider, index) => {
    divider.element.setAttribute("aria-orientation", divider.isFlat() ? "horizontal" : "vertical");
    set(divider, Number.isFinite(kept?.[index]) ? kept[index] : initial(divider));
  });
}

// The share at which the pointer stands.
function shareAt(divider, event) {
  const box = divider.frame.getBoundingClientRect();
  const style = getComputedStyle(divider.frame);
  const [from, size, at] = divider.isFlat()
    ? [box.top + parseFloat(style.paddingTop), box.height - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom), event.clientY]
    : [box.left + parseFloat(style.paddingLeft), box.width - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight), event.clientX];
  const share = ((at - from) / size) * 100;
  return divider.fromEnd ? 100 - share : share;
}

function press(divider, event) {
  const back = divider.isFlat() ? "ArrowUp" : "ArrowLeft";
  const forth = divider.isFlat() ? "ArrowDown" : "ArrowRight";
  const sign = divider.fromEnd ? -1 : 1;
  const shares = { [back]: divider.share - sign * STEP, [forth]: divider.share + sign * STEP, Home: 0, End: 100, Enter: initial(divider) };
  if (!(event.key in shares) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  set(divider, shares[event.key]);
  save();
}

export function startPanes() {
  for (const divider of DIVIDERS) {
    const { element } = divider;
    element.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      event.preventDefault();
      // A divider is rarely taken at its very edge, and does not jump there.
      divider.grip = shareAt(divider, event) - divider.share;
      element.focus({ preventScroll: true });
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => { if (element.hasPointerCapture(event.pointerId)) set(divider, shareAt(divider, event) - divider.grip); });
    element.addEventListener("lostpointercapture", save);
    element.addEventListener("keydown", (event) => press(divider, event));
    element.addEventListener("dblclick", () => { set(divider, initial(divider)); save(); });
  }
  // Also a window that becomes narrower leaves each pane its room.
  addEventListener("resize", arrange);
  onForget(() => remember(sessionStorage, KEY, null));
  arrange();
}
