// The work of a node as cards one goes through with a thumb: accept or refuse, pick, pack, hand over.
import { get, query } from "../api.js";
import { command, isGrave, nextOf, usable } from "../commands.js";
import { data, h } from "../dom.js";
import { number, time } from "../format.js";
import { t, word } from "../i18n.js";
import { goodsName, nodeNames } from "../names.js";
import { empty, failed, skeleton } from "../states.js";
import { mark, status } from "../status.js";

const REMEMBERED = "entrepot.fulfilments.node";
// What a node works through, in the sequence in which it does.
const STEPS = ["released", "accepted", "picking", "packed", "ready", "cancel_asked", "uncollected", "shipped"];
const ALWAYS = new Set(["released", "accepted", "packed"]);
const PAGE = 60;
// Beside the obvious one, what is offered on a card; the rest is in the order.
const BESIDE = ["refuse", "short", "pick", "unpack", "decline", "leave", "send_back", "damage", "recall"];

export async function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(6));
  const state = new URLSearchParams(location.search);
  const node = state.get("node") ?? localStorage.getItem(REMEMBERED) ?? "";
  if (node) state.set("node", node);
  const cards = h("div.work-cards", { role: "tabpanel", "aria-label": t("Work orders") }, skeleton(6));
  const tabs = h("div.tabs", { role: "tablist", "aria-label": t("Step") });
  const names = await nodeNames();
  const nodes = h(
    "select.input",
    { name: "node", "aria-label": t("Node"), onchange: () => set("node", nodes.value) },
    h("option", { value: "" }, t("Every node")),
    [...names].map(([id, name]) => h("option", { value: id, selected: id === node, translate: "no" }, name)),
  );
  place.replaceChildren(
    h(
      "div.work-head",
      nodes,
      tabs,
      h("button.why", { type: "button", "data-why": "fulfilments", "aria-label": t("Why?") }, "?"),
    ),
    cards,
  );

  function set(name, value) {
    if (value) state.set(name, value);
    else state.delete(name);
    if (name === "node") localStorage.setItem(REMEMBERED, value);
    history.replaceState(null, "", state.size ? `?${state}` : location.pathname);
    return load();
  }
  async function load() {
    const asked = { node: state.get("node"), q: state.get("q") };
    try {
      const { counts } = await get(`/fulfilments${query({ ...asked, limit: 1 })}`);
      const step = state.get("state") || STEPS.find((one) => counts[one]) || STEPS[0];
      drawTabs(counts, step);
      const page = await get(`/fulfilments${query({ ...asked, state: step, limit: PAGE })}`);
      cards.replaceChildren(
        ...page.items.map((one) => card(one, { names, mayAct, again: load })),
        page.items.length ? "" : nothing(),
        page.next ? h("p.faint", t("More wait behind these.")) : "",
      );
    } catch (error) {
      cards.replaceChildren(failed(error, load));
    }
  }
  function drawTabs(counts, step) {
    const shown = STEPS.filter((one) => ALWAYS.has(one) || counts[one] || one === step);
    tabs.replaceChildren(
      ...shown.map((one) =>
        h(
          "button.tab",
          {
            type: "button",
            role: "tab",
            "aria-selected": String(one === step),
            "data-tab": one,
            onclick: () => set("state", one),
          },
          word("piece", one),
          counts[one] ? h("span.num", number(counts[one])) : "",
        ),
      ),
    );
  }
  await load();
}

const nothing = () =>
  empty({
    title: t("No work at this step"),
    text: t("Work orders come when an order is sourced to this node and released."),
    action: h("a.button", { href: "/desk" }, t("Order desk")),
  });

function card(one, told) {
  const due = one.state === "released" && one.accept_by ? one.accept_by : one.collect_by || one.ship_by;
  return h(
    "section.work-card",
    { "aria-label": one.native_id, "data-work": one.id },
    h(
      "header",
      h("a.link", { href: `/orders/${encodeURIComponent(one.order_id)}` }, data(one.native_id, "mono")),
      status("piece", one.state),
      one.mode === "pickup" ? h("span.tag", t("Pick-up")) : "",
      h(
        `span.status.tone-${one.is_late ? "bad" : "idle"}`,
        one.is_late && mark("bad"),
        one.state === "released" && one.accept_by ? t("accept") : one.collect_by ? t("collect") : t("ship"),
        " ",
        time(due),
      ),
    ),
    told.names.size ? h("p.work-node", data(told.names.get(one.node) || one.node)) : "",
    h(
      "ul",
      one.pieces.filter((piece) => piece.state !== "cancelled").map((piece) => line(piece, one, told)),
    ),
    told.mayAct ? acts(one, told) : "",
  );
}

function line(piece, one, { names, mayAct, again }) {
  const canBeShort = mayAct && ["accepted", "picking"].includes(piece.state);
  return h(
    "li.work-line",
    h("span.work-qty", t("{n} ×", { n: number(piece.qty) })),
    h("span", data(goodsName(piece)), " ", data(piece.sku || "", "mono.faint")),
    canBeShort
      ? h(
          "button.button.quiet",
          {
            type: "button",
            "data-command": "short",
            onclick: () =>
              command(
                "short",
                { order: one.order_id, version: one.version, takes: [piece.id], most: piece.qty, nodes: names },
                again,
              ),
          },
          t("Short"),
        )
      : "",
  );
}

function acts(one, { names, again }) {
  const legal = usable(one.commands);
  const next = nextOf(legal);
  const live = one.pieces.filter((piece) => piece.state !== "cancelled").map((piece) => piece.id);
  const about = { order: one.order_id, version: one.version, takes: live, node: one.node, nodes: names };
  const beside = BESIDE.find((name) => legal.includes(name) && name !== next && name !== "short");
  const button = (name, kind) =>
    h(
      `button.button${kind}`,
      { type: "button", "data-command": name, onclick: () => command(name, about, again) },
      word("command", name),
    );
  if (!next && !beside) return "";
  return h(
    "footer",
    beside ? button(beside, isGrave(beside) ? ".danger" : "") : "",
    next ? button(next, ".primary") : "",
  );
}
