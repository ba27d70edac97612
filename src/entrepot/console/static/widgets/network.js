// One study: today against plan - map, costs, service, curve, reasons; edit, solve again, ask what if.
import { get, post } from "../api.js";
import { ask, reasonField } from "../ask.js";
import { axis, makeChart, token } from "../chart.js";
import { data, h } from "../dom.js";
import { facts, section } from "../facts.js";
import * as f from "../format.js";
import { isWord, localName, t, word } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { toastError } from "../toast.js";
import { fate, networkMap } from "./network_map.js";
import { uploadForm } from "./networks.js";

const LOOK_EVERY = 1000;

export async function fill(place, config) {
  place.replaceChildren(skeleton(14));
  try {
    const study = await get(`/network/studies/${encodeURIComponent(config.id)}`);
    document.querySelector("h1").textContent = study.name;
    await draw(place, study, config);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, config)));
  }
}

// Costs come in whole units of the currency.
const moneyOf = (study) => (value) =>
  value === null || value === undefined
    ? "—"
    : study.currency
      ? f.bigMoney(value * study.cost_scale, study.currency)
      : f.big(value);

async function draw(place, study, config) {
  const again = () => fill(place, config);
  const { report } = study;
  const [map, curve] = [h("div.network-map-place"), h("div")];
  const act = config.may_act;
  place.replaceChildren(
    running(study, again, act),
    report ? strip(study) : "",
    h(
      "div.columns",
      h(
        "div.column-main",
        report ? section(t("Today and plan"), map) : unsolved(study),
        report && section(t("Cost and service by channel"), channels(study)),
        report && section(t("Why each site"), sites(study, act, again)),
      ),
      h(
        "div.column-side",
        report && section(t("Cost, a year"), parts(study)),
        report && report.curve.length > 1 && section(t("How many sites"), curve),
        report && report.changes.length > 0 && section(t("If costs change"), changes(study)),
        study.source && section(t("Drawn from"), source(study)),
        section(t("Versions"), versions(study, act, again)),
      ),
    ),
  );
  if (report) await networkMap(map, study);
  if (report && report.curve.length > 1) await curveChart(curve, study);
}

const unsolved = (study) =>
  section(
    t("Today and plan"),
    empty({
      title: study.version ? t("Not solved yet") : t("Being drawn"),
      text: t("The search proposes sites and flows, and proves how far from the best they can be."),
    }),
  );

// A job that works on it: its best and bound so far, and a way to stop it that keeps the best.
function running(study, again, mayAct) {
  const box = h("div", { role: "status" });
  if (!study.job) return box;
  const money = moneyOf(study);
  let wasOpen = false;
  async function look() {
    if (!box.isConnected && wasOpen) return;
    try {
      const job = await get(`/jobs/${encodeURIComponent(study.job)}`);
      if (job.status === "queued" || job.status === "running") {
        wasOpen = true;
        const [cost, bound] = job.note.split(" ").map(Number);
        const stop = () => post(`/jobs/${encodeURIComponent(job.id)}/cancel`).catch(toastError);
        box.replaceChildren(
          h(
            "p.notice",
            h("span.tone-busy", mark("busy")),
            job.progress.total
              ? t("Searching: {a} of {b} s", { a: f.number(job.progress.done), b: f.number(job.progress.total) })
              : t("Reading the order log"),
            Number.isFinite(cost) ? [" · ", t("best {money}", { money: money(cost) })] : "",
            Number.isFinite(bound) && bound > 0 ? [" · ", t("none below {money}", { money: money(bound) })] : "",
            mayAct && h("button.button", { type: "button", onclick: stop }, t("Stop, keep the best")),
          ),
        );
        setTimeout(look, LOOK_EVERY);
      } else if (wasOpen) {
        await again();
      } else if (job.status === "failed") {
        box.replaceChildren(failed({ ...job.error, message: job.error.message }, null, t("The search failed")));
      }
    } catch {
      // Old jobs are forgotten; the study stays.
      box.replaceChildren();
    }
  }
  look();
  return box;
}

function hoursOf(side) {
  const orders = side.channels.reduce((sum, one) => sum + one.orders, 0);
  return orders ? side.channels.reduce((sum, one) => sum + one.orders * one.mean_hours, 0) / orders : null;
}

