// Jobs that run, live, and those that ran.
import { get, post, query } from "../api.js";
import { data, h } from "../dom.js";
import { filterBar } from "../filters.js";
import * as f from "../format.js";
import { family, isWord, t, word } from "../i18n.js";
import { resultOf } from "../job_result.js";
import { listen } from "../live.js";
import { actorName } from "../names.js";
import { section } from "../facts.js";
import { empty, failed, skeleton } from "../states.js";
import { status } from "../status.js";
import { makeTable, numeric } from "../table.js";
import { toast, toastError } from "../toast.js";

const OPEN = ["running", "queued"];
const PAGE = 50;

export function fill(place, { may_act: mayAct }) {
  const past = history();
  place.replaceChildren(section(t("Running now"), open(mayAct, past.refresh)), section(t("History"), past.whole));
}

// Those that run and those that wait; `ended` is called when one of them is there no more.
function open(mayAct, ended) {
  const place = h("div", skeleton(2));
  const found = new Map();
  let known = new Set();
  const draw = () => {
    const rows = OPEN.flatMap((state) => found.get(state) || []);
    const now = new Set(rows.map((one) => one.id));
    if ([...known].some((id) => !now.has(id))) ended();
    known = now;
    place.replaceChildren(
      rows.length
        ? h(
            "ul.jobs",
            rows.map((one) => running(one, mayAct)),
          )
        : h("p.faint", t("Nothing runs.")),
    );
  };
  for (const state of OPEN)
    listen(`/jobs?status=${state}&limit=100`, 2, {
      next: ({ items }) => {
        found.set(state, items);
        draw();
      },
      failed: (error, last) => last || place.replaceChildren(failed(error)),
    });
  return place;
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
      h("span.faint", t("by"), " ", data(actorName(one.by))),
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

const ENDED = ["done", "failed", "cancelled"];

// Those that ended, page by page, by job and by how they ended.
function history() {
  const place = h("div", skeleton(8));
  const more = h("button.button", { type: "button", onclick: () => load(next) }, t("Earlier jobs"));
  const past = makeTable(t("History"), headings(), { below: more });
  const filters = filterBar(
    [
      { name: "name", kind: "choice", label: t("Job"), options: Object.entries(family("job_name")) },
      {
        name: "status",
        kind: "choice",
        label: t("Status"),
        options: ENDED.map((state) => [state, word("job", state)]),
      },
    ],
    () => load(),
  );
  let next = "";
  let run = 0;
  let readsOn = false;

  async function load(cursor = "") {
    const mine = ++run;
    readsOn = cursor !== "";
    const asked = query({ ...filters.values(), limit: PAGE, cursor });
    try {
      const page = await get(`/jobs${asked}`);
      if (mine !== run) return;
      const lines = page.items.filter((one) => !OPEN.includes(one.status)).map(line);
      if (cursor) past.add(lines);
      else past.show(lines);
      next = page.next;
      more.hidden = !next;
      const shown = past.rows.length || next ? past.box : nothing(filters.values());
      if (place.firstChild !== shown) place.replaceChildren(shown);
    } catch (error) {
      if (mine === run) place.replaceChildren(failed(error, () => load()));
    }
  }
  load();
  // Who reads on is not sent back to the first page.
  const refresh = () => readsOn || load();
  return { whole: h("div.stack", h("div", filters.bar), place), refresh };
}

const nothing = (asked) =>
  Object.keys(asked).length
    ? h("p.faint", t("No such job has ended."))
    : empty({
        title: t("No job has run yet"),
        text: t("Loads, imports and long runs show here with their progress, and can be cancelled."),
        command: "entrepot load olist DIR",
      });

const headings = () => [
  t("Job"),
  t("Status"),
  t("By"),
  t("Started"),
  ...numeric(t("Took")),
  { label: t("Result"), kind: ".clip" },
];

function line(one) {
  const took = one.ended_at && one.started_at ? new Date(one.ended_at) - new Date(one.started_at) : null;
  return [
    named(one.name),
    status("job", one.status),
    data(actorName(one.by)),
    f.time(one.started_at),
    took === null ? "—" : f.duration(took),
    resultOf(one),
  ];
}
