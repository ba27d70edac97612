// How a value of each kind of column looks. Each returns a node; text is set as text.
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { isWord, localName, word } from "./i18n.js";
import { mark, status, tags } from "./status.js";

const KINDS = {
  text: (value) => data(value === "" ? "—" : value && typeof value === "object" ? pairs(value) : value),
  code: (value) => data(value, "mono"),
  number: (value) => f.number(value),
  decimal: (value) => f.decimal(value),
  share: (value) => f.percent(value),
  money: (value, row) => f.money(value, row.currency),
  time: (value) => f.time(value),
  status: (value, _row, column) => status(column.family, value),
  word: (value, _row, column) => (isWord(column.family, value) ? word(column.family, value) : data(value)),
  tags: (value, _row, column) => tags(column.family, value),
  bytes: (value) => f.bytes(value),
  duration: (value) => f.duration(value),
  alarm: (value) =>
    value > 0 ? h("span.status.tone-warn", mark("warn"), f.number(value)) : h("span.faint", f.number(value)),
  yes: (value) => (value ? h("span.status.tone-good", mark("good")) : h("span.faint", "—")),
};

const pairs = (value) =>
  Object.entries(value)
    .map(([name, one]) => `${name} ${typeof one === "object" ? JSON.stringify(one) : one}`)
    .join(" · ");

export const isNumeric = (column) =>
  ["number", "decimal", "share", "money", "bytes", "duration", "alarm"].includes(column.kind);

// A dotted field is a field of a field.
export function valueOf(column, row) {
  const path = column.field.split(".");
  const value = localName(path.slice(0, -1).reduce((inner, name) => inner?.[name], row) || {}, path.at(-1));
  return (value === null || value === undefined || value === "") && column.fallback ? row[column.fallback] : value;
}

export function cell(column, row) {
  const shown = (KINDS[column.kind] || KINDS.text)(valueOf(column, row), row, column);
  return shown instanceof Node ? shown : h("span", shown);
}

export function table(columns, rows, { link = null, caption = "" } = {}) {
  const shape = (column) => (isNumeric(column) ? { class: "num" } : {});
  const line = (row) =>
    h(
      "tr",
      columns.map((column, i) => {
        const inner = cell(column, row);
        const address = i === 0 && link ? link(row) : null;
        return h("td", shape(column), address ? h("a.link", { href: address }, inner) : inner);
      }),
    );
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": caption || columns[0].label },
    h(
      "table.table",
      h(
        "thead",
        h(
          "tr",
          columns.map((column) => h("th", { scope: "col", ...shape(column) }, column.label)),
        ),
      ),
      h("tbody", rows.map(line)),
    ),
  );
}
