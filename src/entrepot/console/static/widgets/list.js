// A list page: filter bar, saved views, columns, export; a grid, or cards on a phone; empty and failed states.
import { get, path, query } from "../api.js";
import { makeCards } from "../cards.js";
import { h, icon } from "../dom.js";
import { filterBar } from "../filters.js";
import { number } from "../format.js";
import { makeGrid } from "../grid.js";
import { t } from "../i18n.js";
import { moveWith } from "../keys.js";
import { empty, failed, skeleton } from "../states.js";
import { isPhone } from "../told.js";
import { columnChooser, savedViews } from "../views.js";

export async function fill(place, config) {
  const stored = `entrepot.grid.${config.name}`;
  const state = JSON.parse(localStorage.getItem(stored) || "null");
  const body = h("div.list-body.covered");
  const said = h("div.list-state", skeleton(9));
  const count = h("span.list-count", { "aria-live": "polite" });
  const link = config.link ? (row) => path(config.link, row) : null;
  const open = (row, event) => {
    if (config.open) return config.open(row, () => rows.reload());
    if (!link) return undefined;
    if (event?.ctrlKey || event?.metaKey) window.open(link(row), "_blank", "noopener");
    else location.assign(link(row));
    return undefined;
  };
  let rows = null;
  const bar = filterBar(config.filters, () => rows?.reload());
  const sheet =
    config.export &&
    h(
      "a.button.quiet",
      {
        download: "",
        href: "#",
        onclick: () => sheet.setAttribute("href", `/api/v1${config.export}${query(bar.values())}`),
      },
      icon("download"),
      h("span", "CSV"),
    );

  async function fetchPage(cursor, limit) {
    try {
      const page = await get(
        `${config.url}${query({ sort: config.sort, ...(config.fixed || {}), ...bar.values(), limit, cursor })}`,
      );
      if (!cursor) tell(page);
      return page;
    } catch (error) {
      show(failed(error, () => (show(skeleton(9)), rows.reload())));
      throw error;
    }
  }
  function tell(page) {
    const total = page.total ?? (page.next ? null : page.items.length);
    count.textContent =
      total === null ? t("{n} rows and more", { n: number(page.items.length) }) : t("{n} rows", { n: number(total) });
    const filtered = Object.keys(bar.values()).some((name) => name !== "sort");
    if (page.items.length) show(null);
    else
      show(
        filtered
          ? empty({
              title: t("Nothing matches"),
              text: t("No row matches these filters. Take one off, or clear them all."),
            })
          : empty(config.empty),
      );
  }
  function show(node) {
    said.hidden = !node;
    body.classList.toggle("covered", Boolean(node));
    said.replaceChildren(node || "");
  }

  const chooser = isPhone()
    ? null
    : columnChooser(
        config.columns,
        (column) =>
          state?.columnVisibility ? state.columnVisibility.hiddenColIds.includes(column.field) : column.hide,
        (column, visible) => rows?.api.setColumnsVisible([column.field], visible),
      );
  place.replaceChildren(
    h("div.list-head", bar.bar, h("div.list-tools", count, savedViews(config.name, bar), chooser, sheet)),
    h("div.list-frame", body, said),
  );
  const shared = { columns: config.columns, fetchPage, link, open };
  rows = isPhone()
    ? makeCards(body, shared)
    : await makeGrid(body, {
        ...shared,
        sort: bar.values().sort || config.sort,
        sorted: (sort) => bar.set("sort", sort),
        state,
        stateChanged: (next) => localStorage.setItem(stored, JSON.stringify(next)),
      });
  moveWith(rows);
}
