// The name of a dotted rule, as nodes: what it says in words, then the field it speaks of.
import { data } from "./dom.js";
import { rule } from "./i18n.js";

export function ruleName(code) {
  const { name, rest } = rule(code);
  return [name, rest && " ", rest && data(rest, "mono")];
}
