// What is wrong now, worst first, each line a way to its list.
import { data, h, safe } from "../dom.js";
import { number } from "../format.js";
import { isWord, localName, t, word } from "../i18n.js";
import { ruleName } from "../rules.js";
import { listen } from "../live.js";
import { failed, skeleton } from "../states.js";
import { mark } from "../status.js";

const GRAVE = new Set(
  "quarantine lagging_reader late_to_ship tracking_exception stockout late_delivery failed_job".split(" "),
);

export function fill(place) {
  place.replaceChildren(skeleton(4));
  listen("/tower", 5, {
    next: ({ exceptions }) => {
      const wrong = (exceptions || []).filter((one) => one.count > 0);
      place.replaceChildren(wrong.length ? h("ul.exceptions", wrong.map(line)) : calm());
    },
    failed: (error, last) => last || place.replaceChildren(failed(error)),
  });
}

const calm = () =>
  h(
    "div.calm",
    mark("good"),
    h("div", h("p.calm-title", t("Nothing is wrong")), h("p.faint", t("No exception in orders, stock or messages."))),
  );

// What waits longest: a rule, a job, a place, an order.
function worst(one) {
  if (one.kind === "quarantine") return ruleName(one.worst);
  if (one.kind === "failed_job" && isWord("job_name", one.worst)) return word("job_name", one.worst);
  return data(localName(one, "worst"));
}

function line(one) {
  const kind = GRAVE.has(one.kind) ? "bad" : "warn";
  return h(
    "li",
    h(
      "a.exception",
      { href: safe(one.url || "#") },
      h(`span.tone-${kind}`, mark(kind)),
      h(
        "span.exception-text",
        h("span", isWord("exception", one.kind) ? word("exception", one.kind) : data(one.kind)),
        one.worst && h("span.faint", worst(one)),
      ),
      h("span.exception-count", number(one.count)),
      h("span.icon.icon-next", { "aria-hidden": "true" }),
    ),
  );
}
