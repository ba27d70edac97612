// Delivery days of own vehicles: what waits for today, what is left out and why, and the days that were planned.
import { get, post, query } from "../api.js";
import { data, h } from "../dom.js";
import { section } from "../facts.js";
import * as f from "../format.js";
import { t, word } from "../i18n.js";
import { nodeNames } from "../names.js";
import { empty, failed, skeleton } from "../states.js";
import { mark, status } from "../status.js";
import { numeric, table } from "../table.js";
import { toastError } from "../toast.js";

export async function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(8));
  try {
    const [open, days, names] = await Promise.all([
      get("/dispatch/open"),
      get(`/dispatch/days${query({ limit: 60 })}`),
      nodeNames(),
    ]);
    if (!open.length) return place.replaceChildren(nothing());
    place.replaceChildren(
      section(
        t("Today"),
        h(
          "div.dispatch-open",
          open.map((one) => waiting(one, names, mayAct)),
        ),
      ),
      section(t("Days"), days.items.length ? dayTable(days.items, names) : h("p.faint", t("No day was planned yet."))),
    );
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { may_act: mayAct })));
  }
}

const nothing = () =>
  empty({
    title: t("No node has vehicles of its own"),
    text: t("Say which vehicles stand where; days are then planned from the open work orders."),
    command: "PUT /api/v1/dispatch/fleets/NODE",
  });

function waiting(one, names, mayAct) {
  const left = Object.groupBy(one.left_out, ({ reason }) => reason);
  return h(
    "div.dispatch-card",
    { "data-node": one.node },
    h("strong", data(names.get(one.node) || one.node)),
    h("p", t("{n} stops · {kg} kg", { n: f.number(one.stops), kg: f.number(one.weight_g / 1000) })),
    one.overdue ? h("p.tone-bad", mark("bad"), t("{n} past their promise", { n: f.number(one.overdue) })) : "",
    one.no_place.length
      ? h(
          "p.tone-warn",
          mark("warn"),
          t("{n} without a known place:", { n: f.number(one.no_place.length) }),
          " ",
          one.no_place.slice(0, 5).map((id) => [h("a.link", { href: `/orders/${encodeURIComponent(id)}` }, data(id)), " "]),
        )
      : "",
    Object.entries(left).map(([reason, some]) =>
      h("p.faint", t("{n} left out: {why}", { n: f.number(some.length), why: word("day_left_out", reason) })),
    ),
    h(
      "div.row",
      one.dispatch
        ? h("a.button.primary", { href: `/dispatch/${one.dispatch}` }, t("Open the day"))
        : mayAct && plan(one.node, one.day, t("Plan today"), ".primary"),
      mayAct && plan(one.node, dayAfter(one.day), t("Plan tomorrow")),
    ),
  );
}

const dayAfter = (day) => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);

const plan = (node, day, label, kind = "") =>
  h(`button.button${kind}`, { type: "button", "data-act": "begin", onclick: () => begin(node, day) }, label);

async function begin(node, day) {
  try {
    const { id } = await post("/dispatch/days", { node, day, seconds: 10 });
    location.assign(`/dispatch/${id}`);
  } catch (error) {
    toastError(error);
  }
}

const dayTable = (days, names) =>
  table(
    t("Days"),
    [
      t("Day"),
      t("Node"),
      t("Status"),
      ...numeric(t("Stops"), t("Delivered"), t("Failed"), t("Unserved"), t("Cost"), t("At least")),
    ],
    days.map((one) => [
      h("a.link", { href: `/dispatch/${one.id}` }, data(one.day)),
      data(names.get(one.node) || one.node),
      status("dispatch", one.state),
      ...[one.stops, one.delivered, one.failed, one.unserved].map(f.number),
      f.money(one.cost, one.currency),
      f.money(one.bound, one.currency),
    ]),
  );
