// The sourcing decision of an order, explained: what won and why, every candidate's cost in parts, prices, who was left
// out; replayed on its own facts, or overridden with a reason.
import { get, post } from "./api.js";
import { ask, reasonField } from "./ask.js";
import { partsBar, swatch } from "./bars.js";
import { data, h } from "./dom.js";
import { drawer } from "./drawer.js";
import { facts } from "./facts.js";
import * as f from "./format.js";
import { isWord, t, word } from "./i18n.js";
import { nodeNames } from "./names.js";
import { empty, failed, skeleton } from "./states.js";
import { mark } from "./status.js";
import { toast, toastError } from "./toast.js";
import { PARTS, verdict } from "./verdict.js";
import { explain, whyValue } from "./why.js";

export async function fillDecision(place, { id, currency, mayAct, changed }) {
  place.replaceChildren(skeleton(6));
  try {
    const [decision, names] = await Promise.all([get(`/orders/${encodeURIComponent(id)}/decision`), nodeNames()]);
    draw(place, { id, currency: decision.currency || currency, mayAct, changed, decision, names });
  } catch (error) {
    if (error.status !== 404) return place.replaceChildren(failed(error, () => fillDecision(place, { id, currency })));
    place.replaceChildren(
      empty({
        title: t("Not sourced by us"),
        text: t(
          "Orders that need stock are sourced when they come in; what was shipped by others has no decision here.",
        ),
      }),
    );
  }
  return undefined;
}

function draw(place, told) {
  const { decision, names, currency } = told;
  const named = (candidate) => candidate.nodes.map((node) => names.get(node) || node).join(" + ");
  const most = Math.max(...decision.candidates.map((one) => sumOf(one, (value) => Math.max(0, value))), 1);
  place.replaceChildren(
    h(
      "div.verdict",
      h("span.verdict-node", data(decision.chosen ? named(decision.chosen) : "—")),
      decision.chosen &&
        whyValue("decision_cost", f.money(decision.chosen.total, currency), partsOf(decision.chosen, currency)),
      whyValue("decision_binding", word("binding", decision.binding.reason), {
        more: [h("p", data(verdict(decision, named, currency)))],
      }),
      decision.override && h("span.status.tone-warn", mark("warn"), t("Overridden")),
    ),
    h("p.verdict-said", data(verdict(decision, named, currency))),
    decision.candidates.length ? candidates(decision, named, most, told) : "",
    legend(decision),
    decision.left_out.length ? leftOut(decision.left_out, names) : "",
    facts(
      [
        [t("Decided"), f.time(decision.at, f.minute)],
        [t("Rules"), data(decision.version, "mono")],
        decision.price_run && [t("Price run"), f.number(decision.price_run)],
        [t("Log position"), f.number(decision.position.seq ?? decision.position[1])],
        [t("Search"), decision.is_exact ? t("every way priced") : t("the best ways priced")],
      ].filter(Boolean),
      ".inline",
    ),
    h(
      "div.acts.decision-acts",
      h(
        "button.button",
        { type: "button", "data-act": "replay", onclick: (event) => replay(told, event.currentTarget) },
        t("Replay"),
      ),
      told.mayAct &&
        decision.candidates.length > 1 &&
        h(
          "button.button",
          { type: "button", "data-act": "override", onclick: () => override(told, named) },
          t("Choose another"),
        ),
    ),
  );
}

const sumOf = (candidate, take) => PARTS.reduce((sum, part) => sum + take(candidate.cost[part] || 0), 0);
const seen = (decision) => PARTS.filter((part) => decision.candidates.some((one) => one.cost[part]));

function legend(decision) {
  return h(
    "ul.parts-legend",
    seen(decision).map((part) => h("li", swatch(PARTS.indexOf(part)), word("cost", part))),
  );
}

const partsOf = (candidate, currency) => ({
  rows: [
    ...PARTS.filter((part) => candidate.cost[part]).map((part) => [
      word("cost", part),
      f.money(candidate.cost[part], currency),
    ]),
    [t("In all"), h("strong", f.money(candidate.total, currency))],
  ],
});

