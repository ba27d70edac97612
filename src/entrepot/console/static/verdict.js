// Why a candidate won, as a sentence of the page's language made from the decision's own facts.
import { money } from "./format.js";
import { t, word } from "./i18n.js";

export const PARTS = ["carrier", "handling", "split", "load", "stock_price", "refusal", "markdown"];

// names: a function from a candidate to the names of its nodes.
export function verdict(decision, names, currency) {
  const [chosen, second] = decision.candidates;
  const { reason, message } = decision.binding;
  const amount = (minor) => money(minor, currency);
  if (!chosen) return message;
  if (reason === "carrier" && second)
    return t("{chosen} is carried cheapest; {other} costs {gap} more.", {
      chosen: names(chosen),
      other: names(second),
      gap: amount(second.total - chosen.total),
    });
  if (PARTS.includes(reason)) {
    const without = (one) => one.total - one.cost[reason];
    const other = decision.candidates.reduce((best, one) => (without(one) < without(best) ? one : best));
    return t("{other} would cost {saved} less but for “{part}”: {there} there, {here} at {chosen}.", {
      other: names(other),
      saved: amount(without(chosen) - without(other)),
      part: word("cost", reason),
      there: amount(other.cost[reason]),
      here: amount(chosen.cost[reason]),
      chosen: names(chosen),
    });
  }
  if (reason === "rule")
    return t("{chosen} is the only way left; the nodes below are ruled out.", { chosen: names(chosen) });
  if (reason === "only_candidate") return t("{chosen} is the only way to serve the order.", { chosen: names(chosen) });
  return message;
}
