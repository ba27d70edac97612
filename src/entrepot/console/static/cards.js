// On a phone a list is cards: title, what matters, one number; more come as one scrolls.
import { cell } from "./cells.js";
import { h } from "./dom.js";
import { skeleton } from "./states.js";

export function makeCards(place, { columns, fetchPage, link, open }) {
  const shown = (part) => columns.filter((column) => column.card === part);
  const end = h("div.cards-end");
  let cursor = "";
  let busy = false;
  let run = 0;

  const card = (row) => {
    const parts = [
      h(
        "div.card-top",
        h(
          "span.card-title",
          shown("title").map((column) => cell(column, row)),
        ),
        h(
          "span.card-side",
          shown("side")
            .slice(0, 1)
            .map((column) => cell(column, row)),
        ),
      ),
      h(
        "div.card-main",
        shown("main").map((column) => h("span", cell(column, row))),
        shown("side")
          .slice(1)
          .map((column) => h("span.card-fact", h("small", column.label), cell(column, row))),
      ),
    ];
    return link
      ? h("a.card", { href: link(row) }, parts)
      : h("button.card", { type: "button", onclick: () => open(row) }, parts);
  };
  async function more() {
    if (busy || cursor === null) return;
    busy = true;
    const mine = run;
    end.replaceChildren(skeleton(3));
    try {
      const page = await fetchPage(cursor, 30);
      if (mine !== run) return;
      cursor = page.next || null;
      end.before(...page.items.map(card));
    } catch {
      cursor = null;
    } finally {
      if (mine === run) {
        busy = false;
        end.replaceChildren();
        if (cursor !== null) watcher.observe(end);
      }
    }
  }
  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries[0].isIntersecting) return;
      watcher.unobserve(end);
      more();
    },
    { rootMargin: "400px" },
  );

  function reload() {
    run += 1;
    busy = false;
    cursor = "";
    place.replaceChildren(end);
    more();
  }
  reload();
  return { reload, move: () => {}, open: () => {} };
}