function strip(study) {
  const { summary, before, after } = study.report;
  const money = moneyOf(study);
  const figure = (name, value, note = "") =>
    h("div.figure", h("span.kpi-name", name), h("span.figure-value", value), note && h("span.faint", note));
  const best = study.report.before_is === "best" ? t("at its best") : "";
  return h(
    "div.figures",
    figure(t("Today, a year"), money(summary.today), best),
    figure(t("Plan, a year"), money(summary.cost)),
    figure(t("Saves"), summary.today === null ? "—" : money(summary.today - summary.cost)),
    figure(t("No plan is below"), money(summary.bound), t("gap {share}", { share: f.percent(summary.gap) })),
    figure(t("Sites"), `${summary.sites_today ?? "—"} → ${summary.sites}`),
    figure(t("Mean hours"), `${before ? f.decimal(hoursOf(before)) : "—"} → ${f.decimal(hoursOf(after))}`),
  );
}

function table(label, heads, rows) {
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": label },
    h(
      "table.table",
      h(
        "thead",
        h(
          "tr",
          heads.map((head, i) => h(i ? "th.num" : "th", { scope: "col" }, head)),
        ),
      ),
      h("tbody", rows),
    ),
  );
}

function parts(study) {
  const { before, after } = study.report;
  const money = moneyOf(study);
  const rows = [
    ["fixed", t("Sites")],
    ["closing", t("Closing sites")],
    ["between_sites", t("Between sites")],
    ["to_zones", t("To customers and stores")],
    ["total", t("Together")],
  ];
  return [
    table(
      t("Cost, a year"),
      ["", t("Today"), t("Plan")],
      rows.map(([key, name]) =>
        h("tr", h("td", name), h("td.num", before ? money(before[key]) : "—"), h("td.num", money(after[key]))),
      ),
    ),
    before && before.broken.length
      ? h("p.notice.tone-warn", mark("warn"), t("Today breaks limits of the network:"), " ", data(before.broken[0]))
      : "",
  ];
}

const channelName = (code) =>
  code === "" ? t("All") : isWord("channel", code) ? word("channel", code) : data(code);

function channels(study) {
  const { before, after } = study.report;
  const money = moneyOf(study);
  const was = new Map((before?.channels || []).map((one) => [one.channel, one]));
  const pair = (one, key, show) => {
    const old = was.get(one.channel);
    return h("td.num", `${old ? show(old[key]) : "—"} → ${show(one[key])}`);
  };
  return table(
    t("Cost and service by channel"),
    [t("Channel"), t("Orders"), t("Transport, a year"), t("Mean hours"), t("95 of 100 within, h")],
    after.channels.map((one) =>
      h(
        "tr",
        h("td", channelName(one.channel)),
        h("td.num", f.number(one.orders)),
        pair(one, "cost", money),
        pair(one, "mean_hours", f.decimal),
        pair(one, "hours_95", f.number),
      ),
    ),
  );
}

function sites(study, mayAct, again) {
  const facts_of = new Map(study.sites.map((one) => [one.id, one]));
  const order = (one) => (one.stands ? 0 : one.stood ? 1 : 2);
  const rows = study.report.reasons.toSorted((a, b) => order(a) - order(b) || b.zones - a.zones);
  return h(
    "ul.network-sites",
    rows.map((one) => siteRow(one, facts_of.get(one.id), study, mayAct, again)),
  );
}

function siteRow(one, site, study, mayAct, again) {
  const [kind, text] = fate(one.stood, one.stands);
  const money = moneyOf(study);
  const name = localName(study.spots[one.id] || {}, "name") || one.id;
  const answer = h("span.faint", { role: "status" });
  async function whatIf(event) {
    event.target.disabled = true;
    answer.replaceChildren(t("computing"));
    try {
      answer.replaceChildren(...said(await outcome(study.id, one.id), money));
    } catch (error) {
      answer.replaceChildren(data(error.message));
    }
    event.target.disabled = false;
  }
  return h(
    "li",
    h(
      "div.network-site",
      h(`span.tone-${kind}`, mark(kind), " ", text),
      h("strong", data(name)),
      data(one.id === name ? "" : one.id, "mono.faint"),
    ),
    h("p", reason(one, money)),
    mayAct &&
      h(
        "div.row",
        h(
          "button.button",
          { type: "button", "data-act": "what-if", onclick: whatIf },
          one.stands ? t("What if it closes?") : t("What if it opens?"),
        ),
        h("button.button", { type: "button", onclick: () => edit(study, site, name, again) }, t("Edit")),
        answer,
      ),
  );
}

