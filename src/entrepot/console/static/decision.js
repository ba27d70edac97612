// The sourcing decision of an order, explained: what won and why, every candidate's cost in parts, prices, who was left
// out; replayed on its own facts, or overridden with a reason.
import { get, post, query } from "./api.js";
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
import { numeric, table } from "./table.js";
import { toast, toastError } from "./toast.js";
import { PARTS, verdict } from "./verdict.js";
import { explain, whyValue } from "./why.js";

export async function fillDecision(place, config) {
  const { id, mayAct, changed } = config;
  place.replaceChildren(skeleton(6));
  try {
    const [decision, earlier, names] = await Promise.all([
      get(`/orders/${encodeURIComponent(id)}/decision`),
      get(`/decisions${query({ order: id, limit: 20 })}`),
      nodeNames(),
    ]);
    draw(place, { id, mayAct, changed, decision, earlier: earlier.items.slice(1), names, currency: decision.currency });
  } catch (error) {
    if (error.status !== 404) return place.replaceChildren(failed(error, () => fillDecision(place, config)));
    place.replaceChildren(empty(error.code === "sourcing.waiting" ? waiting() : byOthers()));
  }
  return undefined;
}

const waiting = () => ({
  title: t("Not sourced yet"),
  text: t("Stock is held for none of its pieces; it is sourced as soon as some is."),
});

const byOthers = () => ({
  title: t("Not sourced by us"),
  text: t("Orders that need stock are sourced when they come in; what was shipped by others has no decision here."),
});

function draw(place, told) {
  const { decision, names, currency } = told;
  const named = (candidate) => candidate.nodes.map((node) => names.get(node) || node).join(" + ");
  const chosen = chosenOf(decision);
  const isOverride = decision.kind === "override";
  const said = verdict(decision, chosen, named, currency);
  place.replaceChildren(
    h(
      "div.verdict",
      h("span.verdict-node", data(chosen ? named(chosen) : "—")),
      chosen && whyValue("decision_cost", f.money(chosen.cost.total, currency), partsOf(chosen, currency)),
      isOverride ? "" : whyValue("decision_binding", word("binding", decision.binding), { more: [h("p", data(said))] }),
      decision.kind === "single" ? "" : h("span.status.tone-warn", mark("warn"), word("decision", decision.kind)),
    ),
    isOverride
      ? h("p.notice.tone-warn", data(decision.actor, "mono"), h("span", t("chose otherwise:")), data(decision.reason))
      : h("p.verdict-said", decision.waived ? [t("No way keeps the promise."), " "] : "", data(said)),
    decision.candidates.length ? candidates(chosen, named, told) : "",
    legend(decision),
    decision.left_out.length ? leftOut(decision.left_out, names) : "",
    told.earlier.length ? before(told.earlier, chosen, told) : "",
    facts(
      [
        [t("Decided"), f.time(decision.at, f.minute)],
        [t("Rules"), data(decision.version, "mono")],
        decision.price_run && [t("Price run"), whyValue("decision_price", f.number(decision.price_run))],
        [t("Log position"), f.number(decision.position[1])],
        [t("Search"), decision.is_exact ? t("every way priced") : bound(decision, currency)],
      ],
      ".inline",
    ),
    h(
      "div.acts.decision-acts",
      h(
        "button.button",
        { type: "button", "data-act": "replay", onclick: (event) => replay(told, event.currentTarget) },
        t("Replay"),
      ),
      h("button.why", { type: "button", "data-why": "decision_replay", "aria-label": t("Why?") }, "?"),
      told.mayAct &&
        h(
          "button.button",
          { type: "button", "data-act": "override", onclick: () => override(told, chosen, named) },
          t("Choose another"),
        ),
    ),
  );
}

// A person or a batch may have chosen another than the cheapest.
const chosenOf = ({ candidates: list, nodes }) =>
  list.find((one) => [...one.nodes].sort().join() === [...nodes].sort().join()) || list[0];

const bound = (decision, currency) =>
  t("the best ways priced; none costs less than {bound}", { bound: f.money(decision.bound, currency) });

function legend(decision) {
  const seen = PARTS.filter((part) => decision.candidates.some((one) => one.cost[part]));
  return h(
    "ul.parts-legend",
    seen.map((part) => h("li", swatch(PARTS.indexOf(part)), word("cost", part))),
  );
}

