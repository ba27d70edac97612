// t("English text with {names}", {names}) in the page's language; word(family, code) for codes.
import { told } from "./told.js";

const { messages, words } = (await import(`${told.root}/messages/${told.language}.js`)).default;

export function t(text, values = {}) {
  return (messages[text] || text).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

export const family = (name) => words[name] || {};

export function word(family, code) {
  return (words[family] || {})[code] ?? code ?? "";
}

// A dotted rule by its own name, or by its first word and what follows.
export function rule(code) {
  const [first, ...rest] = String(code ?? "").split(".");
  const whole = isWord("reason", code);
  return { name: whole ? word("reason", code) : word("reason", first), rest: whole ? "" : rest.join(".") };
}

// The name of a row in the page's language, where it has one.
export function localName(row, field) {
  return (told.language === "en" && row[`${field}_en`]) || row[field];
}

export const isWord = (family, code) => code in (words[family] || {});