function reason(one, money) {
  const served = one.zones ? t("Serves {n} zones.", { n: f.number(one.zones) }) : "";
  const dear = money(Math.abs(one.difference ?? 0));
  if (one.is_needed) return [served, " ", t("Without it there is no plan.")];
  if (one.difference === null) return served || t("Settled by the planner.");
  if (one.stands) return [served, " ", t("Closing it costs {money} a year more.", { money: dear })];
  return t("Opening it costs {money} a year more.", { money: dear });
}

async function outcome(study, site) {
  const { job: id } = await post(`/network/studies/${study}:what-if`, { site });
  for (;;) {
    await new Promise((done) => setTimeout(done, 400));
    const job = await get(`/jobs/${encodeURIComponent(id)}`);
    if (job.status === "done") return job.result;
    if (job.status === "failed" || job.status === "cancelled") throw new Error(job.error?.message || job.status);
  }
}

function said({ cost, difference, channels: lines, broken }, money) {
  if (cost === null) return [t("Then there is no plan.")];
  const orders = lines.reduce((sum, one) => sum + one.orders, 0);
  const hours = orders ? lines.reduce((sum, one) => sum + one.orders * one.mean_hours, 0) / orders : 0;
  const text =
    difference < 0
      ? t("{money} a year less, {hours} h in the mean", { money: money(-difference), hours: f.decimal(hours) })
      : t("{money} a year more, {hours} h in the mean", { money: money(difference), hours: f.decimal(hours) });
  return [h("strong", text), broken.length ? data(` ${broken[0]}`) : ""];
}

function edit(study, site, name, again) {
  const scale = study.cost_scale;
  ask({
    title: name,
    text: t("The next version has these numbers; solve it to see what they change."),
    button: t("Save"),
    fields: [
      { name: "fixed_cost", label: t("A year's cost"), kind: "number", min: 0, step: "any", value: site.fixed_cost / scale },
      { name: "closing_cost", label: t("Cost of closing"), kind: "number", min: 0, step: "any", value: site.closing_cost / scale },
      { name: "capacity", label: t("Capacity, empty is no limit"), kind: "number", min: 0, value: site.capacity ?? "" },
      {
        name: "status",
        label: t("Status"),
        kind: "select",
        value: site.status,
        options: [
          ["candidate", t("may open")],
          ["existing", t("stands, may close")],
          ["open", t("must stand")],
          ["closed", t("must not stand")],
        ],
      },
      reasonField(),
    ],
    act: async ({ fixed_cost: fixed, closing_cost: closing, capacity, status, reason: why }) => {
      const numbers = { fixed_cost: Math.round((fixed ?? 0) * scale), closing_cost: Math.round((closing ?? 0) * scale) };
      await post(`/network/studies/${study.id}:edit`, { sites: { [site.id]: { ...numbers, capacity, status } }, reason: why });
      return t("Saved as the next version");
    },
    done: again,
  });
}

function changes(study) {
  const money = moneyOf(study);
  const named = (ids) => ids.map((id) => localName(study.spots[id] || {}, "name") || id).join(", ");
  return h(
    "ul.plain-list",
    study.report.changes.map((one) =>
      h(
        "li",
        h(
          "span",
          one.what === "transport" ? t("Transport") : t("Sites"),
          ` ${one.percent > 0 ? "+" : "−"}${Math.abs(one.percent)} %`,
        ),
        h("strong", money(one.cost)),
        one.opens.length + one.closes.length
          ? h(
              "span",
              one.opens.length ? [t("opens"), " ", data(named(one.opens)), " "] : "",
              one.closes.length ? [t("closes"), " ", data(named(one.closes))] : "",
            )
          : h("span.faint", t("same sites")),
      ),
    ),
  );
}

