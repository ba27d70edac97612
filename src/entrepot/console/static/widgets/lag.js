// Top bar: where the log is and how far behind its slowest reader.
import { get } from "../api.js";
import { h } from "../dom.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { listen } from "../live.js";
import { explain } from "../why.js";

export async function fill(place) {
  const text = h("span.lag-text", "…");
  const mark = h("span.mark.mark-idle", { "aria-hidden": "true" });
  place.replaceChildren(
    h(
      "button.lag",
      { type: "button", title: t("Log position and lag"), onclick: () => explain("hub_lag") },
      mark,
      text,
    ),
  );
  const next = (answer) => {
    const lag = answer.lag || answer;
    const worst = Math.max(0, ...(lag.readers || []).map((reader) => reader.lag_ms || 0));
    const kind = worst < 5000 ? "good" : worst < 60000 ? "warn" : "bad";
    mark.className = `mark mark-${kind} tone-${kind}`;
    text.textContent = [t("Log {n}", { n: number(lag.log_seq) }), t("lag {time}", { time: duration(worst) })].join(
      " · ",
    );
  };
  const failed = () => {
    mark.className = "mark mark-bad tone-bad";
    text.textContent = t("No connection");
  };
  const hasLag = await get("/lag").then(
    () => true,
    (error) => error.status !== 404,
  );
  listen(hasLag ? "/lag" : "/tower", 5, { next, failed });
}
