// Why each site stands or does not: its reason, what if, and its numbers to edit.
import { post } from "../api.js";
import { ask, reasonField } from "../ask.js";
import { data, h } from "../dom.js";
import { follow } from "../follow.js";
import * as f from "../format.js";
import { inWords, localName, t } from "../i18n.js";
import { mark } from "../status.js";
import { whyValue } from "../why.js";
import { fate } from "./network_map.js";

// Costs come in whole units of the currency.
export const moneyOf = (study) => (value) => f.bigWhole(value, study.currency);

// What stands behind a figure; the list is the plan itself, with all its flows.
export const told = (study, rows) => ({ rows: rows || [], href: `/api/v1/network/studies/${study.id}/plan?form=xlsx` });

// Mean hours to the customer over all channels of one side; null without orders.
export function hoursOf(side) {
  const orders = side.channels.reduce((sum, one) => sum + one.orders, 0);
  return orders ? side.channels.reduce((sum, one) => sum + one.orders * one.mean_hours, 0) / orders : null;
}

export function sites(study, mayAct, again) {
  const facts_of = new Map(study.sites.map((one) => [one.id, one]));
  const order = (one) => (one.stands ? 0 : one.stood ? 1 : 2);
  const rows = study.report.reasons.toSorted((a, b) => order(a) - order(b) || b.zones - a.zones);
  return h(
    "ul.network-sites",
    rows.map((one) => siteRow(one, facts_of.get(one.id), study, mayAct, again)),
  );
}

function siteRow(one, site, study, mayAct, again) {
  const [kind, text] = fate(one.stood, one.stands);
  const money = moneyOf(study);
  const name = localName(study.spots[one.id] || {}, "name") || one.id;
  const answer = h("span.faint", { role: "status" });
  async function whatIf(event) {
    event.target.disabled = true;
    answer.replaceChildren(t("computing"));
    try {
      answer.replaceChildren(...said(await outcome(study.id, one.id, answer), money));
    } catch (error) {
      answer.replaceChildren(data(error.message));
    }
    event.target.disabled = false;
  }
  return h(
    "li",
    h(
      "div.network-site",
      h(`span.tone-${kind}`, mark(kind), " ", text),
      h("strong", data(name)),
      data(one.id === name ? "" : one.id, "mono.faint"),
    ),
    h("p", whyValue("network_site", reason(one, money), { title: name, ...told(study, behind(one, site, study)) })),
    mayAct &&
      h(
        "div.row",
        h(
          "button.button",
          { type: "button", "data-act": "what-if", onclick: whatIf },
          one.stands ? t("What if it closes?") : t("What if it opens?"),
        ),
        h("button.button", { type: "button", onclick: () => edit(study, site, name, again) }, t("Edit")),
        answer,
      ),
  );
}

function behind(one, site, study) {
  const money = moneyOf(study);
  const line = study.report.after.sites.find(({ id }) => id === one.id);
  return [
    [t("A year's cost"), money(site.fixed_cost / study.cost_scale)],
    site.status === "existing" && [t("Cost of closing"), money(site.closing_cost / study.cost_scale)],
    [t("Zones served"), f.number(one.zones)],
    line && [t("Volume, a year"), f.number(line.volume)],
    [t("Capacity used"), one.used === null ? t("no limit") : f.percent(one.used)],
    [t("Turned over, a year"), one.is_needed ? t("no plan") : one.difference === null ? t("not known") : signed(one.difference, money)],
  ];
}

const signed = (value, money) => `${value < 0 ? "−" : "+"}${money(Math.abs(value))}`;

function reason(one, money) {
  const served = one.zones ? t("Serves {n} zones.", { n: f.number(one.zones) }) : "";
  const dear = money(Math.abs(one.difference ?? 0));
  if (one.is_needed) return [served, " ", t("Without it there is no plan.")];
  if (one.difference === null) return served || t("Settled by the planner.");
  if (one.stands) return [served, " ", t("Closing it costs {money} a year more.", { money: dear })];
  return t("Opening it costs {money} a year more.", { money: dear });
}

async function outcome(study, site, place) {
  const { job: id } = await post(`/network/studies/${study}:what-if`, { site });
  const job = await follow(id, place);
  if (job?.status !== "done") throw new Error(inWords(job?.error?.message) || t("The search failed"));
  return job.result;
}

function said({ cost, difference, channels: lines, broken }, money) {
  if (cost === null) return [t("Then there is no plan.")];
  const hours = hoursOf({ channels: lines }) ?? 0;
  const text =
    difference < 0
      ? t("{money} a year less, {hours} h in the mean", { money: money(-difference), hours: f.decimal(hours) })
      : t("{money} a year more, {hours} h in the mean", { money: money(difference), hours: f.decimal(hours) });
  return [h("strong", text), broken.length ? data(` ${broken[0]}`) : ""];
}

function edit(study, site, name, again) {
  const scale = study.cost_scale;
  ask({
    title: name,
    text: t("The next version has these numbers; solve it to see what they change."),
    button: t("Save"),
    fields: [
      { name: "fixed_cost", label: t("A year's cost"), kind: "number", min: 0, step: "any", value: site.fixed_cost / scale },
      { name: "closing_cost", label: t("Cost of closing"), kind: "number", min: 0, step: "any", value: site.closing_cost / scale },
      { name: "capacity", label: t("Capacity, empty is no limit"), kind: "number", min: 0, value: site.capacity ?? "" },
      {
        name: "status",
        label: t("Status"),
        kind: "select",
        value: site.status,
        options: [
          ["candidate", t("may open")],
          ["existing", t("stands, may close")],
          ["open", t("must stand")],
          ["closed", t("must not stand")],
        ],
      },
      reasonField(),
    ],
    act: async ({ fixed_cost: fixed, closing_cost: closing, capacity, status, reason: why }) => {
      const numbers = { fixed_cost: Math.round((fixed ?? 0) * scale), closing_cost: Math.round((closing ?? 0) * scale) };
      await post(`/network/studies/${study.id}:edit`, { sites: { [site.id]: { ...numbers, capacity, status } }, reason: why });
      return t("Saved as the next version");
    },
    done: again,
  });
}
