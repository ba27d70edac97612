// Why a candidate won, as a sentence of the page's language made from the decision's own facts.
import { money } from "./format.js";
import { t, word } from "./i18n.js";

export const PARTS = ["carrier", "handling", "split", "load", "stock_price", "refusal", "markdown"];

// chosen: the candidate in force; names: a function from a candidate to the names of its nodes.
export function verdict(decision, chosen, names, currency) {
  const { binding: part, message, candidates } = decision;
  const amount = (minor) => money(minor, currency);
  const without = (one) => one.cost.total - one.cost[part];
  if (!chosen) return message;
  if (part === "carrier" && candidates.length > 1)
    return t("{chosen} is carried cheapest; {other} costs {gap} more.", {
      chosen: names(chosen),
      other: names(candidates[1]),
      gap: amount(candidates[1].cost.total - candidates[0].cost.total),
    });
  if (PARTS.includes(part) && part !== "carrier") {
    const other = candidates.reduce((best, one) => (without(one) < without(best) ? one : best));
    return t("{other} would cost {saved} less but for “{part}”: {there} there, {here} at {chosen}.", {
      other: names(other),
      saved: amount(without(chosen) - without(other)),
      part: word("cost", part),
      there: amount(other.cost[part]),
      here: amount(chosen.cost[part]),
      chosen: names(chosen),
    });
  }
  if (part === "rule")
    return t("{chosen} is the only way left; the nodes below are ruled out.", { chosen: names(chosen) });
  if (part === "only_candidate") return t("{chosen} is the only way to serve the order.", { chosen: names(chosen) });
  if (part === "batch")
    return t("Decided together with other orders that waited; {chosen} is best for all of them.", {
      chosen: names(chosen),
    });
  return message;
}
