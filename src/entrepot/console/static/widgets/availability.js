// What one SKU may be promised: by shop now, by date with its chances, how the figure is made, node by node.
import { get } from "../api.js";
import { bandChart } from "../band.js";
import { steps } from "../bars.js";
import { data, h } from "../dom.js";
import { explained, section } from "../facts.js";
import * as f from "../format.js";
import { holdList } from "../holds.js";
import { isWord, localName, t, word } from "../i18n.js";
import { nodeNames } from "../names.js";
import { empty, failed, skeleton } from "../states.js";
import { numeric, table } from "../table.js";
import { explain, figure, whyValue } from "../why.js";

export async function fill(place, { sku }) {
  place.replaceChildren(skeleton(12));
  try {
    await draw(place, await get(`/availability/${encodeURIComponent(sku)}`));
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { sku })));
  }
}

async function draw(place, found) {
  const names = await nodeNames();
  const chart = h("div");
  const tabs = h("div.tabs", { role: "tablist", "aria-label": t("Shops") });
  place.replaceChildren(
    strip(found),
    h(
      "div.columns",
      h(
        "div.column-main",
        explained(t("Available by date"), "atp_curve", found.shops.length ? [tabs, chart] : notOffered()),
        section(t("By channel, now"), shops(found.shops)),
        section(t("By node"), nodes(found.nodes)),
      ),
      h(
        "div.column-side",
        section(t("How the figure is made"), made(found)),
        section(t("Still to come"), coming(found, names)),
        explained(t("Pegged backorders"), "atp_pegs", pegs(found)),
        section(t("Open holds"), holdList({ sku: found.sku })),
      ),
    ),
  );
  if (found.shops.length) await drawCurves(tabs, chart, found.shops);
}

const notOffered = () =>
  empty({
    title: t("No shop offers it from our stock"),
    text: t("A shop is served as soon as it lists the SKU and sells from our warehouses."),
  });

const sum = (list, name) => list.reduce((total, one) => total + (one[name] || 0), 0);
const channelName = (code) => (isWord("channel", code) ? word("channel", code) : code);
const nodeName = (one) => data(localName(one, "name") || one.node);

function strip(found) {
  const { sku, shops, nodes, coming, position } = found;
  const reflected = Math.min(...shops.map((one) => one.position ?? Infinity));
  return h(
    "div.figures",
    h("div.figure.wide", data(localName(found, "title") || sku), h("span.faint", data(sku, "mono"))),
    shops.length > 0 &&
      figure(t("Available now"), f.number(Math.max(...shops.map((one) => one.now))), "atp_now", {
        rows: shops.map((one) => [[channelName(one.channel), " ", data(one.shop, "faint")], f.number(one.now)]),
      }),
    figure(t("On the shelf"), f.number(sum(nodes, "on_hand")), "atp_usable"),
    figure(t("Allocated"), f.number(sum(nodes, "allocated")), "atp_allocated"),
    figure(t("Reserved"), f.number(sum(nodes, "reserved")), "atp_reserved"),
    figure(t("Protected"), f.number(sum(nodes, "protected")), "atp_protected"),
    figure(t("Still to come"), f.number(sum(coming, "qty")), "atp_curve"),
    Number.isFinite(reflected) &&
      figure(t("Log position"), f.number(reflected), "atp_position", { rows: behind(reflected, position) }),
  );
}

const behind = (reflected, head) =>
  head
    ? [
        [t("Reflected"), f.number(reflected)],
        [t("Log"), f.number(head)],
        [t("Behind"), f.number(head - reflected)],
      ]
    : [];

async function drawCurves(tabs, place, shops) {
  const chart = await bandChart(place, t("Available by date"));
  const show = (chosen) => {
    tabs.replaceChildren(
      ...shops.map((one) =>
        h(
          "button.tab",
          {
            type: "button",
            role: "tab",
            "aria-selected": String(one === chosen),
            onclick: () => show(one),
          },
          channelName(one.channel),
          data(one.shop, "faint"),
        ),
      ),
    );
    chart.draw(chosen.curve);
  };
  show(shops[0]);
}

