// What came of a job: why it failed, or the figures of its result that have a name.
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { inWords, isWord, t, word } from "./i18n.js";

const SHARES = new Set(["gap", "late_share"]);
const PAGES = { order: "/orders/", study: "/network/", dispatch: "/dispatch/" };

export function resultOf({ error, result }) {
  if (error) return data(inWords(error.message) || JSON.stringify(error));
  if (result === null || typeof result !== "object") return data(result ?? "—");
  const told = Object.entries(result).filter(([name, value]) => isWord("job_result", name) && value?.length !== 0);
  return told.map(([name, value], i) => h("span", i ? " · " : "", word("job_result", name), " ", shown(name, value)));
}

function shown(name, value) {
  if (PAGES[name]) return h("a.link", { href: PAGES[name] + encodeURIComponent(value) }, data(value));
  if (Array.isArray(value)) return value.map((one) => word("step", one)).join(t(", "));
  if (typeof value !== "number") return data(value);
  if (SHARES.has(name)) return f.percent(value);
  return Number.isInteger(value) ? f.number(value) : f.decimal(value);
}
