// AG Grid over a cursor API: rows come page by page as one scrolls; sorting is the server's.
import { cell, isNumeric, valueOf } from "./cells.js";
import { t } from "./i18n.js";

const PAGE = 100;

export async function makeGrid(place, { columns, fetchPage, open, sort, sorted, state, stateChanged, link }) {
  const { AllCommunityModule, ModuleRegistry, createGrid, themeQuartz } = await import("nicegui-aggrid");
  ModuleRegistry.registerModules([AllCommunityModule]);
  const cursors = new Map([[0, ""]]);
  let count = null;
  let ready = false;

  const source = () => ({
    getRows: async ({ startRow, successCallback, failCallback }) => {
      try {
        const page = await fetchPage(cursors.get(startRow) ?? "", PAGE);
        if (page.next) cursors.set(startRow + page.items.length, page.next);
        count = page.next ? null : startRow + page.items.length;
        successCallback(page.items, count ?? -1);
      } catch {
        failCallback();
      }
    },
  });
  const definitions = columns.map((column) => ({
    colId: column.field,
    headerName: column.label,
    headerTooltip: column.label,
    valueGetter: ({ data }) => (data ? valueOf(column, data) : null),
    cellRenderer: ({ data }) => (data ? linked(column, data) : ""),
    width: column.width || 120,
    flex: column.flex,
    minWidth: column.flex ? column.width || 160 : 64,
    hide: column.hide,
    sortable: Boolean(column.sort),
    sort: sort?.replace(/^-/, "") === column.field ? (sort.startsWith("-") ? "desc" : "asc") : null,
    type: isNumeric(column) ? "rightAligned" : undefined,
    comparator: () => 0,
  }));
  const linked = (column, row) => {
    const inner = cell(column, row);
    if (column !== columns[0] || !link) return inner;
    const anchor = document.createElement("a");
    anchor.className = "link";
    anchor.href = link(row);
    anchor.append(inner);
    return anchor;
  };
  const grid = createGrid(place, {
    theme: themeQuartz.withParams({
      accentColor: "var(--accent)",
      backgroundColor: "var(--surface)",
      foregroundColor: "var(--ink)",
      borderColor: "var(--line)",
      headerBackgroundColor: "var(--sunk)",
      headerTextColor: "var(--ink-2)",
      headerFontWeight: 500,
      headerFontSize: 12,
      rowHoverColor: "var(--hover)",
      selectedRowBackgroundColor: "var(--chosen)",
      fontFamily: "inherit",
      fontSize: 13,
      cellHorizontalPadding: 10,
      rowHeight: 32,
      headerHeight: 32,
      wrapperBorder: false,
      wrapperBorderRadius: 0,
      columnBorder: false,
      headerColumnBorder: false,
      headerColumnResizeHandleColor: "var(--line)",
      rowBorder: { color: "var(--line-2)" },
    }),
    columnDefs: definitions,
    initialState: state || undefined,
    rowModelType: "infinite",
    cacheBlockSize: PAGE,
    maxConcurrentDatasourceRequests: 1,
    infiniteInitialRowCount: 1,
    datasource: source(),
    suppressCellFocus: false,
    suppressDragLeaveHidesColumns: true,
    enableCellTextSelection: true,
    animateRows: false,
    tooltipShowDelay: 600,
    localeText: { noRowsToShow: t("Nothing matches"), loadingOoo: t("Loading"), ariaLabelColumnFilter: "" },
    onRowClicked: ({ data, event }) =>
      data && !getSelection().toString() && !event.target.closest("a") && open(data, event),
    onCellKeyDown: ({ data, event }) => event.key === "Enter" && data && open(data, event),
    onSortChanged: ({ api, source: cause }) => {
      cursors.clear();
      cursors.set(0, "");
      const chosen = api.getColumnState().find((one) => one.sort);
      if (cause !== "api" && ready) sorted(chosen ? (chosen.sort === "desc" ? "-" : "") + chosen.colId : "");
    },
    onFirstDataRendered: () => (ready = true),
    onStateUpdated: ({ api }) => ready && stateChanged?.(pick(api.getState())),
  });
  return {
    api: grid,
    reload: () => {
      cursors.clear();
      cursors.set(0, "");
      grid.setGridOption("datasource", source());
    },
    move: (step) => {
      const now = grid.getFocusedCell();
      const next = Math.max(0, Math.min(grid.getDisplayedRowCount() - 1, now ? now.rowIndex + step : 0));
      grid.ensureIndexVisible(next);
      grid.setFocusedCell(next, grid.getAllDisplayedColumns()[0]);
    },
    open: () => {
      const now = grid.getFocusedCell();
      const row = now && grid.getDisplayedRowAtIndex(now.rowIndex)?.data;
      if (row) open(row, {});
    },
  };
}

// What of the grid's state is worth keeping between visits.
const pick = ({ columnVisibility, columnOrder, columnSizing }) => ({ columnVisibility, columnOrder, columnSizing });
