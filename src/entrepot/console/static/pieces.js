// The pieces of an order: where each one is, and what may be done with it now.
import { get } from "./api.js";
import { addPieces, command, nextOf, usable } from "./commands.js";
import { data, h } from "./dom.js";
import * as f from "./format.js";
import { t, word } from "./i18n.js";
import { actorName, goodsName, nodeNames } from "./names.js";
import { empty, failed, skeleton } from "./states.js";
import { status } from "./status.js";

export async function fillPieces(place, { id, mayAct, changed }) {
  place.replaceChildren(skeleton(4));
  try {
    const [answer, names] = await Promise.all([get(`/orders/${encodeURIComponent(id)}/pieces`), nodeNames()]);
    draw(place, { id, mayAct, changed, answer, names });
  } catch (error) {
    if (error.status !== 404)
      return place.replaceChildren(failed(error, () => fillPieces(place, { id, mayAct, changed })));
    place.replaceChildren(
      empty({
        title: t("Not followed by piece"),
        text: t("Pieces are followed from the moment an order is taken on."),
      }),
    );
  }
  return undefined;
}

function draw(place, told) {
  const { answer } = told;
  place.replaceChildren(
    h(
      "p.verdict",
      answer.pieces.length ? status("phase", answer.status) : h("span.faint", t("No line has arrived yet.")),
      answer.mode === "pickup" ? h("span", t("Picked up in the store")) : "",
      answer.is_paid ? "" : h("span.tone-warn", t("not paid")),
      answer.is_held ? h("span.tone-warn", t("held back")) : "",
      waits(answer)
        ? h("span.faint", t("waits for a better plan until"), " ", f.time(answer.release_at, f.minute))
        : "",
      answer.over_issued
        ? h("span.tone-bad", t("{n} more left than was ordered", { n: f.number(answer.over_issued) }))
        : "",
    ),
    h(
      "div.pieces",
      answer.pieces.map((piece) => row(piece, told)),
    ),
    told.mayAct && answer.pieces.length
      ? h(
          "button.button",
          {
            type: "button",
            "data-command": "add",
            onclick: () =>
              addPieces(
                { order: told.id, version: answer.version, lines: new Map(answer.pieces.map((one) => [one.sku, one.line])) },
                told.changed,
              ),
          },
          word("command", "add"),
        )
      : "",
    answer.history.length ? history(answer.history, told.names) : "",
  );
}

const waits = ({ release_at: until, pieces }) =>
  until && new Date(until) > Date.now() && pieces.some((piece) => piece.state === "sourced");

// What was done, newest first; a reason a person gave stands with it.
function history(list, names) {
  return h(
    "details",
    h("summary", t("What was done: {n}", { n: f.number(list.length) })),
    h(
      "ol.timeline",
      list
        .toReversed()
        .map((one) =>
          h(
            "li",
            h("span.timeline-when", f.time(one.at, f.minute)),
            h("span.timeline-dot", { "aria-hidden": "true" }),
            h(
              "span.timeline-text",
              h("strong", word("command", one.command)),
              moved(one.changes),
              one.node ? data(names.get(one.node) || one.node, "faint") : "",
              one.reason ? data(one.reason) : "",
            ),
            data(actorName(one.actor), "faint"),
          ),
        ),
    ),
  );
}

const moved = (changes) =>
  h(
    "span.faint",
    f.pieces(changes.reduce((sum, one) => sum + one.qty, 0)),
    changes[0] ? [" → ", word("piece", changes[0].target)] : "",
  );

function row(piece, { id, answer, names, mayAct, changed }) {
  const legal = usable(piece.commands || []);
  const next = nextOf(legal);
  const others = legal.filter((name) => name !== next);
  const about = {
    order: id,
    version: answer.version,
    takes: [piece.id],
    most: piece.qty,
    node: piece.node,
    nodes: names,
  };
  const button = (name, kind = "") =>
    h(
      `button.button${kind}`,
      { type: "button", "data-command": name, onclick: () => command(name, about, changed) },
      word("command", name),
    );
  return h(
    "div.piece",
    h(
      "div.piece-facts",
      h("strong", t("{n} ×", { n: f.number(piece.qty) }), " ", data(piece.sku || t("no SKU"), "mono")),
      piece.name || piece.name_en ? data(goodsName(piece)) : "",
      status("piece", piece.state),
      piece.node && h("span.faint", data(names.get(piece.node) || piece.node)),
      piece.work && h("a.link", { href: `/fulfilments?q=${encodeURIComponent(piece.work)}` }, t("Work order")),
      piece.barred?.length
        ? h("span.faint", t("refused by"), " ", data(piece.barred.map((one) => names.get(one) || one).join(t(", "))))
        : "",
    ),
    mayAct &&
      legal.length > 0 &&
      h(
        "div.piece-acts",
        next && button(next, ".primary"),
        others.length > 0 &&
          h(
            "details.more-acts",
            h("summary.button", t("More")),
            h(
              "div.menu",
              others.map((name) => button(name, ".quiet")),
            ),
          ),
      ),
  );
}
