// How a value of each kind of column looks. Each returns a node; text is set as text.
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { isWord, localName, word } from "./i18n.js";
import { mark, status, tags } from "./status.js";
import { numeric, table } from "./table.js";

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

// A list as its columns describe it.
export const listTable = (name, columns, rows) =>
  table(
    name,
    columns.flatMap((column) => (isNumeric(column) ? numeric(column.label) : column.label)),
    rows.map((row) => columns.map((column) => cell(column, row))),
  );