const partsOf = (candidate, currency) => ({
  rows: [
    ...PARTS.filter((part) => candidate.cost[part]).map((part) => [
      word("cost", part),
      f.money(candidate.cost[part], currency),
    ]),
    [t("In all"), h("strong", f.money(candidate.cost.total, currency))],
  ],
});

function candidates(chosen, named, told) {
  const { decision, currency } = told;
  const weights = decision.candidates.map((one) => PARTS.reduce((sum, part) => sum + Math.abs(one.cost[part]), 0));
  const most = Math.max(1, ...weights);
  const bar = (one) =>
    partsBar(
      PARTS.map((part, at) => ({
        at,
        value: one.cost[part],
        title: [word("cost", part), f.money(one.cost[part], currency)].join(" "),
      })),
      most,
      named(one),
    );
  const gap = (one) => {
    const more = one.cost.total - chosen.cost.total;
    return one === chosen ? "—" : f.money(more, currency);
  };
  return table(
    t("Candidates"),
    [t("Nodes"), ...numeric(t("Parcels"), t("Cost"), t("Dearer by")), t("Parts of the cost")],
    decision.candidates.map((one) =>
      h(
        `tr.candidate-row${one === chosen ? ".chosen" : ""}`,
        { onclick: () => shares(one, named, told) },
        h("td", h("button.link", { type: "button" }, data(named(one)))),
        h("td.num", f.number(one.shares.length)),
        h("td.num", f.money(one.cost.total, currency)),
        h("td.num", gap(one)),
        h("td", bar(one)),
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
        [t("Carrier"), carrierName(share.carrier)],
        [t("Service"), data(share.service)],
        share.leaves_at && [t("Leaves"), f.time(share.leaves_at, f.minute)],
        share.arrives_at && [t("Arrives"), f.time(share.arrives_at, f.minute)],
        ...PARTS.filter((part) => share.cost[part]).map((part) => [
          word("cost", part),
          f.money(share.cost[part], currency),
        ]),
      ]),
      h(
        "ul.plain-list",
        share.picks.map((pick) => h("li", h("strong", t("{n} ×", { n: f.number(pick.qty) })), data(pick.sku, "mono"))),
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
      "ul.plain-list.low",
      { tabindex: "0", "aria-label": t("Nodes left out") },
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

// What was decided before, and what the change cost.
function before(list, chosen, { names, currency }) {
  return h(
    "details",
    { open: true },
    h("summary", t("Earlier decisions: {n}", { n: f.number(list.length) })),
    h(
      "ul.plain-list",
      list.map((one) =>
        h(
          "li",
          f.time(one.at, f.minute),
          h("span", word("decision", one.kind)),
          data(one.nodes.map((node) => names.get(node) || node).join(" + ") || "—"),
          h("span.num", f.money(one.total, currency)),
          one.total !== null && chosen
            ? h("span.faint", t("now {more} more", { more: f.money(chosen.cost.total - one.total, currency) }))
            : h("span.faint", word("binding", one.binding)),
          one.reason ? data(one.reason, "faint") : "",
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

// Another candidate, or any node of ours; the API says when a rule or the stock forbids it.
function override({ id, decision, names, currency, changed }, chosen, named) {
  const others = decision.candidates.filter((one) => one !== chosen);
  const listed = new Set(decision.candidates.filter((one) => one.nodes.length === 1).map((one) => one.nodes[0]));
  const price = (one) => f.money(one.cost.total - chosen.cost.total, currency);
  const options = [
    ...others.map((one) => [one.nodes.join(" "), t("{nodes}: {more} more", { nodes: named(one), more: price(one) })]),
    ...[...names].filter(([node]) => !listed.has(node)),
  ];
  ask({
    title: t("Choose another"),
    text: t("The choice is yours; the reason stays with the decision."),
    fields: [{ name: "nodes", label: t("Nodes"), kind: "select", options }, reasonField()],
    button: t("Override"),
    act: async ({ nodes, reason }) => {
      await post(`/orders/${encodeURIComponent(id)}/decision:override`, { nodes: nodes.split(" "), reason });
      return t("Overridden");
    },
    done: changed,
  });
}
