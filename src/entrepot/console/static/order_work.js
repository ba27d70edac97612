// What we do for an order: its pieces with what may be done now, how it was sourced, what was
// promised. A command draws the first two anew.
import { h } from "./dom.js";
import { fillDecision } from "./decision.js";
import { explained } from "./facts.js";
import { t } from "./i18n.js";
import { fillPieces } from "./pieces.js";
import { fillPromise } from "./promise.js";

export function orderWork(id, mayAct) {
  const places = { pieces: h("div"), decision: h("div"), promise: h("div") };
  const draw = () => {
    fillPieces(places.pieces, { id, mayAct, changed: draw });
    fillDecision(places.decision, { id, mayAct, changed: draw });
  };
  fillPromise(places.promise, { id });
  draw();
  return {
    pieces: explained(t("Pieces"), "pieces", places.pieces),
    decision: explained(t("Sourcing"), "decision_cost", places.decision),
    promise: explained(t("Promise"), "promise", places.promise),
  };
}
