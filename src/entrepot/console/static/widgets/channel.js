// One channel: how it does, what is new in its messages, its messages.
import { get } from "../api.js";
import { listTable } from "../cells.js";
import { h } from "../dom.js";
import { section } from "../facts.js";
import * as f from "../format.js";
import { localName, t } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { figure } from "../why.js";
import { fill as fillList } from "./list.js";

export async function fill(place, { channel, shop, columns }) {
  const figures = h("div.figures", skeleton(2));
  const drift = h("div", skeleton(4));
  const list = h("div.fill.list-inside");
  place.replaceChildren(
    figures,
    section(t("Shape of the messages"), drift),
    h(
      "section.panel.panel-list",
      { "aria-label": t("Messages") },
      h("header.panel-head", h("h2", t("Messages"))),
      list,
    ),
  );
  const base = `/channels/${encodeURIComponent(channel)}/${encodeURIComponent(shop)}`;
  get("/channels?limit=500").then(
    ({ items }) =>
      drawFigures(
        figures,
        items.find((one) => one.channel === channel && one.shop === shop),
      ),
    (error) => figures.replaceChildren(failed(error)),
  );
  get(`${base}/observations?limit=500`).then(
    ({ items }) => drawDrift(drift, items),
    (error) => drift.replaceChildren(failed(error)),
  );
  await fillList(list, {
    name: "messages",
    url: "/messages",
    fixed: { channel, shop },
    link: "/messages/{id}",
    columns,
    filters: [
      { name: "q", label: t("Message or delivery id"), kind: "text" },
      { name: "topic", label: t("Topic"), kind: "text" },
      {
        name: "outcome",
        label: t("Outcome"),
        kind: "choice",
        options: [
          ["translated", t("Translated")],
          ["quarantined", t("Quarantined")],
          ["ignored", t("Ignored")],
        ],
      },
    ],
    empty: {
      title: t("No message yet"),
      text: t("Messages of this channel are listed here as they come in."),
      command: `entrepot translate --channel ${channel} FILE`,
    },
  });
}

function drawFigures(place, one) {
  if (!one) return place.replaceChildren(h("p.faint", t("This channel has not spoken yet.")));
  document.querySelector("h1").textContent = localName(one, "name") || one.shop;
  place.replaceChildren(
    figure(t("Last message"), f.time(one.last_message_at)),
    figure(t("Messages per minute"), f.decimal(one.rate_per_min)),
    figure(t("Messages, 24 h"), f.number(one.messages_24h)),
    figure(t("Lag"), f.duration(one.lag_ms)),
    figure(t("Findings"), f.number(one.findings)),
    figure(
      t("In quarantine"),
      h("a.link", { href: `/quarantine?channel=${encodeURIComponent(one.channel)}` }, f.number(one.quarantined)),
    ),
  );
}

function drawDrift(place, items) {
  const fresh = items.filter((one) => !one.known);
  const columns = [
    { field: "path", label: t("Path"), kind: "code" },
    { field: "topic", label: t("Topic"), kind: "code" },
    { field: "type", label: t("Type"), kind: "code" },
    { field: "first_seen", label: t("First seen"), kind: "time" },
    { field: "last_seen", label: t("Last seen"), kind: "time" },
    { field: "count", label: t("Occurrences"), kind: "number" },
  ];
  if (!items.length)
    return place.replaceChildren(
      empty({
        title: t("Nothing observed yet"),
        text: t("Each path of each message is noted with its type; new ones show here."),
      }),
    );
  place.replaceChildren(
    fresh.length
      ? h(
          "div",
          h(
            "p.notice.tone-warn",
            mark("warn"),
            t("{n} paths no mapping reads. The records flow; look whether one matters.", { n: f.number(fresh.length) }),
          ),
          listTable(t("New paths"), columns, fresh.slice(0, 200)),
        )
      : h(
          "p.calm-line",
          h("span.tone-good", mark("good")),
          t("Every path seen is known to the mapping or ignored on purpose."),
        ),
    h(
      "details",
      h("summary", t("All {n} paths", { n: f.number(items.length) })),
      listTable(t("All paths"), columns, items.slice(0, 500)),
    ),
  );
}
