// The frame's behaviour: navigation drawer on a phone, why buttons, counts in the navigation.
import { h } from "./dom.js";
import { drawer } from "./drawer.js";
import { t } from "./i18n.js";
import { startKeys } from "./keys.js";

export function start() {
  startKeys();
  document.addEventListener("click", (event) => {
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

export function explain(key) {
  const text = JSON.parse(document.querySelector("#why-texts")?.dataset.texts || "{}")[key];
  if (!text) return;
  drawer(
    text.title,
    h("h3", t("Definition")),
    h("p", text.definition),
    h("h3", t("Formula")),
    h("p.formula", text.formula),
    h("h3", t("Facts")),
    h("p", h("a.link", { href: text.facts }, t("Open the list behind this figure"))),
  );
}
