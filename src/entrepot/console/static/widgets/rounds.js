// A driver's round on the telephone: one stop after the other, large buttons; on paper, the run sheet.
import { get, post } from "../api.js";
import { ask } from "../ask.js";
import { data, h } from "../dom.js";
import * as f from "../format.js";
import { family, t } from "../i18n.js";
import { empty, failed, skeleton } from "../states.js";
import { status } from "../status.js";
import { toast, toastError } from "../toast.js";

export async function fill(place, { id, vehicle }) {
  place.replaceChildren(skeleton(6));
  try {
    if (id) await show(place, `/rounds/${encodeURIComponent(id)}/${encodeURIComponent(vehicle)}`);
    else place.replaceChildren(...mine(await get("/rounds")));
  } catch (error) {
    place.replaceChildren(failed(error, () => fill(place, { id, vehicle })));
  }
}

const mine = (rounds) =>
  rounds.length
    ? rounds.map((one) =>
        h(
          "a.round-link",
          { href: `/rounds/${one.dispatch}/${encodeURIComponent(one.vehicle)}` },
          h("strong", data(one.vehicle)),
          data(`${one.node} · ${one.day}`),
          h("span", t("{n} of {all} left", { n: f.number(one.left), all: f.number(one.stops) })),
        ),
      )
    : [empty({ title: t("No round for you"), text: t("A round shows here once it is released and you drive it.") })];

async function show(place, address) {
  const round = await get(address);
  const again = () => show(place, address);
  const { vehicle } = round;
  const isOut = vehicle.departed_at && !vehicle.returned_at;
  const next = round.stops.find((one) => ["waiting", "arrived"].includes(one.status));
  async function act(path, body = {}) {
    try {
      await post(address + path, body);
      toast(t("Saved"));
    } catch (error) {
      toastError(error);
    }
    await again();
  }
  place.replaceChildren(
    h(
      "header.round-head",
      h("strong", data(`${vehicle.id} · ${round.node} · ${round.day}`)),
      round.departure && h("span", `${f.hour(round.departure)}–${f.hour(round.arrival)}`),
      h("button.button.no-print", { type: "button", onclick: () => window.print() }, t("Print")),
    ),
    !vehicle.departed_at && round.state === "released" ? large("depart", t("Leave"), "primary", () => act(":depart")) : "",
    h(
      "ol.round",
      round.stops.map((one) => stop(one, round, isOut && one === next, act)),
    ),
    isOut ? large("return", t("Back at the depot"), next ? "" : "primary", () => act(":return")) : "",
  );
}

const large = (name, label, kind, onclick) =>
  h(`button.button.large${kind ? `.${kind}` : ""}.no-print`, { type: "button", "data-act": name, onclick }, label);

// A number that is told in full can be called by a touch.
const call = (phone) =>
  /^\+?[\d ()-]+$/.test(phone) ? h("a", { href: `tel:${phone.replace(/[^+\d]/g, "")}` }, data(phone, "mono")) : data(phone, "mono");

function stop(one, round, isNext, act) {
  const at = round.expected[one.no];
  const { name, phone, province, city, district, address, note } = one.receiver;
  return h(
    `li.round-stop${isNext ? ".next" : ""}`,
    { "data-stop": String(one.no) },
    h(
      "header",
      h("span.stop-no", f.number(one.no)),
      h("strong", data(name || "")),
      one.status === "waiting" ? (at ? h("span.num", f.hour(at)) : "") : status("stop", one.status),
    ),
    h("p", data([province, city, district, address].filter(Boolean).join(" "))),
    h("p", call(phone || ""), note ? [" · ", data(note)] : ""),
    h(
      "p.faint",
      `${f.times(one)} · `,
      t("{n} pieces · {kg} kg", { n: f.number(one.pieces), kg: f.decimal(one.weight_g / 1000) }),
    ),
    isNext || (one.status === "skipped" && round.vehicle.departed_at && !round.vehicle.returned_at) ? buttons(one, act) : "",
    h("p.sign", t("Received by")),
  );
}

function buttons(one, act) {
  const path = `/stops/${one.no}:report`;
  const why = (code, title) =>
    ask({
      title,
      fields: [{ name: "reason", label: t("Reason"), kind: "select", options: Object.entries(family("stop_reason")) }],
      button: title,
      act: ({ reason }) => act(path, { status: code, reason }),
    });
  return h(
    "div.round-acts.no-print",
    one.status === "waiting" ? large("arrived", t("I am there"), "", () => act(path, { status: "arrived" })) : "",
    large("delivered", t("Delivered"), "primary", () => act(path, { status: "delivered" })),
    large("failed", t("Failed"), "danger", () => why("failed", t("Failed"))),
    one.status === "skipped" ? "" : large("skipped", t("Skip"), "", () => why("skipped", t("Skip"))),
  );
}
