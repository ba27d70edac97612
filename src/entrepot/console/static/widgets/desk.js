// The order desk: reasons worst first, the orders behind one, its obvious action in each row, many at once after a dry run.
import { get, newId, query } from "../api.js";
import { command, isForMany, isGrave, isReasoned, nextOf, usable } from "../commands.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { moveWith } from "../keys.js";
import { goodsName, nodeNames } from "../names.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { tryThenAct } from "../trial.js";

const PAGE = 50;
const CALM = new Set([
  "backordered",
  "held",
  "unpaid",
  "returning",
  "return_asked",
  "to_grade",
  "to_put_away",
  "late_risk",
]);
const toneOf = (reason) => (CALM.has(reason) ? "warn" : "bad");

export async function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(9));
  const state = new URLSearchParams(location.search);
  const reasons = h("div.groups", skeleton(6));
  const desk = h("section.panel", { "aria-label": t("Orders") }, skeleton(9));
  const names = await nodeNames();
  place.replaceChildren(
    h(
      "div.master",
      h(
        "section.panel",
        { "aria-label": t("By reason") },
        h(
          "header.panel-head",
          h("h2", t("By reason")),
          h("button.why", { type: "button", "data-why": "desk", "aria-label": t("Why?") }, "?"),
        ),
        reasons,
      ),
      desk,
    ),
  );

  async function load() {
    try {
      const { counts } = await get("/desk?limit=1");
      const wrong = counts.filter((one) => one.count);
      const chosen = wrong.find((one) => one.reason === state.get("reason")) || wrong[0];
      drawReasons(wrong, chosen?.reason);
      if (chosen) await drawOrders(desk, { ...chosen, mayAct, names, again: load });
      else desk.replaceChildren(calm());
    } catch (error) {
      reasons.replaceChildren();
      desk.replaceChildren(failed(error, load));
    }
  }
  function choose(reason) {
    state.set("reason", reason);
    history.replaceState(null, "", `?${state}`);
    desk.replaceChildren(skeleton(9));
    return load();
  }
  function drawReasons(wrong, chosen) {
    reasons.replaceChildren(
      ...wrong.map((one) =>
        h(
          `button.group${one.reason === chosen ? ".chosen" : ""}`,
          {
            type: "button",
            "data-group": one.reason,
            "aria-pressed": String(one.reason === chosen),
            onclick: () => choose(one.reason),
          },
          h(`span.tone-${toneOf(one.reason)}`, mark(toneOf(one.reason))),
          h(
            "span.group-text",
            h("strong", word("desk", one.reason)),
            h("span.faint", f.pieces(one.qty)),
          ),
          h("span.group-count", f.number(one.count)),
          h("span.faint.group-age", t("first due"), " ", f.time(one.due)),
        ),
      ),
      wrong.length ? "" : h("p.calm-line", h("span.tone-good", mark("good")), t("All clear")),
    );
  }
  await load();
}

const calm = () =>
  empty({
    title: t("Nothing waits for a person"),
    text: t("Orders that are refused, short, late, held or coming back are listed here, the earliest deadline first."),
    action: h("a.button", { href: "/orders" }, t("All orders")),
  });

