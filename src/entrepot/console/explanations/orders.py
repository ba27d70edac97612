"""What the figures of the order desk, sourcing, carriers and promises mean."""

from __future__ import annotations

from entrepot.console.explanations.explanation import Explanation
from entrepot.console.language import _


def order_explanations() -> dict[str, Explanation]:
    """Return the explanations by key."""
    return {**_desk(), **_sourcing(), **_carriers(), **_promises()}


def _desk() -> dict[str, Explanation]:
    return {
        "desk": Explanation(
            _("Order desk"),
            _(
                "Orders that need a person, worst first. An order is listed under each of its reasons; it leaves when "
                "the reason is gone."
            ),
            _("count(orders) by reason, over the pieces of each order"),
            "/desk",
        ),
        "pieces": Explanation(
            _("Pieces"),
            _(
                "An order line is followed by its pieces, for some may ship while others wait. The state of the order "
                "is a rule over its pieces and is never stored."
            ),
            _("sum of pieces over states = ordered + edits"),
            "/orders",
        ),
        "fulfilments": Explanation(
            _("Fulfilments"),
            _(
                "Work orders of one node: pieces to accept, pick, pack and hand over. One that nobody accepts in time "
                "goes back and is sourced elsewhere."
            ),
            _("count(fulfilments) by state"),
            "/fulfilments",
        ),
    }


def _sourcing() -> dict[str, Explanation]:
    return {
        "decision_cost": Explanation(
            _("Cost of a candidate"),
            _(
                "What it costs to serve the order from these nodes: freight by rate card, handling, another parcel for "
                "each split, the node's load, less the credit for goods that would be marked down, plus the worth of "
                "the pieces elsewhere."
            ),
            _("freight + handling + split + load − markdown credit + stock price"),
            "/desk",
        ),
        "decision_price": Explanation(
            _("Stock price"),
            _(
                "What the last piece at a node is worth to the orders still to come: the dual price of the "
                "transportation programme, solved again on a timer. It keeps the cheap parcel of today from eating "
                "the only piece of tomorrow."
            ),
            _("dual value of the stock row (node, SKU) of the transportation programme"),
            "/availability",
        ),
        "decision_binding": Explanation(
            _("Why this one"),
            _("The cost part or hard rule that sets the chosen candidate apart from the runner-up."),
            _("largest difference between the chosen candidate and the next best"),
            "/desk",
        ),
        "decision_replay": Explanation(
            _("Replay"),
            _(
                "The facts of the decision are stored with it. Replaying runs the same version over the same facts and "
                "compares the answers."
            ),
            _("decide(facts, prices, version) = stored choice"),
            "/desk",
        ),
    }


def _carriers() -> dict[str, Explanation]:
    return {
        "quote": Explanation(
            _("Quote"),
            _(
                "The price of a parcel by the carrier's card: first weight and each weight step of its zone, over the "
                "larger of real and volumetric weight, then surcharges."
            ),
            _("first weight + steps × price of a step + surcharges; volumetric weight = volume ÷ divisor"),
            "/carriers",
        ),
        "lanes": Explanation(
            _("Lane scorecard"),
            _(
                "What a carrier did between two regions: parcels delivered by their promise, lost, damaged, days on "
                "the way and the mean cost of a parcel."
            ),
            _("on time = delivered by the promise ÷ due; lost and damaged ÷ shipped"),
            "/carriers",
        ),
    }


def _promises() -> dict[str, Explanation]:
    return {
        "promise": Explanation(
            _("Promise"),
            _(
                "The date we commit to: a quantile of the distribution of the delivery time, chosen so that the same "
                "share of promises is kept on every channel."
            ),
            _("earliest day with P(delivered by then) ≥ target"),
            "/promises",
        ),
        "promise_risk": Explanation(
            _("Risk of being late"),
            _("The chance that the order comes after its promised date, given what is known of it now."),
            _("1 − P(delivered by the promised date | state now)"),
            "/promises",
        ),
        "promise_coverage": Explanation(
            _("Coverage"),
            _(
                "Share of promises that were kept. It should lie near the target: far above, promises are longer than "
                "need be; far below, buyers wait in vain."
            ),
            _("delivered on or before the promise ÷ promises due, by month of purchase"),
            "/promises",
        ),
        "promise_days": Explanation(
            _("Days promised"),
            _("Mean days from the day of purchase to the promised date, over the promises that are due."),
            _("sum(promised date − day of purchase) ÷ promises due"),
            "/promises",
        ),
        "promise_backtest": Explanation(
            _("On past orders"),
            _(
                "Past orders promised anew, each by a model that knew only what was known on its day, and compared "
                "with when they came. Orders too young to have arrived are left out."
            ),
            _("delivered on or before the promise ÷ delivered, over a walk forward through past days"),
            "/orders",
        ),
        "repromised": Explanation(
            _("Promised anew"),
            _("Orders whose buyer was given a new date because the old one could not be kept any more."),
            _("count(orders) with more than one promise"),
            "/promises",
        ),
    }
