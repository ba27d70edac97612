// The outbox to the channels: each shop in sum, then every listing and parcel; a row says what stands in the way.
import { get, post } from "../api.js";
import { ask } from "../ask.js";
import { data, h } from "../dom.js";
import { drawer } from "../drawer.js";
import { facts, section } from "../facts.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { failed, skeleton } from "../states.js";
import { mark, status } from "../status.js";
import { numeric, table } from "../table.js";
import { explain } from "../why.js";
import { fill as fillList } from "./list.js";

export async function fill(place, { may_act: mayAct, columns, filters }) {
  const shops = h("div", skeleton(3));
  const list = h("div.fill.list-inside");
  place.replaceChildren(
    section(t("By shop"), shops),
    h(
      "section.panel.panel-list",
      { "aria-label": t("Listings and parcels") },
      h(
        "header.panel-head",
        h("h2", t("Listings and parcels")),
        h("button.why", { type: "button", "data-why": "writeback", "aria-label": t("Why?") }, "?"),
      ),
      list,
    ),
  );
  async function load() {
    try {
      const { items } = await get("/writeback/summary");
      shops.replaceChildren(
        items.length ? summary(items, mayAct, load) : h("p.faint", t("No shop is told anything yet.")),
      );
    } catch (error) {
      shops.replaceChildren(failed(error, load));
    }
  }
  await Promise.all([
    load(),
    fillList(list, {
      name: "writeback",
      url: "/writeback",
      columns,
      filters,
      open: (row) => told(row),
      empty: {
        title: t("Nothing to tell any channel"),
        text: t("Stock levels and shipments appear here as soon as a shop sells from our warehouses."),
        command: "entrepot shop add CHANNEL SHOP --setting write_url=https://...",
      },
    }),
  ]);
}

const channelName = (code) => (isWord("channel", code) ? word("channel", code) : data(code));

function summary(items, mayAct, again) {
  const count = (n, tone) => (n ? h(`span.status.tone-${tone}`, mark(tone), f.number(n)) : f.number(n));
  return table(
    t("By shop"),
    [
      t("Channel"),
      t("Shop"),
      t("Kind"),
      ...numeric(...["waiting", "done", "held", "dead"].map((state) => word("writeback", state))),
      t("Oldest waiting"),
      t("Last accepted"),
      "",
    ],
    items.map((one) => [
      channelName(one.channel),
      data(one.shop, "mono"),
      word("wish", one.kind),
      f.number(one.waiting),
      f.number(one.done),
      count(one.held, "warn"),
      count(one.dead, "bad"),
      f.time(one.oldest_waiting),
      f.time(one.last_accepted),
      mayAct && one.dead
        ? h("button.button", { type: "button", onclick: () => retry(one, again) }, t("Send again"))
        : "",
    ]),
  );
}

function retry({ channel, shop, kind, dead }, done) {
  ask({
    title: t("Send again"),
    text: t("{n} that were given up are sent again, with what they should be now.", { n: f.number(dead) }),
    button: t("Send again"),
    act: async () => {
      const { retried } = await post("/writeback:retry", { channel, shop, kind });
      return t("{n} wait again", { n: f.number(retried) });
    },
    done,
  });
}

// One wish: what should be shown, what is, and what stands between.
function told(row) {
  drawer(
    row.target,
    status("writeback", row.state),
    row.message
      ? h("div.failed", h("p", data(row.message)), h("p.faint", data(row.mend)), h("p.faint", data(row.reason, "mono")))
      : "",
    h("h3", t("Should be")),
    fields(row.wish),
    h("h3", t("Last accepted")),
    row.accepted ? fields(row.accepted) : h("p.faint", t("Nothing yet.")),
    h("h3", t("Facts")),
    facts([
      [t("Wanted since"), f.time(row.wished_at, f.minute)],
      [t("Accepted"), f.time(row.accepted_at, f.minute)],
      [t("Next attempt"), row.state === "waiting" ? f.time(row.due_at) : "—"],
      [t("Attempts"), f.number(row.attempts)],
      [t("Log position"), f.number(row.position)],
    ]),
    h("p", h("button.link", { type: "button", onclick: () => explain("writeback") }, t("How the write-back works"))),
  );
}

const fields = (wish) =>
  facts(
    Object.entries(wish)
      .filter(([name, value]) => name !== "type" && value !== "" && !(Array.isArray(value) && !value.length))
      .map(([name, value]) => [isWord("field", name) ? word("field", name) : data(name, "mono"), data(String(value))]),
  );