function candidates(decision, named, most, told) {
  const { currency } = told;
  const best = decision.candidates[0];
  const bar = (one) =>
    partsBar(
      PARTS.map((part, at) => ({
        at,
        value: one.cost[part] || 0,
        title: [word("cost", part), f.money(one.cost[part] || 0, currency)].join(" "),
      })),
      most,
      named(one),
    );
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": t("Candidates") },
    h(
      "table.table",
      h(
        "thead",
        h(
          "tr",
          h("th", { scope: "col" }, t("Nodes")),
          h("th.num", { scope: "col" }, t("Parcels")),
          h("th.num", { scope: "col" }, t("Cost")),
          h("th.num", { scope: "col" }, t("Dearer by")),
          h("th", { scope: "col" }, t("Parts of the cost")),
        ),
      ),
      h(
        "tbody",
        decision.candidates.map((one, i) =>
          h(
            `tr.candidate-row${i === 0 ? ".chosen" : ""}`,
            { onclick: () => shares(one, named, told) },
            h("td", h("button.link", { type: "button" }, data(named(one)))),
            h("td.num", f.number(one.shares.length)),
            h("td.num", f.money(one.total, currency)),
            h("td.num", i ? f.money(one.total - best.total, currency) : "—"),
            h("td", bar(one)),
          ),
        ),
      ),
    ),
  );
}

// One candidate whole: its parts, and what each node would send by whom.
function shares(candidate, named, { names, currency }) {
  drawer(
    named(candidate),
    h("h3", t("Parts of the cost")),
    facts(partsOf(candidate, currency).rows, ".numeric"),
    candidate.shares.map((share) => [
      h("h3", data(names.get(share.node) || share.node)),
      facts([
        [t("Carrier"), carrierName(share.quote.carrier)],
        [t("Service"), data(share.quote.service)],
        [t("Freight"), f.money(share.quote.cost, currency)],
        share.departs_at && [t("Leaves"), f.time(share.departs_at, f.minute)],
        share.arrives_at && [t("Arrives"), f.time(share.arrives_at, f.minute)],
        share.cost.stock_price && [t("Stock price"), f.money(share.cost.stock_price, currency)],
      ]),
      h(
        "ul.plain-list",
        share.picks.map((pick) =>
          h("li", data(pick.sku, "mono"), h("span", t("{n} pieces", { n: f.number(pick.qty) }))),
        ),
      ),
    ]),
    h(
      "p",
      h(
        "button.link",
        { type: "button", onclick: () => explain("decision_cost", partsOf(candidate, currency)) },
        t("What do these parts mean?"),
      ),
    ),
  );
}

const carrierName = (code) => (isWord("carrier", code) ? word("carrier", code) : data(code));

function leftOut(list, names) {
  return h(
    "details",
    h("summary", t("{n} nodes were left out", { n: f.number(list.length) })),
    h(
      "ul.plain-list",
      list.map((one) =>
        h(
          "li",
          data(names.get(one.node) || one.node),
          h("span.faint", { title: one.message }, word("left_out", one.reason)),
        ),
      ),
    ),
  );
}

async function replay({ id }, button) {
  button.disabled = true;
  try {
    const answer = await post(`/orders/${encodeURIComponent(id)}/decision:replay`);
    toast(
      answer.is_same
        ? t("The same facts give the same answer.")
        : t("The same facts give another answer now: the rules have changed."),
      answer.is_same ? "good" : "warn",
    );
  } catch (error) {
    toastError(error);
  }
  button.disabled = false;
}

function override({ id, decision, currency, changed }, named) {
  const others = decision.candidates.slice(1);
  ask({
    title: t("Choose another"),
    text: t("The choice is yours; the reason stays with the decision and is measured against the outcome."),
    fields: [
      {
        name: "choice",
        label: t("Nodes"),
        kind: "select",
        options: others.map((one, i) => [
          String(i),
          t("{nodes}: {more} dearer", {
            nodes: named(one),
            more: f.money(one.total - decision.candidates[0].total, currency),
          }),
        ]),
      },
      reasonField(),
    ],
    button: t("Override"),
    act: async ({ choice, reason }) => {
      await post(`/orders/${encodeURIComponent(id)}/decision:override`, {
        nodes: others[Number(choice)].nodes,
        reason,
      });
      return t("Overridden");
    },
    done: changed,
  });
}
