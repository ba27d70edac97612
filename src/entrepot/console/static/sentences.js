// What a finding or a quarantine entry says, and how to mend it, in the page's language.
import { data, h } from "./dom.js";
import { family, isWord, word } from "./i18n.js";
import { told } from "./told.js";

const HIDDEN = "***";

// The hub's own English text is the fullest; other languages put the sentence together from what the finding states.
export function sentence(one) {
  const key = told.language === "en" && one.message ? null : keyOf("finding", ruleOf(one));
  if (!key) return data(one.message || ruleOf(one));
  const { where, rest } = placed(one.message || "");
  const said = nodes(word("finding", key), {
    field: isWord("field", one.field) ? word("field", one.field) : data(one.field || HIDDEN),
    observed: data(one.observed || HIDDEN),
    expected: expected(one.expected || HIDDEN),
    // The words of the program that found the fault, in English as it said them.
    detail: data((where ? rest : rest.replace(/^.*?: /, "")) || HIDDEN),
  });
  return h("span", where, said);
}

// How to mend it, or nothing where there is nothing to do.
export function mendSentence(one) {
  if (!one.mend) return null;
  const rule = ruleOf(one);
  const isPlaced = placed(one.message || "").where !== null;
  const isWhole = rule.startsWith("field.") && one.scope === "record";
  const key = isPlaced ? "place" : isWhole ? "record" : keyOf("mend", rule);
  return told.language === "en" || !key ? data(one.mend) : h("span", word("mend", key));
}

const ruleOf = (one) => one.rule ?? one.reason ?? one.code ?? "";
const keyOf = (name, rule) => [rule, rule.split(".")[0]].find((key) => isWord(name, key));

// A sentence with elements at its placeholders.
const nodes = (text, values) => h("span", ...text.split(/\{(\w+)\}/).map((part, at) => (at % 2 ? values[part] : part)));

function expected(text) {
  const found = matched("expected", text);
  if (!found) return data(text);
  return nodes(
    found.text,
    Object.fromEntries(
      Object.entries(found.values).map(([name, value]) => [name, name === "expected" ? expected(value) : data(value)]),
    ),
  );
}

// The place a file's finding names before its sentence.
function placed(message) {
  const cut = message.search(/, row \d+/);
  const end = cut < 0 ? -1 : message.indexOf(": ", cut);
  const found = end < 0 ? null : matched("place", message.slice(0, end));
  if (!found) return { where: null, rest: message };
  const values = Object.fromEntries(Object.entries(found.values).map(([name, value]) => [name, data(value)]));
  return { where: nodes(found.text, values), rest: message.slice(end + 2) };
}

// The first form of a family that a text has, with what stands at its placeholders.
function matched(name, text) {
  for (const [form, said] of Object.entries(family(name))) {
    const pattern = form.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{(\w+)\}/g, "(?<$1>.+)");
    const found = new RegExp(`^${pattern}$`).exec(text);
    if (found) return { text: said, values: found.groups || {} };
  }
  return null;
}
