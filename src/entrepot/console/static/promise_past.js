// How promises would have been kept on past orders: the last walk through them, and a button for another.
import { get, post } from "./api.js";
import { data, h } from "./dom.js";
import { follow, jobLine } from "./follow.js";
import * as f from "./format.js";
import { t } from "./i18n.js";
import { actorName } from "./names.js";
import { keptShare, laneName } from "./promise.js";
import { failed, skeleton } from "./states.js";
import { makeTable, numeric } from "./table.js";
import { toastError } from "./toast.js";
import { figure, whyValue } from "./why.js";

const NAME = "promise backtest";
const NOT_FOUND = 404;

export function pastOrders(mayRun) {
  const place = h("div.stack", skeleton(4));
  const run = h("div");
  const whole = h("div.stack", place, run);

  async function load() {
    try {
      const [newest, [open]] = await Promise.all([last(), running()]);
      place.replaceChildren(...(newest ? draw(newest) : [nothing()]));
      if (open) await watch(open.id);
      else run.replaceChildren(begin(newest));
    } catch (error) {
      place.replaceChildren(failed(error, load));
    }
  }
  const begin = (newest) =>
    mayRun
      ? h(
          "div.row",
          h(
            "button.button",
            { type: "button", "data-act": "past-orders", onclick: ask },
            newest ? t("Walk through them again") : t("Walk through past orders"),
          ),
        )
      : "";

  async function ask({ target }) {
    target.disabled = true;
    try {
      await watch((await post("/promises:backtest")).job);
    } catch (error) {
      toastError(error);
      target.disabled = false;
    }
  }
  async function watch(job) {
    const [line, tell] = jobLine(job, t("Walking through past orders"), mayRun ? t("Cancel") : "");
    run.replaceChildren(line);
    const end = await follow(job, whole, tell);
    if (!whole.isConnected) return;
    run.replaceChildren();
    await load();
    if (end?.status === "failed") run.prepend(failed(end.error, null, t("This was not done")));
  }
  load();
  return whole;
}

// The last walk; none yet is no failure.
async function last() {
  try {
    return await get("/promises/backtest");
  } catch (error) {
    if (error.status === NOT_FOUND) return null;
    throw error;
  }
}

async function running() {
  const lists = await Promise.all(
    ["running", "queued"].map((status) => get(`/jobs?name=${encodeURIComponent(NAME)}&status=${status}&limit=1`)),
  );
  return lists.flatMap(({ items }) => items);
}

const nothing = () =>
  h("p.faint", t("Each past order is promised anew from what was known on its day; then it shows how that was kept."));

function draw({ report, made_at: at, actor }) {
  const { promise, incumbent, at_incumbent_late_share: matched } = report;
  const made = h(
    "p.faint",
    t("Orders of {from} to {to}.", { from: report.from, to: report.to }),
    " ",
    f.time(at),
    " ",
    data(actorName(actor)),
  );
  if (!promise) return [h("p.faint", t("None of these orders was delivered.")), made];
  const target = 1 - report.target_late;
  const behind = [
    [t("Orders"), f.number(report.orders)],
    [t("Delivered"), f.number(promise.orders)],
    [t("Late"), f.percent(promise.late_share)],
    [t("Target"), f.percent(target)],
    [t("Refits"), f.number(report.refits)],
    [t("Median off by, days"), f.decimal(report.accuracy.median_error_days)],
  ];
  // Where no quantile of ours is late as often, lengths are of two different promises.
  const isMatched = matched && Math.abs(matched.late_share - incumbent.late_share) < 0.0005;
  return [
    h(
      "div.figures",
      figure(t("Kept"), f.percent(report.coverage), "promise_backtest", { rows: behind }),
      figure(t("Target"), f.percent(target), "promise_backtest", { rows: behind }),
      figure(t("Days promised"), f.decimal(promise.mean_days), "promise_days"),
      incumbent && figure(t("Promised then, days"), f.decimal(incumbent.mean_days), "promise_backtest", { rows: behind }),
      isMatched && figure(t("Shorter, late as often"), f.decimal(matched.days_shorter), "promise_backtest", { rows: behind }),
    ),
    groups(report, target),
    made,
  ];
}

function groups({ months, lanes }, target) {
  const grouped = makeTable(
    t("On past orders"),
    [t("Month or lane"), ...numeric(t("Orders"), t("Kept"), t("Target"), t("Days promised"), t("Not delivered"))],
    { kind: ".limited" },
  );
  const by = h(
    "select.input",
    { "aria-label": t("By"), onchange: show },
    h("option", { value: "month" }, t("Month")),
    h("option", { value: "lane" }, t("Lane")),
  );
  function show() {
    const some = by.value === "month" ? months : lanes;
    grouped.show(some.filter((one) => one.promise.orders).map((one) => line(one, by.value, target)));
  }
  show();
  return h("div", h("div.row", by), grouped.box);
}

function line({ name, promise, coverage, undelivered }, by, target) {
  const rows = [
    [t("Late"), f.percent(promise.late_share)],
    [t("Delivered"), f.number(promise.orders)],
  ];
  return [
    by === "month" ? data(name) : laneName(name),
    f.number(promise.orders + undelivered),
    whyValue("promise_backtest", keptShare(coverage, target, promise.orders), { title: name, rows }),
    f.percent(target),
    f.decimal(promise.mean_days),
    f.number(undelivered),
  ];
}
