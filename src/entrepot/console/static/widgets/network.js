// One study: today against plan - map, costs, service, curve, reasons; edit, solve again, ask what if.
import { get, post } from "../api.js";
import { ask } from "../ask.js";
import { data, h } from "../dom.js";
import { facts, section } from "../facts.js";
import { cancelJob, follow, isOpen, jobOf } from "../follow.js";
import * as f from "../format.js";
import { t } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { curveChart } from "./network_curve.js";
import { changes, channels, parts, points, strip } from "./network_figures.js";
import { networkMap } from "./network_map.js";
import { moneyOf, sites } from "./network_sites.js";
import { uploadForm } from "./networks.js";

export async function fill(place, config) {
  place.replaceChildren(skeleton(14));
  try {
    const [study, job] = await read(config.id);
    document.querySelector("h1").textContent = study.name;
    await draw(place, study, job, config);
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, config)));
  }
}

// A study and the job that works on it. A job that has ended may have done so since the study was read.
async function read(id) {
  const once = () => get(`/network/studies/${encodeURIComponent(id)}`);
  const study = await once();
  const job = study.job && (await jobOf(study.job));
  return [job && !isOpen(job) ? await once() : study, job];
}

async function draw(place, study, job, config) {
  const again = () => fill(place, config);
  const { report } = study;
  const [map, curve] = [h("div.network-map-place"), h("div")];
  const act = config.may_act;
  place.replaceChildren(
    running(study, job, again, act),
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
        report && report.curve.length > 1 && section(t("How many sites"), curve, points(study)),
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
function running(study, job, again, mayAct) {
  const box = h("div", { role: "status" });
  const money = moneyOf(study);
  function show(now) {
    const [cost, bound] = now.note.split(" ").map(Number);
    box.replaceChildren(
      h(
        "p.notice",
        h("span.tone-busy", mark("busy")),
        now.progress.total
          ? t("Searching: {a} of {b} s", { a: f.number(now.progress.done), b: f.number(now.progress.total) })
          : t("Reading the order log"),
        Number.isFinite(cost) ? [" · ", t("best {money}", { money: money(cost) })] : "",
        Number.isFinite(bound) && bound > 0 ? [" · ", t("none below {money}", { money: money(bound) })] : "",
        mayAct && h("button.button", { type: "button", onclick: () => cancelJob(now.id) }, t("Stop, keep the best")),
      ),
    );
  }
  async function watch() {
    if (await follow(job.id, box, show)) await again();
    else box.replaceChildren();
  }
  if (job?.status === "failed") box.replaceChildren(failed(job.error, null, t("The search failed")));
  else if (job && isOpen(job)) {
    show(job);
    watch();
  }
  return box;
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
      ? h("p.notice.tone-warn", mark("warn"), t("Assumed, edit it:"), " ", from.assumed.map((one) => assumed[one]).join(t(", ")))
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
          h("a.button", { href: `/api/v1/network/studies/${study.id}/document`, download: "" }, t("Download the study")),
          study.report &&
            [
              ["xlsx", t("Plan as a workbook")],
              ["json", t("Plan as JSON")],
            ].map(([form, text]) =>
              h("a.button", { href: `/api/v1/network/studies/${study.id}/plan?form=${form}`, download: "" }, text),
            ),
        )
      : "",
    mayAct && study.version ? uploadForm(`/network/studies/${study.id}/versions`) : "",
  ];
}
