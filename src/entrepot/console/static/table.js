// The one way to make a table: rows under their headings, in a box that scrolls and has a name.
import { h } from "./dom.js";

// Headings of figures: they and the cells under them stand to the right.
export const numeric = (...labels) => labels.map((label) => ({ label, kind: ".num" }));

// headings: texts, or { label, kind } where the cells too are of that class; rows: arrays of what each cell holds, or
// a ready `tr` where a row does something itself; kind: classes of the box; below: what stands under the rows.
export function table(name, headings, rows, more = {}) {
  const made = makeTable(name, headings, more);
  made.add(rows);
  return made.box;
}

// A table whose rows come later: `add` puts them under those that stand, `show` in their place.
export function makeTable(name, headings, { kind = "", below = "" } = {}) {
  const columns = headings.map((one) => (one.kind ? one : { label: one, kind: "" }));
  const line = (row) =>
    row instanceof Node
      ? row
      : h(
          "tr",
          row.map((cell, i) => h(`td${columns[i].kind}`, cell)),
        );
  const head = columns.map((one) => h(`th${one.kind}`, { scope: "col" }, one.label));
  const body = h("tbody");
  return {
    box: h(
      `div.table-scroll${kind}`,
      { tabindex: "0", role: "region", "aria-label": name },
      h("table.table", h("thead", h("tr", head)), body),
      below,
    ),
    rows: body.rows,
    add: (rows) => body.append(...rows.map(line)),
    show: (rows) => body.replaceChildren(...rows.map(line)),
  };
}
