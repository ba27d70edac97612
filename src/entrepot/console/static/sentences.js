// What a finding or a quarantine entry says, and how to mend it, in the page's language.
import { data, h } from "./dom.js";
import { family, filled, isWord, word } from "./i18n.js";
import { told } from "./told.js";

const HIDDEN = "***";

// The hub's own English text is the fullest; other languages put the sentence together from what the finding states.
export function sentence(one) {
  const key = told.language === "en" && one.message ? null : keyOf("finding", ruleOf(one));
  if (!key) return data(one.message || ruleOf(one));
  const { where, rest } = placed(one.message || "");
  const said = filled(word("finding", key), {
    field: isWord("field", one.field) ? word("field", one.field) : one.field || HIDDEN,
    observed: one.observed || HIDDEN,
    expected: expected(one.expected || HIDDEN),
  });
  // The detail is the words of the program that found the fault, in English as it said them.
  const [before, ...after] = said.split("{detail}");
  const detail = (where ? rest : rest.replace(/^.*?: /, "")) || HIDDEN;
  return h("span", where + before, after.length > 0 && [data(detail), after.join("")]);
}

// How to mend it, or nothing where there is nothing to do.
export function mendSentence(one) {
  if (!one.mend) return null;
  const rule = ruleOf(one);
  const isPlaced = placed(one.message || "").where !== "";
  const isWhole = rule.startsWith("field.") && one.scope === "record";
  const key = isPlaced ? "place" : isWhole ? "record" : keyOf("mend", rule);
  return told.language === "en" || !key ? data(one.mend) : h("span", word("mend", key));
}

const ruleOf = (one) => one.rule ?? one.reason ?? one.code ?? "";
const keyOf = (name, rule) => [rule, rule.split(".")[0]].find((key) => isWord(name, key));

function expected(text) {
  const found = matched("expected", text);
  if (!found) return text;
  const values = { ...found.values };
  if (values.expected) values.expected = expected(values.expected);
  return filled(found.text, values);
}

// The place a file's finding names before its sentence.
function placed(message) {
  const cut = message.search(/, row \d+/);
  const end = cut < 0 ? -1 : message.indexOf(": ", cut);
  const found = end < 0 ? null : matched("place", message.slice(0, end));
  return found ? { where: filled(found.text, found.values), rest: message.slice(end + 2) } : { where: "", rest: message };
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
