// Why a candidate won, as a sentence of the page's language made from the decision's own facts.
import { money, number } from "./format.js";
import { t, word } from "./i18n.js";

export const PARTS = ["carrier", "handling", "split", "load", "stock_price", "refusal", "markdown"];

// chosen: the candidate in force; names: a function from a candidate to the names of its nodes.
export function verdict(decision, chosen, names, currency) {
  const { binding: part, message, candidates, left_out: leftOut } = decision;
  const amount = (minor) => money(minor, currency);
  const without = (one) => one.cost.total - one.cost[part];
  if (!chosen) return part === "no_candidate" && leftOut.length ? nobody(leftOut) : message;
  if (part === "carrier" && candidates.length > 1 && candidates[1].cost.total === candidates[0].cost.total)
    return t("{chosen} is carried cheapest; {other} costs the same.", {
      chosen: names(chosen),
      other: names(candidates[1]),
    });
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

// What keeps every node from it, what is neither stock nor the node itself first: that is what can be mended.
const LAST = ["stock", "inactive", "channel"];

function nobody(leftOut) {
  const counts = new Map();
  for (const { reason } of leftOut) counts.set(reason, (counts.get(reason) || 0) + 1);
  const told = [...counts].sort(([a], [b]) => LAST.includes(a) - LAST.includes(b));
  const reasons = told.map(([reason, n]) => t("{n} nodes: {why}", { n: number(n), why: word("left_out", reason) }));
  return t("No node can serve the order. {reasons}.", { reasons: reasons.join("; ") });
}
