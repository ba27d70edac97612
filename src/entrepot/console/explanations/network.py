"""What the figures of a network study mean."""

from __future__ import annotations

from entrepot.console.explanations.explanation import Explanation
from entrepot.console.language import _

_STUDIES = "/network"


def network_explanations() -> dict[str, Explanation]:
    """Return the explanations by key."""
    return {**_wholes(), **_parts(), **_service(), **_choices()}


def _wholes() -> dict[str, Explanation]:
    return {
        "network_today": Explanation(
            _("Today, a year"),
            _(
                "What the network costs as it runs today: the flows the study tells, or where it tells none the best "
                "flows over the sites that stand."
            ),
            _("sites + stock + transport, of today's sites"),
            _STUDIES,
        ),
        "network_plan": Explanation(
            _("Plan, a year"),
            _("What the proposed network costs, added up once more in exact arithmetic from its sites and flows."),
            _("sites + opening + closing + classes carried + stock + transport"),
            _STUDIES,
        ),
        "network_saves": Explanation(
            _("Saves"),
            _("How much less the plan costs a year than today; what opening and closing cost is in the plan."),
            _("today − plan"),
            _STUDIES,
        ),
        "network_bound": Explanation(
            _("No plan is below"),
            _(
                "A proven bound: whatever sites and flows one chooses, the cost is not lower. The gap is the most that "
                "a longer search could still find."
            ),
            _("gap = (plan − bound) ÷ plan"),
            _STUDIES,
        ),
        "network_total": Explanation(
            _("Together"),
            _("All parts of the cost of a year."),
            _("sum of the parts"),
            _STUDIES,
        ),
    }


def _parts() -> dict[str, Explanation]:
    return {
        "network_fixed": Explanation(
            _("Sites"),
            _("What the sites that stand cost a year, whatever passes them."),
            _("sum of the sites' fixed costs"),
            _STUDIES,
        ),
        "network_opening": Explanation(
            _("Opening sites"),
            _("What it costs to open the candidates that are chosen."),
            _("sum of the opening costs of candidates that stand"),
            _STUDIES,
        ),
        "network_closing": Explanation(
            _("Closing sites"),
            _("What it costs to give up sites that stand today."),
            _("sum of the closing costs of existing sites that do not stand"),
            _STUDIES,
        ),
        "network_carrying": Explanation(
            _("Carrying classes"),
            _("What it costs that sites carry a class at all: racks, cold rooms, staff for bulky goods."),
            _("sum over sites of the cost of each class that leaves them"),
            _STUDIES,
        ),
        "network_pooling": Explanation(
            _("Stock"),
            _("Stock that hedges against chance: the more sites share a class, the more of it they need together."),
            _("cost with one site × √(number of sites that carry the class)"),
            _STUDIES,
        ),
        "network_between_sites": Explanation(
            _("Between sites"),
            _("Transport that fills sites from others, the mean of the scenarios by their weights."),
            _("sum over lanes between sites of quantity × cost of a unit"),
            _STUDIES,
        ),
        "network_to_zones": Explanation(
            _("To customers and stores"),
            _("Transport of the last lane, to zones of customers and to stores; the dearest lanes are listed."),
            _("sum over lanes to zones of quantity × cost of a unit"),
            _STUDIES,
        ),
    }


def _service() -> dict[str, Explanation]:
    return {
        "network_hours": Explanation(
            _("Mean hours"),
            _("Hours of the last lane to the customer, weighted by orders over all channels."),
            _("sum(orders × hours) ÷ orders"),
            _STUDIES,
        ),
        "network_channel_orders": Explanation(
            _("Orders of a channel"),
            _("Orders of the channel in the network, a year; where nobody told the channels, units of demand."),
            _("sum over zones of the channel's orders, the mean of the scenarios"),
            _STUDIES,
        ),
        "network_channel_cost": Explanation(
            _("Transport of a channel"),
            _(
                "A flow to a zone is shared among channels as the zone's orders are, with its part of what filled the "
                "site it leaves."
            ),
            _("sum over flows of (cost + filling) × the channel's share of the zone's orders"),
            _STUDIES,
        ),
        "network_channel_mean_hours": Explanation(
            _("Mean hours"),
            _("Hours of the last lane, weighted by the channel's orders."),
            _("sum(orders × hours) ÷ orders"),
            _STUDIES,
        ),
        "network_channel_hours_95": Explanation(
            _("95 of 100 within, h"),
            _("Within so many hours of the last lane 95 of 100 orders of the channel arrive."),
            _("95th percentile of hours over the channel's orders"),
            _STUDIES,
        ),
    }


def _choices() -> dict[str, Explanation]:
    return {
        "network_sites": Explanation(
            _("Sites"),
            _("Sites that stand today, and in the plan."),
            _("count(sites that stand)"),
            _STUDIES,
        ),
        "network_site": Explanation(
            _("Why this site"),
            _(
                "Each site is turned over once, the others staying as the plan has them, and the flows are found anew: "
                "what that costs more is the reason to leave it as it is."
            ),
            _("cost with the site turned over − cost of the plan"),
            _STUDIES,
        ),
        "network_point": Explanation(
            _("Just so many sites"),
            _(
                "The best plan found with just this number of sites, and its own proven bound. Fewer sites save their "
                "fixed costs, more sites save transport and hours."
            ),
            _("least cost with this number of sites"),
            _STUDIES,
        ),
        "network_change": Explanation(
            _("If costs change"),
            _(
                "The best plan found where transport or sites cost a fifth more or less. The same sites in all of "
                "them: the choice is robust."
            ),
            _("least cost with changed prices; opens and closes are against the plan"),
            _STUDIES,
        ),
    }
