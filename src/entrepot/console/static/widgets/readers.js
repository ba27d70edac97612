// The log's position and each reader's distance from it.
import { data, h } from "../dom.js";
import { facts } from "../facts.js";
import { duration, number } from "../format.js";
import { t } from "../i18n.js";
import { listen } from "../live.js";
import { failed, skeleton } from "../states.js";
import { mark } from "../status.js";
import { numeric, table } from "../table.js";

export function fill(place) {
  place.replaceChildren(skeleton(3));
  listen("/tower", 5, {
    next: ({ lag }) => place.replaceChildren(lag ? draw(lag) : h("p.faint", "—")),
    failed: (error, last) => last || place.replaceChildren(failed(error)),
  });
}

function draw(lag) {
  return h(
    "div.readers",
    facts(
      [
        [t("Log position"), number(lag.log_seq)],
        [t("Intake lag, p95"), duration(lag.intake_p95_ms)],
      ],
      ".inline",
    ),
    table(
      t("Reader"),
      [t("Reader"), ...numeric(t("Behind"), t("Lag"))],
      (lag.readers || []).map((reader) => {
        const kind = reader.lag_ms < 5000 ? "good" : reader.lag_ms < 60000 ? "warn" : "bad";
        return [
          h(`span.status.tone-${kind}`, mark(kind), data(reader.name)),
          number(reader.behind),
          duration(reader.lag_ms),
        ];
      }),
      { kind: ".plain" },
    ),
  );
}
