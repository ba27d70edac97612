// t("English text with {names}", {names}) in the page's language; word(family, code) for codes.
import { told } from "./told.js";

const { messages, problems, words } = (await import(`${told.root}/messages/${told.language}.js`)).default;

export function t(text, values = {}) {
  return (messages[text] || text).replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

// What the server says of a fault, in the page's language where its sentence is known; a fact may be such a sentence.
export function inWords(text) {
  if (!text || text in problems) return problems[text] || text;
  for (const [pattern, said] of templates()) {
    const facts = pattern.exec(text);
    if (facts) return said.replace(/\{(\d+)\}/g, (_whole, number) => inWords(facts[number]));
  }
  return text;
}

// Sentences with facts in them, those that say most first.
let known = null;
function templates() {
  known ??= Object.entries(problems)
    .filter(([template]) => template.includes("{1}"))
    .sort(([one], [other]) => other.length - one.length)
    .map(([template, said]) => {
      const literal = template.split(/\{\d+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      return [new RegExp(`^${literal.join("([^]+?)")}$`), said];
    });
  return known;
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