async function drawOrders(desk, about) {
  const { reason, count, mayAct, names, again } = about;
  const picked = new Set();
  const list = h("div.desk-list", { role: "list" });
  const told = h("span.faint", t("the whole group"));
  const acts = h("select.input", { "aria-label": t("What to do"), name: "act" });
  const more = h("button.button", { type: "button", onclick: load }, t("More"));
  const legal = new Set();
  let cursor = "";

  async function load() {
    const page = await get(`/desk${query({ reason, limit: PAGE, cursor })}`);
    cursor = page.next;
    page.items.forEach((one) => usable(one.commands).filter(isForMany).forEach((name) => legal.add(name)));
    list.append(...page.items.map((one) => row(one, { mayAct, names, again, pick })));
    more.hidden = !cursor;
    const first = nextOf([...legal]);
    const sorted = [...legal].sort((a, b) => (b === first) - (a === first));
    acts.replaceChildren(...sorted.map((name) => h("option", { value: name }, word("command", name))));
  }
  function pick(id, on) {
    if (on) picked.add(id);
    else picked.delete(id);
    told.textContent = picked.size ? t("{n} chosen", { n: f.number(picked.size) }) : t("the whole group");
  }
  const act = () =>
    acts.value &&
    tryThenAct({
      title: word("command", acts.value),
      path: "/desk:act",
      body: {
        id: newId(),
        command: acts.value,
        reason,
        ...(picked.size ? { orders: [...picked] } : {}),
      },
      asks: isReasoned(acts.value),
      danger: isGrave(acts.value),
      button: word("command", acts.value),
      done: again,
    });
  await load();
  desk.replaceChildren(
    h("header.panel-head", h("h2", word("desk", reason)), h("span.panel-note", f.number(count))),
    h("p.desk-mend", word("desk_mend", reason)),
    mayAct && legal.size
      ? h(
          "div.desk-bar",
          told,
          h(
            "div.acts",
            acts,
            h("button.button.primary", { type: "button", "data-act": "try", onclick: act }, t("See what would happen")),
          ),
        )
      : "",
    list,
    h("div.desk-foot", more),
  );
  moveWith(mover(list));
}

function row(one, { mayAct, names, again, pick }) {
  const next = nextFor(one);
  const check = h("input", {
    type: "checkbox",
    "aria-label": t("Choose this order"),
    onchange: () => {
      pick(one.order_id, check.checked);
      line.classList.toggle("picked", check.checked);
    },
  });
  const about = { order: one.order_id, version: one.version, takes: one.pieces, names };
  const late = new Date(one.due) < Date.now();
  const line = h(
    "div.desk-row",
    { role: "listitem", "data-order": one.order_id },
    mayAct ? check : h("span"),
    h(
      "div",
      h("a.link", { href: `/orders/${encodeURIComponent(one.order_id)}` }, data(one.native_id, "mono")),
      h("span.faint", " ", isWord("channel", one.channel) ? word("channel", one.channel) : data(one.channel)),
      goods(one.goods),
    ),
    h(
      "div",
      one.nodes.length
        ? data(one.nodes.map((node) => names.get(node) || node).join(t(", ")))
        : h("span.faint", t("no node")),
    ),
    h(
      "div",
      h("span", f.pieces(one.qty)),
      one.money ? h("span.faint", " ", f.money(one.money, one.currency)) : "",
    ),
    h("div", h(`span.status.tone-${late ? "bad" : "idle"}`, late && mark("bad"), f.time(one.due))),
    h(
      "div.acts",
      mayAct &&
        next &&
        h(
          "button.button",
          { type: "button", "data-command": next, onclick: () => command(next, about, again) },
          word("command", next),
        ),
    ),
  );
  return line;
}

// What a line without a SKU needs first is its SKU.
const nextFor = ({ reason, commands, pieces }) => {
  if (reason !== "unmatched_sku") return nextOf(usable(commands));
  return commands.includes("match") && pieces.length === 1 ? "match" : undefined;
};

// The first of what it is about, and how many more.
const SHOWN = 2;
const goods = (list) =>
  list.length > 0 &&
  h(
    "div.faint.desk-goods",
    list.slice(0, SHOWN).map((one, at) => [at > 0 && t(", "), t("{n} ×", { n: f.number(one.qty) }), " ", data(goodsName(one))]),
    list.length > SHOWN && [" ", t("and {n} more", { n: f.number(list.length - SHOWN) })],
  );

// j and k go from order to order, Enter opens the one in focus.
function mover(list) {
  const links = () => [...list.querySelectorAll("a.link")];
  return {
    move: (step) => {
      const all = links();
      const now = all.indexOf(document.activeElement);
      all[Math.max(0, Math.min(all.length - 1, now + step))]?.focus();
    },
    open: () => {},
  };
}
