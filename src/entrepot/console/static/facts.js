// Pairs of a name and a value, as a definition list; a value may lead to its lineage.
import { h } from "./dom.js";

export function facts(pairs, classes = "") {
  return h(
    `dl.facts${classes}`,
    pairs.filter(Boolean).map(([name, value]) => h("div.fact", h("dt", name), h("dd", value))),
  );
}

export function section(title, ...content) {
  return h(
    "section.panel",
    { "aria-label": title },
    h("header.panel-head", h("h2", title)),
    h("div.panel-body", content),
  );
}
