// One order: status axes, what is wrong, lines, money, parcels, and the timeline of facts. Every value opens its lineage.
import { get } from "../api.js";
import { data, h, icon } from "../dom.js";
import { facts, section } from "../facts.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { whyField } from "../lineage.js";
import { goodsName, nodeNames, provinceName } from "../names.js";
import { failed, skeleton } from "../states.js";
import { mark, status, tags } from "../status.js";
import { numeric, table } from "../table.js";
import { orderWork } from "../order_work.js";

const MONEY = ["goods", "freight", "tax", "discount_seller", "discount_platform", "adjust", "total", "paid"];
const TIMES = [
  "placed_at",
  "paid_at",
  "promised_at",
  "shipped_at",
  "delivered_at",
  "completed_at",
  "cancelled_at",
  "channel_updated_at",
];
const TEXTS = [
  "native_id",
  "province",
  "city",
  "district",
  "store",
  "buyer_name",
  "buyer_phone",
  "address",
  "buyer_note",
  "seller_note",
  "fulfil_mode",
];
const AXES = [
  ["payment_status", "payment"],
  ["fulfilment_status", "fulfilment"],
  ["aftersale_status", "aftersale"],
  ["hold_status", "hold"],
];

export async function fill(place, config) {
  const { id } = config;
  place.replaceChildren(skeleton(12));
  try {
    draw(place, await get(`/orders/${encodeURIComponent(id)}`), id, config.may_act);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, config)));
  }
}

function draw(place, answer, id, mayAct) {
  const order = { ...answer, ...(answer.header || {}), ...(answer.order || {}) };
  const why = (part, field, shown) => asked(id, part, field, shown);
  const work = orderWork(id, mayAct);
  const present = (names) =>
    names.filter((name) => order[name] !== null && order[name] !== undefined && order[name] !== "");
  place.replaceChildren(
    h(
      "div.detail-head",
      h(
        "div.axes",
        AXES.filter(([field]) => order[field]).map(([field, family]) =>
          h("div.axis", h("span.axis-name", word("field", field)), why("", field, status(family, order[field]))),
        ),
      ),
      h(
        "div.detail-where",
        isWord("channel", order.channel) ? word("channel", order.channel) : data(order.channel),
        data(order.shop, "faint"),
        copyable(id),
      ),
    ),
    order.exceptions?.length ? h("div.notice.tone-warn", mark("warn"), tags("exception", order.exceptions)) : "",
    h(
      "div.columns",
      h(
        "div.column-main",
        section(t("Lines"), lines(order, why)),
        work.pieces,
        work.decision,
        order.shipments?.length
          ? section(
              t("Shipments"),
              order.shipments.map((one) => shipment(one, why)),
            )
          : "",
        order.refunds?.length
          ? section(
              t("Refunds"),
              order.refunds.map((one) => refund(one, order, why)),
            )
          : "",
        order.movements?.length ? section(t("Stock movements"), movements(order.movements)) : "",
        section(t("Timeline"), timeline(order.timeline || [])),
      ),
      h(
        "div.column-side",
        work.promise,
        section(
          t("Money"),
          facts(
            present(MONEY).map((name) => [word("field", name), why("", name, f.money(order[name], order.currency))]),
            ".numeric",
          ),
          payments(order, why),
        ),
        section(
          t("Times"),
          facts(present(TIMES).map((name) => [word("field", name), why("", name, f.time(order[name], f.minute))])),
        ),
        section(
          t("About"),
          facts(present(TEXTS).map((name) => [word("field", name), why("", name, shownText(name, order))])),
        ),
      ),
    ),
  );
}

function shownText(name, order) {
  const value = plain(order[name]);
  if (name === "province" && typeof value === "string") return data(provinceName(value));
  return name === "fulfil_mode" && isWord("way", value) ? word("way", value) : data(value);
}

const plain = (value) => (value && typeof value === "object" ? (value.masked ?? value.text ?? "•••") : value);

function asked(id, part, field, shown) {
  return h(
    "button.why-value",
    {
      type: "button",
      title: t("Why? Where does this come from?"),
      onclick: (event) => whyField(id, part, field, event.currentTarget.textContent),
    },
    shown,
  );
}

function copyable(id) {
  return h(
    "button.link-button.mono",
    { type: "button", translate: "no", title: t("Copy the id"), onclick: () => navigator.clipboard?.writeText(id) },
    id,
  );
}

