// Menus: they close by Escape, by a click elsewhere and when the focus leaves; the arrow keys go through them.

const menus = () => [...document.querySelectorAll("details.menu")];

export function closeMenus() {
  for (const menu of menus()) menu.open = false;
}

function moveWithin(menu, event) {
  const items = [...menu.querySelectorAll(".menu-list button, .menu-list a")];
  const at = items.indexOf(document.activeElement);
  const steps = { ArrowDown: at + 1, ArrowUp: at < 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 };
  if (!(event.key in steps) || !items.length) return;
  event.preventDefault();
  menu.open = true;
  items[(steps[event.key] + items.length) % items.length].focus();
}

export function startMenus() {
  for (const menu of menus()) {
    menu.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && menu.open) {
        event.stopPropagation();
        menu.open = false;
        menu.querySelector("summary").focus();
      } else moveWithin(menu, event);
    });
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
  }
  document.addEventListener("pointerdown", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
}
