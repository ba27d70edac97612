"""A plan: which sites stand, and what flows on which lane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from entrepot.kernel.errors import InputError
from entrepot.network.problem import Problem


class Flow(NamedTuple):
    """A quantity of a class on the way from a site to a node, in a scenario; all but the quantity are indices."""

    scenario: int
    origin: int
    target: int
    product: int
    quantity: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Indices of the sites that stand, and all flows that are not zero."""

    sites: frozenset[int]
    flows: tuple[Flow, ...]

    @property
    def carried(self) -> frozenset[tuple[int, int]]:
        """Which site carries which class: those that leave it in some scenario."""
        return frozenset((one.origin, one.product) for one in self.flows if one.quantity)


class FlowForm(msgspec.Struct, rename={"origin": "from", "target": "to", "product": "class"}, omit_defaults=True):
    """A flow by names; its quantity in the problem's smallest unit."""

    origin: str
    target: str
    quantity: int
    product: str = ""
    scenario: str = ""


class PlanForm(msgspec.Struct):
    """A plan by names."""

    sites: list[str]
    flows: list[FlowForm]


def plan_as_form(plan: Plan, problem: Problem) -> PlanForm:
    """Name everything; classes and scenarios only where there are several."""
    nodes = [*(site.id for site in problem.sites), *problem.zones]
    products = [one.id for one in problem.classes] if len(problem.classes) > 1 else [""]
    scenarios = [one.id for one in problem.scenarios] if len(problem.scenarios) > 1 else [""]
    flows = [
        FlowForm(nodes[one.origin], nodes[one.target], one.quantity, products[one.product], scenarios[one.scenario])
        for one in plan.flows
    ]
    return PlanForm([problem.sites[k].id for k in sorted(plan.sites)], flows)


def plan_of_form(form: PlanForm, problem: Problem) -> Plan:
    """Find everything by its name.

    Raises
    ------
    InputError
        ``network.plan``, when a name is unknown.
    """
    sites = {site.id: k for k, site in enumerate(problem.sites)}
    nodes = sites | {zone: len(sites) + k for k, zone in enumerate(problem.zones)}
    products = {"": 0} | {one.id: k for k, one in enumerate(problem.classes)}
    scenarios = {"": 0} | {one.id: k for k, one in enumerate(problem.scenarios)}

    def find(names: dict[str, int], name: str, kind: str) -> int:
        if name not in names:
            raise InputError("network.plan", f"The plan has the {kind} {name}, the problem has not.", "Correct it.")
        return names[name]

    flows = tuple(
        Flow(
            find(scenarios, one.scenario, "scenario"),
            find(sites, one.origin, "site"),
            find(nodes, one.target, "site or zone"),
            find(products, one.product, "class"),
            one.quantity,
        )
        for one in form.flows
    )
    return Plan(frozenset(find(sites, name, "site") for name in form.sites), flows)
