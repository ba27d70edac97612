// The why drawer of a figure: definition, formula, the facts behind this very value, the list it counts.
import { h } from "./dom.js";
import { drawer } from "./drawer.js";
import { facts } from "./facts.js";
import { t } from "./i18n.js";

export function explain(key, { title = "", rows = [], more = [], href = "" } = {}) {
  const text = JSON.parse(document.querySelector("#why-texts")?.dataset.texts || "{}")[key];
  if (!text) return;
  const list = href || text.facts;
  drawer(
    title || text.title,
    h("h3", t("Definition")),
    h("p", text.definition),
    h("h3", t("Formula")),
    h("p.formula", text.formula),
    h("h3", t("Facts")),
    rows.length ? facts(rows, ".numeric") : "",
    more,
    h("p", h("a.link", { href: list }, t("Open the list behind this figure"))),
  );
}

// A value that answers when asked why.
export function whyValue(key, shown, told = {}) {
  return h(
    "button.why-value",
    { type: "button", title: t("Why?"), onclick: () => explain(key, typeof told === "function" ? told() : told) },
    shown,
  );
}

// A key figure: its name, its value, and where it has one the key of its explanation with the facts behind it.
export function figure(name, value, key = "", told = {}) {
  return h(
    "div.figure",
    h("span.kpi-name", name),
    h("span.figure-value", key ? whyValue(key, value, { title: name, ...told }) : value),
  );
}
