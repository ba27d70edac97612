// What must go now and what may wait for company: asked by the dispatcher, shown on the stops, and a filter of them.
import { get } from "../api.js";
import { h } from "../dom.js";
import * as f from "../format.js";
import { t, word } from "../i18n.js";
import { mark } from "../status.js";
import { toastError } from "../toast.js";

const TONES = { must_go: "bad", too_late: "bad", goes_along: "good", may_wait: "idle" };

// A bar of buttons that asks and filters; `redraw` is called when what it says of stops has changed.
export function makeWaves(address, redraw) {
  const bar = h("div.row.wave-bar.no-print", { role: "group", "aria-label": t("Waves") });
  let told = null;
  let only = "";
  let currency = "";

  async function ask() {
    bar.setAttribute("aria-busy", "true");
    try {
      told = await get(`${address}/waves`);
      if (!told?.words) told = { words: [] };
      redraw();
    } catch (error) {
      toastError(error);
    }
    bar.removeAttribute("aria-busy");
  }

  function choose(verdict) {
    only = only === verdict ? "" : verdict;
    redraw();
  }

  function draw(day) {
    ({ currency } = day);
    const counts = Map.groupBy(told?.words ?? [], ({ verdict }) => verdict);
    bar.hidden = day.state === "closed";
    bar.replaceChildren(
      h("button.button", { type: "button", "data-act": "waves", onclick: ask }, t("What must go now?")),
      ...Object.keys(TONES)
        .filter((verdict) => counts.has(verdict))
        .map((verdict) =>
          h(
            "button.button",
            {
              type: "button",
              "data-verdict": verdict,
              "aria-pressed": String(only === verdict),
              onclick: () => choose(verdict),
            },
            badge(verdict),
            " ",
            f.number(counts.get(verdict).length),
          ),
        ),
      told?.leaves ? h("span.faint", wave()) : "",
      told?.leaves ? h("span.wave-basis", { "data-basis": told.forecast.basis }, basis()) : "",
      told && !told.leaves ? h("span.faint", t("No vehicle is at the depot.")) : "",
    );
  }

  const wave = () => [
    t("The wave leaves at {time}.", { time: f.hour(told.leaves) }),
    " ",
    told.following ? t("The next one leaves at {time}.", { time: f.hour(told.following) }) : t("No wave follows."),
  ];

  // Which policy advises, and what it knows of orders still to come.
  function basis() {
    const { basis: code, days, orders, least_days: leastDays, least_orders: leastOrders } = told.forecast;
    const policy = `${word("wave_policy", told.policy)} (${told.policy})`;
    const numbers = { days: f.number(days), orders: f.number(orders) };
    return [
      t("Advised by: {policy}.", { policy }),
      " ",
      {
        history: () => t("Futures are drawn from {orders} orders on {days} earlier days.", numbers),
        short: () =>
          t("No forecast yet: earlier days {days} of {leastDays} needed, orders on them {orders} of {leastOrders}.", {
            ...numbers,
            leastDays: f.number(leastDays),
            leastOrders: f.number(leastOrders),
          }),
        roads: () => t("No forecast: no road leads to where some earlier orders went."),
      }[code](),
    ];
  }

  const about = (no) => told?.words.find(({ stop }) => stop === no);
  const badge = (verdict) => h(`span.tone-${TONES[verdict]}`, mark(TONES[verdict]), " ", word("wave", verdict));
  const isShown = (no) => !only || about(no)?.verdict === only;

  // Why, as a sentence.
  function reason(no) {
    const one = about(no);
    if (!one) return "";
    const [leave, until] = [f.hour(one.leave_by), f.hour(one.until)];
    const [cost, alone] = [f.money(one.cost, currency), f.money(one.alone, currency)];
    const sentence = {
      must_go: () =>
        one.is_overdue
          ? t("Its time is past: it goes with the first wave. It adds {cost}.", { cost })
          : told.following
            ? t("Alone it must leave by {leave}, before the next wave does. It adds {cost}.", { leave, cost })
            : t("No wave follows. It adds {cost}.", { cost }),
      goes_along: () => t("It goes along for {cost} more; alone it costs {alone}.", { cost, alone }),
      may_wait: () => t("It may wait for company until the wave of {until}; now it would add {cost} at least.", { until, cost }),
      too_late: () => t("Even alone, leaving with this wave, it misses its time: agree on another."),
    }[one.verdict];
    return h("p.wave-reason", badge(one.verdict), " ", sentence(), " ", vote(one));
  }

  // What drawn futures said of it.
  function vote({ verdict, later, futures }) {
    if (!futures) return "";
    const many = f.number(futures);
    if (verdict === "goes_along") return t("In {n} of {many} drawn futures it leaves now.", { n: f.number(futures - later), many });
    return [
      t("In {n} of {many} drawn futures it goes with a later wave.", { n: f.number(later), many }),
      " ",
      2 * later <= futures ? t("But the route it would leave with now can leave unchanged with the next wave.") : "",
    ];
  }

  return { bar, draw, isShown, reason, badge: (no) => (about(no) ? badge(about(no).verdict) : "") };
}