function lines(order, why) {
  if (!order.lines?.length) return h("p.faint", t("No line has arrived yet."));
  const money = (line, field) => why(line.id, field, f.money(line[field], order.currency));
  return table(
    t("Lines"),
    [t("SKU"), t("Product"), ...numeric(t("Quantity"), t("Unit price"), t("Discount"), t("Line total")), t("Status")],
    order.lines.map((line) => [
      line.sku
        ? h("a.link", { href: `/stock?sku=${encodeURIComponent(line.sku)}` }, data(line.sku, "mono"))
        : why(line.id, "merchant_code", data(line.merchant_code || line.listing, "mono")),
      [product(line, why), line.spec && [" ", data(line.spec, "faint")]],
      why(line.id, "qty", f.number(line.qty)),
      money(line, "unit_price"),
      money(line, "discount"),
      money(line, "line_total"),
      [
        line.status ? why(line.id, "status", status("fulfilment", line.status)) : "—",
        line.refund_status && line.refund_status !== "none" ? status("aftersale", line.refund_status) : "",
      ],
    ]),
  );
}

// The catalogue's name in the page's language, and under it what the channel calls it.
function product(line, why) {
  const name = goodsName({ name: line.name, name_en: line.name_en });
  const title = line.title ? why(line.id, "title", data(line.title, name && name !== line.title ? "faint" : "")) : "";
  return name && name !== line.title ? [data(name), title && [h("br"), title]] : title || "—";
}

function payments(order, why) {
  return (order.payments || []).map((one) =>
    h(
      "div.sub",
      h(
        "span",
        why(one.id, "method", data(one.method || one.native_id)),
        " ",
        one.status && status("payment", one.status),
        one.paid_at && h("span.faint", " ", f.time(one.paid_at, f.minute)),
      ),
      why(one.id, "amount", f.money(one.amount, one.currency || order.currency)),
    ),
  );
}

function refund(one, order, why) {
  return h(
    "div.sub",
    h(
      "span",
      why(one.id, "status", status("aftersale", one.status)),
      " ",
      why(one.id, "reason", data(one.reason)),
      " ",
      f.time(one.asked_at),
    ),
    why(one.id, "amount", f.money(one.amount, one.currency || order.currency)),
  );
}

// The channel's name for the carrier, or the code it or the carrier gave; a bare number says nothing to anybody.
function carrier(one) {
  const said = [one.carrier_name, one.carrier, one.parcel_carrier].find((name) => name && !/^\d+$/.test(name));
  return isWord("carrier", said) ? word("carrier", said) : data(said || one.carrier);
}

function shipment(one, why) {
  return h(
    "div.parcel",
    h(
      "div.parcel-head",
      h("strong", carrier(one)),
      why(one.id, "tracking_no", data(one.tracking_no, "mono")),
      one.status && status("fulfilment", one.status),
      one.from_node && h("span.faint", t("from"), " ", data(one.from_node)),
      f.time(one.shipped_at),
    ),
    one.tracking?.length
      ? h(
          "ol.track",
          one.tracking.map((event) =>
            h(
              "li",
              h("span.track-when", f.time(event.at, f.minute)),
              status("tracking", event.code || event.raw_code),
              h("span", data([event.place, event.text].filter(Boolean).join(" · "))),
              source(event.message_id),
            ),
          ),
        )
      : h("p.faint", t("No news from the carrier yet.")),
  );
}

const source = (message) =>
  message
    ? h(
        "a.source",
        { href: `/messages/${encodeURIComponent(message)}`, title: t("Source message") },
        icon("source"),
        data(message.slice(0, 8), "mono"),
      )
    : "";

function movements(rows) {
  const list = h("ul.plain-list");
  nodeNames().then((names) => list.replaceChildren(...rows.map((one) => movement(one, names))));
  return list;
}

function movement(one, names) {
  const place = (id) => (isWord("node", id) ? word("node", id) : data(names.get(id) || id));
  return h(
    "li",
    h("span", f.time(one.valid_at, f.minute)),
    h("span", word("movement", one.reason)),
    data(one.sku, "mono"),
    h("span", place(one.from_node), " → ", place(one.to_node)),
    h("span.num", f.number(one.qty)),
  );
}

const kinds = (list) =>
  h(
    "span.faint",
    list
      .split(", ")
      .map((kind) => word("kind", kind))
      .join(t(", ")),
  );

function timeline(rows) {
  if (!rows.length) return h("p.faint", t("No fact yet."));
  return h(
    "ol.timeline",
    rows.map((one) =>
      h(
        "li",
        h("span.timeline-when", f.time(one.at, f.minute)),
        h("span.timeline-dot", { "aria-hidden": "true" }),
        h(
          "span.timeline-text",
          h("strong", isWord("moment", one.kind) ? word("moment", one.kind) : data(one.title || one.kind)),
          one.detail && (one.kind === "message" ? kinds(one.detail) : data(one.detail, "faint")),
        ),
        source(one.message_id),
      ),
    ),
  );
}
