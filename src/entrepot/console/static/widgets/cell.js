// The ledger of one SKU at one node, and what we knew of it at another time.
import { get, query } from "../api.js";
import { data, h } from "../dom.js";
import { section } from "../facts.js";
import * as f from "../format.js";
import { holdList } from "../holds.js";
import { isWord, t, word } from "../i18n.js";
import { nodeNames } from "../names.js";
import { moveWith } from "../keys.js";
import { empty, failed, skeleton } from "../states.js";
import { status } from "../status.js";
import { makeTable, numeric, table } from "../table.js";
import { told } from "../told.js";
import { figure } from "../why.js";

export async function fill(place, { sku, node }) {
  const figures = h("div.figures", skeleton(2));
  const past = h("div");
  const ledger = h("div", skeleton(8));
  place.replaceChildren(
    figures,
    h(
      "div.columns",
      h("div.column-main", section(t("Ledger"), ledger)),
      h(
        "div.column-side",
        section(t("Open holds"), holdList({ sku, node })),
        section(t("As of"), asOf(sku, node, past), past),
      ),
    ),
  );
  const base = `/stock/cells/${encodeURIComponent(sku)}/${encodeURIComponent(node)}`;
  let cursor = "";
  const more = h("button.button", { type: "button", onclick: load }, t("Earlier movements"));
  const movements = makeTable(t("Ledger"), headings(), { below: more });

  async function load() {
    try {
      const [page, names] = await Promise.all([get(`${base}${query({ cursor, limit: 100 })}`), nodeNames()]);
      if (!cursor) start(page);
      movements.add(page.items.map((one) => row(one, names)));
      cursor = page.next;
      more.hidden = !cursor;
    } catch (error) {
      ledger.replaceChildren(failed(error, () => fill(place, { sku, node })));
    }
  }
  function start(page) {
    if (page.level) drawFigures(figures, page.level);
    else figures.replaceChildren();
    ledger.replaceChildren(
      page.items.length
        ? movements.box
        : empty({
            title: t("No movement yet"),
            text: t("Receipts, sales, returns, transfers and counts of this SKU here will be listed, newest first."),
          }),
    );
  }
  moveWith(null);
  await load();
}

const headings = () => [t("When"), t("Reason"), t("From"), t("To"), ...numeric(t("Change"), t("Balance")), t("Cause")];

function row(one, names) {
  const place = (node, state) => [
    isWord("node", node) ? word("node", node) : data(names.get(node) || node),
    " ",
    h("span.faint", word("state", state)),
  ];
  const change = one.delta ?? one.qty;
  const source = one.message_id || (/^[0-9a-f]{16,}$/.test(one.source_id || "") ? one.source_id : null);
  return [
    [f.time(one.valid_at, f.minute), late(one)],
    word("movement", one.reason),
    place(one.from_node, one.from_state),
    place(one.to_node, one.to_state),
    change > 0 ? `+${f.number(change)}` : f.number(change).replace("-", "−"),
    h("strong", f.number(one.balance)),
    source
      ? h("a.link", { href: `/messages/${encodeURIComponent(source)}` }, data(one.doc || source.slice(0, 8), "mono"))
      : data(one.doc || one.source_id || one.actor, "mono"),
  ];
}

// A fact that became known long after it was true.
function late(one) {
  const behind = new Date(one.recorded_at) - new Date(one.valid_at);
  return behind > 86_400_000
    ? h("span.faint", { title: f.exact(one.recorded_at) }, [" ", t("known {time} later", { time: f.duration(behind) })])
    : "";
}

function drawFigures(place, level) {
  place.replaceChildren(
    h(
      "div.figure.wide",
      data(level.title || level.sku),
      h("span.faint", data(level.node_name || level.node)),
      status("stock", level.status),
      h("a.link", { href: `/availability/${encodeURIComponent(level.sku)}` }, t("What may be promised")),
    ),
    figure(t("On hand"), f.number(level.on_hand)),
    figure(t("Allocated"), f.number(level.allocated)),
    figure(t("Reserved"), f.number(level.reserved)),
    figure(t("Available"), f.number(level.available)),
    figure(t("Quality hold"), f.number(level.quality_hold)),
    figure(t("Damaged"), f.number(level.damaged)),
    figure(t("In transit"), f.number(level.in_transit)),
    figure(t("On order"), f.number(level.on_order)),
    figure(t("Sales per day"), f.decimal(level.daily_sales)),
    figure(t("Cover, days"), f.decimal(level.cover_days)),
  );
}

function asOf(sku, node, past) {
  const valid = h("input.input", { type: "datetime-local", id: "valid", step: "60" });
  const known = h("input.input", { type: "datetime-local", id: "known", step: "60" });
  async function ask(event) {
    event.preventDefault();
    past.replaceChildren(skeleton(3));
    try {
      const { items } = await get(
        `/stock/as-of${query({ sku, node, valid: instant(valid.value), known: instant(known.value) })}`,
      );
      past.replaceChildren(
        items.length
          ? table(
              t("As of"),
              [t("State"), ...numeric(t("Quantity"))],
              items.map((one) => [word("state", one.state), f.number(one.qty)]),
              { kind: ".plain" },
            )
          : h("p.faint", t("Nothing was here then.")),
      );
    } catch (error) {
      past.replaceChildren(failed(error));
    }
  }
  return h(
    "form.stack",
    { onsubmit: ask },
    h("label", { for: "valid" }, t("What was true at")),
    valid,
    h("label", { for: "known" }, t("as we knew it at")),
    known,
    h("p.faint", t("Empty means now. Time zone:"), " ", data(told.timeZone)),
    h("button.button.primary", { type: "submit" }, t("Look back")),
  );
}

// What a person typed is on the retailer's clock; the API takes UTC.
function instant(typed) {
  if (!typed) return "";
  const asUtc = new Date(`${typed}Z`);
  const shown = new Date(asUtc.toLocaleString("en-US", { timeZone: told.timeZone }) + " UTC");
  return new Date(asUtc.getTime() - (shown - asUtc)).toISOString();
}