function shops(list) {
  if (!list.length) return notOffered();
  return table(
    t("By channel, now"),
    [t("Channel"), t("Shop"), ...numeric(t("Available now"), t("Shown to buyers"), t("Then")), t("From"), t("Changed")],
    list.map((one) => [
      channelName(one.channel),
      data(one.shop, "mono"),
      whyValue("atp_now", f.number(one.now), { title: channelName(one.channel), rows: figuresOf(one) }),
      h("strong", f.number(one.offered)),
      f.number(one.next_qty),
      one.next_date ? data(one.next_date) : "—",
      f.time(one.changed_at),
    ]),
  );
}

const figuresOf = (one) => [
  [t("Available now"), f.number(one.now)],
  [t("Shown to buyers"), f.number(one.offered)],
  [t("Held with nothing to cover it"), f.number(one.owed)],
  [t("Overdue supply"), f.number(one.overdue)],
];

function nodes(list) {
  if (!list.length)
    return empty({ title: t("No stock yet"), text: t("Nothing of this SKU was ever at a node of ours.") });
  const columns = [
    ["on_hand", t("On the shelf"), "atp_usable"],
    ["allocated", t("Allocated"), "atp_allocated"],
    ["reserved", t("Reserved"), "atp_reserved"],
    ["protected", t("Protected"), "atp_protected"],
    ["safety", t("Safety stock"), "atp_safety"],
  ];
  return table(
    t("By node"),
    [t("Node"), ...numeric(...columns.map(([, label]) => label), t("Free"))],
    list.map((one) => [
      [
        h("a.link", { href: `/stock/${encodeURIComponent(one.sku)}/${encodeURIComponent(one.node)}` }, nodeName(one)),
        one.is_open ? "" : h("span.faint", " ", t("closed")),
      ],
      ...columns.map(([name, label, key]) => whyValue(key, f.number(one[name]), { title: label })),
      h("strong", f.number(freeOf(one))),
    ]),
  );
}

const freeOf = (one) => one.on_hand - one.allocated - one.reserved - one.protected - one.safety;

// From the shelf to what is free, step by step, over the open nodes.
function made({ nodes }) {
  const open = nodes.filter((one) => one.is_open);
  if (!open.length) return h("p.faint", t("No open node has it."));
  const step = (name, label, key, sign) => ({
    name: label,
    value: sign * sum(open, name),
    shown: sign * sum(open, name) < 0 ? `−${f.number(sum(open, name))}` : f.number(sum(open, name)),
    why: () =>
      explain(key, {
        title: label,
        rows: open.filter((one) => one[name]).map((one) => [nodeName(one), f.number(one[name])]),
      }),
  });
  const list = [
    step("on_hand", t("On the shelf"), "atp_usable", 1),
    step("allocated", t("Allocated"), "atp_allocated", -1),
    step("reserved", t("Reserved"), "atp_reserved", -1),
    step("safety", t("Safety stock"), "atp_safety", -1),
    step("protected", t("Protected"), "atp_protected", -1),
  ];
  const free = list.reduce((total, one) => total + one.value, 0);
  return steps([...list, { name: t("Free"), value: free, shown: f.number(free), why: () => explain("atp_now") }]);
}

function coming({ coming: list }, names) {
  if (!list.length) return h("p.faint", t("Nothing is on its way."));
  return h(
    "ul.plain-list",
    list.map((one) =>
      h(
        "li",
        h("strong", t("{n} ×", { n: f.number(one.qty) })),
        h("span", word("supply", one.kind), " → ", data(names.get(one.node) || one.node)),
        one.doc && data(one.doc, "mono.faint"),
        one.due_p90
          ? h(
              "span.faint",
              t("likely"),
              " ",
              f.time(one.due_p50, f.day),
              t(", "),
              t("sure, 9 of 10"),
              " ",
              f.time(one.due_p90, f.day),
            )
          : h("span.faint", t("nobody can say when")),
      ),
    ),
  );
}

function pegs({ pegs: list }) {
  if (!list.length) return h("p.faint", t("No order waits for supply."));
  return h(
    "ul.plain-list",
    list.map((one) =>
      h(
        "li",
        h("strong", t("{n} ×", { n: f.number(one.qty) })),
        data(one.hold, "mono"),
        h(
          "span.faint",
          t("waits for"),
          " ",
          data(one.supply, "mono"),
          " ",
          one.due_p50 ? f.time(one.due_p50, f.day) : "",
        ),
      ),
    ),
  );
}
