// The frame's behaviour: navigation drawer on a phone, why buttons, counts in the navigation.
import { startKeys } from "./keys.js";
import { explain } from "./why.js";

export function start() {
  startKeys();
  document.addEventListener("click", (event) => {
    document
      .querySelectorAll("details.more-acts[open]")
      .forEach((one) => one.contains(event.target) || (one.open = false));
    const target = event.target.closest?.("[data-action],[data-why]");
    if (!target) return;
    if (target.dataset.why) explain(target.dataset.why);
    else if (target.dataset.action === "menu") menu(!document.documentElement.classList.contains("menu-open"));
    else if (target.dataset.action === "close-menu") menu(false);
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && menu(false));
}

function menu(open) {
  document.documentElement.classList.toggle("menu-open", open);
  document.querySelector(".menu-button")?.setAttribute("aria-expanded", String(open));
  if (open) document.querySelector(".nav-item")?.focus();
}
