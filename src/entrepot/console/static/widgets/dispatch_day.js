// A delivery day: map, vehicles over time, routes one drags stops between, and what every change costs before it is made.
import { get, post } from "../api.js";
import { ask } from "../ask.js";
import { colour, dayMap } from "../dispatch_map.js";
import { data, h } from "../dom.js";
import { close, dialog, drawer } from "../drawer.js";
import { section } from "../facts.js";
import { follow, jobLine } from "../follow.js";
import * as f from "../format.js";
import { inWords, t, word } from "../i18n.js";
import { failed, skeleton } from "../states.js";
import { mark, status } from "../status.js";
import { toast, toastError } from "../toast.js";
import { makeWaves } from "./dispatch_waves.js";

const OPEN = ["waiting", "skipped"];
const minutes = (seconds) => f.duration(seconds * 1000);

export async function fill(place, { id, may_act: mayAct, may_drive: mayDrive }) {
  const address = `/dispatch/days/${encodeURIComponent(id)}`;
  const head = h("div.dispatch-head", skeleton(2));
  const mapPlace = h("div.dispatch-map", { role: "img", "aria-label": t("Routes on the map") });
  const gantt = h("div.gantt");
  const routes = h("div.dispatch-routes");
  const history = h("div");
  const waves = makeWaves(address, drawRoutes);
  place.replaceChildren(
    head,
    h("div.dispatch-top", mapPlace, section(t("Vehicles over the day"), gantt)),
    section(t("Routes"), h("p.faint.no-print", mayAct ? t("Drag a stop, or press Enter on it.") : ""), waves.bar, routes),
    section(t("Changes"), history),
  );
  const drawMap = await dayMap(mapPlace);
  let day = null;

  async function load() {
    try {
      day = await get(address);
      head.replaceChildren(...figures());
      gantt.replaceChildren(...bars());
      drawRoutes();
      history.replaceChildren(log());
      drawMap(day, open);
    } catch (error) {
      head.replaceChildren(failed(error, load));
    }
  }
  function drawRoutes() {
    waves.draw(day);
    routes.replaceChildren(...day.vehicles.map(column), unserved());
  }
  const stopOf = (no) => day.stops.find((one) => one.no === no);
  const routeOf = (vehicle) => day.routes.find((one) => one.vehicle === vehicle);

  function figures() {
    const figure = (label, value, tone = "") =>
      h("div.figure", h("span.figure-label", label), h(`strong.figure-value${tone ? `.tone-${tone}` : ""}`, value));
    const count = (code) => day.stops.filter((one) => one.status === code).length;
    const late = day.stops.filter((one) => one.planned_at && one.ended_at && one.arrived_at > one.planned_at).length;
    const search = day.versions.find((one) => one.action === "search");
    return [
      h("div.row", status("dispatch", day.state), data(`${day.node} · ${day.day}`), h("span.faint", `v${day.version}`)),
      figure(t("Cost"), f.money(day.cost, day.currency)),
      search?.bound != null ? figure(t("At least"), f.money(search.bound, day.currency)) : "",
      figure(t("Late"), f.number(day.late), day.late ? "bad" : ""),
      figure(t("Unserved"), f.number(day.unserved.length), day.unserved.length ? "warn" : ""),
      figure(t("Delivered"), `${f.number(count("delivered"))} / ${f.number(day.stops.length - count("gone"))}`),
      late ? figure(t("Later than planned"), f.number(late), "warn") : "",
      mayAct ? acts() : "",
    ];
  }

  function acts() {
    const button = (act, label, kind, onclick) =>
      h(`button.button${kind}`, { type: "button", "data-act": act, onclick }, label);
    if (day.state === "closed") return "";
    return h(
      "div.row.no-print",
      button("search", t("Search again"), "", search),
      day.state === "draft"
        ? button("release", t("Release to drivers"), ".primary", () => setState("released"))
        : button("recall", t("Take back"), "", () => setState("draft")),
      button("close", t("Close the day"), "", () => setState("closed")),
    );
  }

  async function search() {
    try {
      watch((await post(`${address}:search`, { seconds: 15 })).job);
    } catch (error) {
      toastError(error);
    }
  }

  // Progress of a search, until it ends; cancelled, the best so far is kept.
  async function watch(job) {
    const [line, tell] = jobLine(job, t("Searching routes"), mayAct ? t("Stop and keep the best") : "");
    head.append(line);
    const end = await follow(job, head, tell);
    if (end?.status === "failed") toast(inWords(end.error?.message) || t("The search failed."), "bad");
    line.remove();
    await load();
  }

  function setState(state) {
    const isBroken = state === "released" && day.broken.length > 0;
    const act = ({ reason = "" }) => post(`${address}:state`, { state, version: day.version, reason });
    ask({
      title: word("dispatch", state),
      text: isBroken ? t("The plan breaks {n} limits.", { n: f.number(day.broken.length) }) : t("Drivers see released days."),
      fields: isBroken ? [{ name: "reason", label: t("Reason"), kind: "reason", required: true }] : [],
      button: word("dispatch", state),
      act,
      done: load,
    });
  }

  // Bars from the first departure to the last return, on one scale.
  function bars() {
    if (!day.routes.length) {
      const isOver = day.unserved.length && day.vehicles.every((one) => new Date(one.closes) <= Date.now());
      const why = isOver ? h("p.tone-warn", mark("warn"), word("unserved", "shift")) : "";
      return [h("p.faint", t("No vehicle has a stop.")), why];
    }
    const from = Math.min(...day.routes.map((one) => new Date(one.departure)));
    const to = Math.max(...day.routes.map((one) => new Date(one.arrival)));
    const at = (moment) => (100 * (new Date(moment) - from)) / (to - from || 1);
    const part = (kind, start, end, label) =>
      h(`span.gantt-${kind}`, { style: `left:${at(start)}%;width:${Math.max(0.3, at(end) - at(start))}%`, title: label }, "");
    return [
      h("div.gantt-scale", h("span", f.hour(from)), h("span", f.hour((from + to) / 2)), h("span", f.hour(to))),
      ...day.routes.map((route) =>
        h(
          "div.gantt-row",
          h("span.gantt-name", data(route.vehicle)),
          h(
            "div.gantt-line",
            part("drive", route.departure, route.arrival, t("Drive")),
            route.visits.map((visit) => [
              visit.start > visit.arrival ? part("wait", visit.arrival, visit.start, t("Wait")) : "",
              part(visit.late_seconds ? "late" : "serve", visit.start, visit.leave, `${visit.stop} ${f.hour(visit.start)}`),
            ]),
          ),
          h("span.faint", `${f.number(route.metres / 1000)} km · ${f.money(route.cost, day.currency)}`),
        ),
      ),
      h("p.gantt-key", ["drive", "wait", "serve", "late"].map((kind) => [h(`i.gantt-${kind}`), keyOf(kind), " "])),
    ];
  }
  const keyOf = (kind) => ({ drive: t("Drive"), wait: t("Wait"), serve: t("Serve"), late: t("Late") })[kind];

  function column(vehicle) {
    const route = routeOf(vehicle.id);
    const visits = route?.visits || [];
    const done = day.stops.filter((one) => one.vehicle === vehicle.id && !visits.some(({ stop }) => stop === one.no));
    return h(
      "section.dispatch-route",
      {
        "data-vehicle": vehicle.id,
        style: `--own: var(--${colour(day, vehicle.id)})`,
        ondragover: (event) => mayAct && event.preventDefault(),
        ondrop: (event) => drop(event, vehicle.id, 10000),
      },
      h(
        "header",
        h("strong", data(vehicle.id)),
        vehicle.returned_at ? t("back") : vehicle.departed_at ? [t("left"), " ", f.time(vehicle.departed_at, f.hour)] : "",
        route ? h("span.faint", `${f.hour(route.departure)}–${f.hour(route.arrival)}`) : "",
        mayDrive ? h("a.link.no-print", { href: `/rounds/${day.id}/${encodeURIComponent(vehicle.id)}` }, t("Run sheet")) : "",
        mayAct ? driverField(vehicle) : data(vehicle.driver, "faint"),
      ),
      route
        ? h("p.faint", t("{kg} of {most} kg", { kg: f.number(route.weight_g / 1000), most: f.number(vehicle.weight_g / 1000) }))
        : "",
      day.broken.filter((one) => one.vehicle === vehicle.id && !one.stop).map((one) => h("p.tone-bad", mark("bad"), said(one))),
      h("ol", done.map((one) => card(one)), visits.map((visit, k) => card(stopOf(visit.stop), visit, vehicle.id, k + 1))),
    );
  }

  function driverField(vehicle) {
    const input = h("input.input", { value: vehicle.driver, "aria-label": t("Driver of {id}", { id: vehicle.id }) });
    input.placeholder = t("Driver");
    input.addEventListener("change", async () => {
      try {
        await post(`${address}/vehicles/${encodeURIComponent(vehicle.id)}:assign`, { driver: input.value.trim() });
        toast(t("Saved"));
      } catch (error) {
        toastError(error);
      }
    });
    return input;
  }

  function card(one, visit = null, vehicle = null, place = 0) {
    const isOpen = OPEN.includes(one.status);
    return h(
      "li.stop",
      {
        "data-stop": String(one.no),
        hidden: !waves.isShown(one.no),
        tabindex: "0",
        role: "button",
        draggable: mayAct && isOpen ? "true" : null,
        onclick: () => open(one.no),
        onkeydown: (event) => event.key === "Enter" && open(one.no),
        ondragstart: (event) => event.dataTransfer.setData("text/plain", String(one.no)),
        ondrop: (event) => vehicle && drop(event, vehicle, place),
      },
      h("span.stop-no", f.number(one.no)),
      h("span.stop-who", data(one.receiver.name), " ", data(one.receiver.district || one.receiver.city || "", "faint")),
      visit ? h("span.num", f.hour(visit.start)) : one.ended_at ? h("span.num", f.hour(one.ended_at)) : "",
      isOpen ? waves.badge(one.no) : "",
      one.is_locked ? h("span.tag", t("Locked")) : "",
      visit?.late_seconds ? h("span.status.tone-bad", mark("bad"), t("{time} late", { time: minutes(visit.late_seconds) })) : "",
      isOpen ? "" : status("stop", one.status),
      one.reason ? h("span.faint", word("stop_reason", one.reason)) : "",
    );
  }

  function unserved() {
    const open = day.unserved.map(stopOf).filter(Boolean);
    return h(
      "section.dispatch-route.unserved",
      { "data-vehicle": "", ondragover: (event) => mayAct && event.preventDefault(), ondrop: (event) => drop(event, null, 1) },
      h("header", h("strong", t("Unserved"))),
      h("ol", open.map((one) => card(one))),
      open.length ? "" : h("p.faint", t("Every stop has its vehicle.")),
    );
  }

  function drop(event, vehicle, place) {
    event.preventDefault();
    event.stopPropagation();
    const no = Number(event.dataTransfer.getData("text/plain"));
    if (mayAct && no) move(no, vehicle, place);
  }

  const said = (one) =>
    ({
      late: () => t("stop {n}: {time} late", { n: one.stop, time: minutes(one.excess) }),
      shift: () => t("{id}: {time} beyond its shift", { id: one.vehicle, time: minutes(one.excess) }),
      weight: () => t("{id}: {n} kg too heavy", { id: one.vehicle, n: f.decimal(one.excess / 1000) }),
      volume: () => t("{id}: {n} l too much", { id: one.vehicle, n: f.decimal(one.excess / 1e6) }),
      stops: () => t("{id}: {n} stops too many", { id: one.vehicle, n: one.excess }),
      vehicle: () => t("stop {n} may not go with {id}", { n: one.stop, id: one.vehicle }),
      unserved: () => t("stop {n} is on no route", { n: one.stop }),
    })[one.rule]();
  const signed = (cost) => `${cost > 0 ? "+" : ""}${f.money(cost, day.currency)}`;

  async function move(stop, vehicle, place) {
    const body = { stop, vehicle, place, version: day.version };
    try {
      const tried = await post(`${address}:move`, { ...body, dry_run: true });
      const go = h("button.button.primary", { type: "button", "data-act": "confirm", onclick: make }, t("Move"));
      dialog(
        t("Stop {n} to {id}", { n: stop, id: vehicle || t("Unserved") }),
        h("p.figure-value", { "data-cost": String(tried.cost) }, signed(tried.cost)),
        tried.broken.map((one) => h("p.tone-bad", mark("bad"), said(one))),
        tried.mended.map((one) => h("p.tone-good", mark("good"), t("mended:"), " ", said(one))),
        h("div.dialog-actions", h("button.button", { type: "button", onclick: close }, t("Cancel")), go),
      );
      go.focus();
    } catch (error) {
      toastError(error);
      await load();
    }
    async function make() {
      close();
      await post(`${address}:move`, body)
        .then(() => toast(t("Moved")))
        .catch(toastError);
      await load();
    }
  }

  // Why a stop is where it is; here also what the keyboard has in place of dragging.
  async function open(no) {
    const one = stopOf(no);
    const body = drawer(t("Stop {n}", { n: no }), skeleton(4));
    try {
      const why = await get(`${address}/stops/${no}/why`);
      const isOpen = OPEN.includes(one.status) && one.spot && day.state !== "closed";
      const parts = [
        h("p", h("a.link", { href: `/orders/${encodeURIComponent(one.order)}` }, data(one.order, "mono"))),
        h("p", [one.receiver.name, one.receiver.city, one.receiver.district, one.receiver.address].map((v) => [data(v || ""), " "])),
        h("p.faint", `${f.times(one)} · ${f.decimal(one.weight_g / 1000)} kg`),
        isOpen ? waves.reason(one.no) : "",
        one.known_by === "city" ? h("p.tone-warn", mark("warn"), t("Only its city is known; the place is the middle of it.")) : "",
        why.reason
          ? h("p.tone-warn", mark("warn"), word("unserved", why.reason))
          : h("p", t("Without it the plan would cost {cost} less.", { cost: f.money(why.saving, day.currency) })),
        why.chances.map((chance) =>
          h(
            "div.chance",
            h("strong", data(chance.vehicle)),
            h("span", t("place {n}", { n: chance.place }), " ", signed(chance.cost)),
            chance.broken.map((fault) => h("span.tone-bad", mark("bad"), said(fault))),
          ),
        ),
        mayAct && isOpen ? [mover(one), h("div.row", locker(one), agreer(one))] : "",
      ];
      body.replaceChildren(h("div.stack", parts));
    } catch (error) {
      body.replaceChildren(failed(error, () => open(no)));
    }
  }

  function mover(one) {
    const vehicle = h(
      "select.input",
      { name: "vehicle", "aria-label": t("Vehicle") },
      day.vehicles.map(({ id: code }) => h("option", { value: code, selected: code === one.vehicle, translate: "no" }, code)),
      h("option", { value: "" }, t("Unserved")),
    );
    const place = h("input.input", { type: "number", min: "1", value: "1", name: "place", "aria-label": t("Place") });
    const go = () => move(one.no, vehicle.value || null, Number(place.value) || 1);
    return h("div.row", vehicle, place, h("button.button", { type: "button", "data-act": "move", onclick: go }, t("See the cost")));
  }

  function locker(one) {
    async function toggle() {
      close();
      await post(`${address}:lock`, { stops: [one.no], locked: !one.is_locked, version: day.version }).catch(toastError);
      await load();
    }
    if (!one.vehicle) return "";
    return h("button.button", { type: "button", "data-act": "lock", onclick: toggle }, one.is_locked ? t("Unlock") : t("Lock"));
  }

  // Times as people write them: 09:00-11:00, 14:00-16:00.
  function agreer(one) {
    const clock = (text) => text.split(":").reduce((sum, part, k) => sum + Number(part) * 3600 / 60 ** k, 0);
    const act = async ({ times, reason }) => {
      const windows = [...times.matchAll(/(\d{1,2}:\d\d)\s*[-–~至]\s*(\d{1,2}:\d\d)/g)];
      if (times && !windows.length) throw new Error(t("Write times like 09:00-11:00, 14:00-16:00."));
      const body = { windows: windows.map(([, opens, closes]) => ({ opens: clock(opens), closes: clock(closes) })), reason };
      await post(`${address}/stops/${one.no}:agree`, body);
      return t("Saved");
    };
    const open_form = () =>
      ask({
        title: t("Times agreed for stop {n}", { n: one.no }),
        text: t("Several are told apart by commas; left empty, the promise holds."),
        fields: [
          { name: "times", label: t("Times"), value: one.windows.length ? f.times(one) : "" },
          { name: "reason", label: t("Reason"), kind: "reason", required: true },
        ],
        button: t("Save"),
        act,
        done: load,
      });
    return h("button.button", { type: "button", "data-act": "agree", onclick: open_form }, t("Agree on times"));
  }

  const log = () =>
    h(
      "ul.dispatch-log",
      day.versions.map((one) =>
        h(
          "li",
          h("span.faint", `v${one.version}`),
          h("strong", word("dispatch_action", one.action)),
          data(one.actor),
          f.time(one.at),
          h("span.num", f.money(one.cost, day.currency)),
          one.engine ? h("span.faint", data(`${one.engine} ${f.decimal(one.seconds)} s`)) : "",
          data(one.reason || ""),
        ),
      ),
    );

  await load();
  if (day?.job) await watch(day.job);
}
