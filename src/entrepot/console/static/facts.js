// Pairs of a name and a value, as a definition list; a value may lead to its lineage.
import { h } from "./dom.js";
import { t } from "./i18n.js";

export function facts(pairs, classes = "") {
  return h(
    `dl.facts${classes}`,
    pairs.filter(Boolean).map(([name, value]) => h("div.fact", h("dt", name), h("dd", value))),
  );
}

export const section = (title, ...content) => explained(title, "", ...content);

// A section whose question mark opens the explanation of a key.
export function explained(title, why, ...content) {
  return h(
    "section.panel",
    { "aria-label": title },
    h(
      "header.panel-head",
      h("h2", title),
      why && h("button.why", { type: "button", "data-why": why, "aria-label": t("Why?") }, "?"),
    ),
    h("div.panel-body", content),
  );
}
