// Jobs that run, live, and those that ran.
import { post } from "../api.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { isWord, t, word } from "../i18n.js";
import { listen } from "../live.js";
import { section } from "../facts.js";
import { empty, failed, skeleton } from "../states.js";
import { status } from "../status.js";
import { toast, toastError } from "../toast.js";

const OPEN = new Set(["queued", "running"]);

export function fill(place, { may_act: mayAct }) {
  place.replaceChildren(skeleton(8));
  listen("/jobs?limit=100", 2, {
    next: ({ items }) => place.replaceChildren(...draw(items, mayAct)),
    failed: (error, last) => last || place.replaceChildren(failed(error)),
  });
}

function draw(items, mayAct) {
  if (!items.length)
    return [
      empty({
        title: t("No job has run yet"),
        text: t("Loads, imports and long runs show here with their progress, and can be cancelled."),
        command: "entrepot load olist DIR",
      }),
    ];
  const open = items.filter((one) => OPEN.has(one.status));
  const past = items.filter((one) => !OPEN.has(one.status));
  return [
    section(
      t("Running now"),
      open.length
        ? h(
            "ul.jobs",
            open.map((one) => running(one, mayAct)),
          )
        : h("p.faint", t("Nothing runs.")),
    ),
    section(t("History"), past.length ? history(past) : h("p.faint", t("Nothing has ended yet."))),
  ];
}

const named = (name) => (isWord("job_name", name) ? word("job_name", name) : data(name));

function running(one, mayAct) {
  const { done = 0, total = 0, unit = "" } = one.progress || {};
  const share = total ? Math.min(1, done / total) : null;
  const elapsed = one.started_at ? Date.now() - new Date(one.started_at) : 0;
  const left = share > 0.02 ? (elapsed / share) * (1 - share) : null;
  return h(
    "li.job",
    h(
      "div.job-head",
      h("strong", named(one.name)),
      status("job", one.status),
      h("span.faint", t("by"), " ", data(one.by)),
      h("span.faint", f.time(one.started_at)),
      mayAct && h("button.button", { type: "button", onclick: (event) => cancel(one, event.target) }, t("Cancel")),
    ),
    h(
      "div.bar",
      {
        role: "progressbar",
        "aria-valuemin": "0",
        "aria-valuemax": "100",
        "aria-valuenow": share === null ? null : String(Math.round(share * 100)),
        "aria-label": isWord("job_name", one.name) ? word("job_name", one.name) : one.name,
      },
      h(`span${share === null ? ".endless" : ""}`, {
        style: share === null ? "" : `width:${(share * 100).toFixed(1)}%`,
      }),
    ),
    h(
      "p.faint",
      total ? `${f.number(done)} / ${f.number(total)} ` : `${f.number(done)} `,
      data(unit),
      left ? [" · ", t("about {time} left", { time: f.duration(left) })] : "",
    ),
  );
}

async function cancel(one, button) {
  button.disabled = true;
  try {
    await post(`/jobs/${encodeURIComponent(one.id)}/cancel`);
    toast(t("Cancel asked for"));
  } catch (error) {
    toastError(error);
    button.disabled = false;
  }
}

function history(rows) {
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": t("History") },
    h(
      "table.table",
      h(
        "thead",
        h(
          "tr",
          [t("Job"), t("Status"), t("By"), t("Started")].map((text) => h("th", { scope: "col" }, text)),
          h("th.num", { scope: "col" }, t("Took")),
          h("th", { scope: "col" }, t("Result")),
        ),
      ),
      h(
        "tbody",
        rows.map((one) =>
          h(
            "tr",
            h("td", named(one.name)),
            h("td", status("job", one.status)),
            h("td", data(one.by)),
            h("td", f.time(one.started_at)),
            h(
              "td.num",
              one.ended_at && one.started_at ? f.duration(new Date(one.ended_at) - new Date(one.started_at)) : "—",
            ),
            h("td.clip", data(said(one))),
          ),
        ),
      ),
    ),
  );
}

function said({ error, result }) {
  if (error) return typeof error === "object" ? error.message || JSON.stringify(error) : error;
  if (result === null || result === undefined) return "—";
  return typeof result === "object"
    ? Object.entries(result)
        .map(([name, value]) => `${name} ${value}`)
        .join(" · ")
    : String(result);
}
