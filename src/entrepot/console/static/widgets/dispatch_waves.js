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
      told && !told.leaves ? h("span.faint", t("No vehicle is at the depot.")) : "",
    );
  }

  const wave = () => [
    t("The wave leaves at {time}.", { time: f.hour(told.leaves) }),
    " ",
    told.following ? t("The next one leaves at {time}.", { time: f.hour(told.following) }) : t("No wave follows."),
  ];

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
    return h("p.wave-reason", badge(one.verdict), " ", sentence());
  }

  return { bar, draw, isShown, reason, badge: (no) => (about(no) ? badge(about(no).verdict) : "") };
}