function source(study) {
  const { source: from } = study;
  const money = moneyOf(study);
  const assumed = {
    fixed_costs: t("cost of centres"),
    front_costs: t("cost of front warehouses"),
    closing_costs: t("cost of closing"),
  };
  const why = { no_place: t("place not known"), no_carrier: t("no carrier goes there") };
  return [
    facts([
      [t("Orders sent"), f.number(from.orders)],
      [t("Orders from stores"), f.number(from.pick_ups)],
      [t("From"), f.time(from.since, f.day)],
      [t("Until"), f.time(from.until, f.day)],
      [t("Prices"), from.rates === "cards" ? t("rate cards") : t("by distance")],
      [t("Places to the middle of their zone"), t("{a} km, {b} at most", { a: f.decimal(from.mean_km), b: f.number(from.max_km) })],
      [t("Zones cost at most this too much"), money(from.cost_error)],
    ]),
    from.assumed.length
      ? h("p.notice.tone-warn", mark("warn"), t("Assumed, edit it:"), " ", from.assumed.map((one) => assumed[one]).join(", "))
      : "",
    from.left_out.map((one) =>
      h(
        "p.notice.tone-warn",
        mark("warn"),
        t("{n} orders left out:", { n: f.number(one.orders) }),
        " ",
        why[one.why],
        " ",
        data(one.places.slice(0, 5).join(", ")),
      ),
    ),
  ];
}

function versions(study, mayAct, again) {
  const solve = () =>
    ask({
      title: t("Solve"),
      button: t("Solve"),
      fields: [{ name: "seconds", label: t("Seconds to search"), kind: "number", min: 1, max: 600, value: 20, required: true }],
      act: ({ seconds }) => post(`/network/studies/${study.id}:solve`, { seconds }).then(() => t("The search has begun")),
      done: again,
    });
  return [
    h(
      "ul.plain-list",
      study.versions.map((one) =>
        h("li", h("strong", f.number(one.no)), f.time(one.made_at), data(one.made_by, "faint"), data(one.note)),
      ),
    ),
    study.version
      ? h(
          "div.row",
          mayAct && h("button.button.primary", { type: "button", "data-act": "solve", onclick: solve }, t("Solve")),
          h("a.button", { href: `/api/v1/network/studies/${study.id}/document`, download: "" }, t("Download")),
        )
      : "",
    mayAct && study.version ? uploadForm(`/network/studies/${study.id}/versions`) : "",
  ];
}

async function curveChart(place, study) {
  const canvas = h("div.chart.tall", { role: "img", "aria-label": t("How many sites") });
  place.replaceChildren(canvas);
  const chart = await makeChart(canvas, (points) => curveOptions(points, moneyOf(study)));
  chart.draw(study.report.curve);
}

function curveOptions(points, money) {
  const named = (text) => ({ show: true, formatter: text, fontSize: 11, color: token("ink-2"), distance: 4 });
  const least = Math.min(...points.map((one) => one.bound));
  const most = Math.max(...points.map((one) => one.cost));
  const pad = Math.max((most - least) * 0.15, most * 0.005);
  const line = (name, values, color, more = {}) => ({
    name,
    type: "line",
    data: values,
    color,
    symbol: "circle",
    symbolSize: 6,
    endLabel: named(name),
    ...more,
  });
  return {
    grid: { left: 8, right: 56, top: 16, bottom: 6, containLabel: true },
    xAxis: axis({ type: "category", data: points.map((one) => String(one.sites)), splitLine: { show: false } }),
    yAxis: [
      axis({
        type: "value",
        min: least - pad,
        max: most + pad,
        axisLabel: { color: token("ink-3"), fontSize: 11, formatter: money, showMinLabel: false, showMaxLabel: false },
      }),
      axis({ type: "value", min: 0, splitLine: { show: false }, axisLabel: { show: false } }),
    ],
    series: [
      line(t("cost"), points.map((one) => one.cost), token("accent")),
      line(t("bound"), points.map((one) => one.bound), token("ink-3"), {
        symbol: "none",
        lineStyle: { type: "dashed", width: 1.2 },
        endLabel: { show: false },
      }),
      line(t("hours"), points.map((one) => one.mean_hours), token("series-2"), { yAxisIndex: 1 }),
    ].map((one) => ({ ...one, labelLayout: { moveOverlap: "shiftY" } })),
  };
}
