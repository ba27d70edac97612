"""A study: a network with what people need to read it - where its nodes lie, who buys, how it runs today."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from entrepot.kernel.errors import InputError
from entrepot.network.formats.entrepot_json import read_entrepot
from entrepot.network.plan import Plan, PlanForm, plan_of_form
from entrepot.network.problem import Problem, Status

LARGEST_LANES: Final = 400_000
"""Lanes of a network that the platform takes: what a minute of search can still work with."""


class Spot(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Where a site or a zone lies, and what people call it.

    Parameters
    ----------
    latitude, longitude : float
        Degrees.
    name, name_en : str
        Empty: its id.
    places : int
        Places in a zone.
    """

    latitude: float
    longitude: float
    name: str = ""
    name_en: str = ""
    places: int = 1


class LeftOut(msgspec.Struct, forbid_unknown_fields=True):
    """Orders that are not in the network, and why: ``no_place`` or ``no_carrier``."""

    why: Literal["no_place", "no_carrier"]
    orders: int
    places: list[str]


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """How a network came from the order log.

    Parameters
    ----------
    since, until : str
        Moments of ISO 8601.
    orders, pick_ups : int
        Parcels in the network, and orders taken from stores.
    located : dict
        Places by how they were found: ``told``, ``node``, ``city``, ``province``.
    mean_km, max_km, farthest : float, float, str
        How far places lie from the middle of their zone.
    cost_error : float or None
        Planning by zones costs at most this much a year more than place by place; None where it is not bounded.
    rates : str
        ``cards`` or ``distance``.
    assumed : list of str
        What nobody told: ``fixed_costs``, ``front_costs``, ``closing_costs``.
    left_out : list of LeftOut
        Orders left out.
    settings : dict
        By which it was made.
    inbound : dict
        What a tonne costs from the suppliers until it is at each site where goods begin; empty: nobody told them.
    """

    since: str
    until: str
    orders: int
    pick_ups: int
    located: dict[str, int]
    mean_km: float
    max_km: float
    farthest: str
    cost_error: float | None
    rates: str
    assumed: list[str]
    left_out: list[LeftOut]
    settings: dict[str, object]
    inbound: dict[str, float] = {}


class Study(msgspec.Struct, forbid_unknown_fields=True):
    """A version of a study, as it is stored, downloaded and uploaded.

    Parameters
    ----------
    network : Raw
        A network in Entrepot's form.
    currency : str
        Of its costs, whose unit is ``cost_scale`` of the network's; empty where nobody said.
    sites, zones : dict
        Where they lie, by id; those missing are not drawn.
    mix : dict
        Orders by zone, class and channel: whose costs and hours a flow's are.
    today : PlanForm or None
        How the network runs today; None where it is not known.
    source : Source or None
        Where it came from; None for a file of a person's own.
    """

    network: msgspec.Raw
    currency: str = ""
    sites: dict[str, Spot] = {}
    zones: dict[str, Spot] = {}
    mix: dict[str, dict[str, dict[str, int]]] = {}
    today: PlanForm | None = None
    source: Source | None = None


class SiteEdit(msgspec.Struct, forbid_unknown_fields=True):
    """New numbers of a site; what is left out stays."""

    fixed_cost: int | msgspec.UnsetType = msgspec.UNSET
    closing_cost: int | msgspec.UnsetType = msgspec.UNSET
    capacity: int | msgspec.UnsetType | None = msgspec.UNSET
    status: Status | msgspec.UnsetType = msgspec.UNSET


def read_study(name: str, text: bytes) -> Study:
    """Read a study, or a bare network.

    Parameters
    ----------
    name : str
        What a network that has no name is called.
    text : bytes
        A JSON object.

    Raises
    ------
    InputError
        ``network.format`` with the path of the field, ``network.problem``, ``network.plan``, or ``network.too_large``.
    """
    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        study = msgspec.json.decode(text, type=Study) if "network" in keys else Study(msgspec.Raw(text))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        message = f"{name} is no study and no network: {error}."
        mend = "Send a study as it is downloaded, a workbook, or CSV files in a zip archive."
        raise InputError("network.format", message, mend) from error
    problem = problem_of(study, name)
    if len(problem.lanes) > LARGEST_LANES:
        raise InputError(
            "network.too_large",
            f"{name} has {len(problem.lanes):,} lanes; {LARGEST_LANES:,} are taken.",
            "Let each zone be served by its nearest sites only, or solve it with `entrepot network solve`.",
        )
    if study.today is not None:
        plan_of_form(study.today, problem)
    return study


def problem_of(study: Study, name: str = "network") -> Problem:
    """Return the network of a study."""
    return read_entrepot(name, bytes(study.network).decode())


def today_of(study: Study, problem: Problem) -> Plan | None:
    """Return how it runs today; None where it is not known."""
    return None if study.today is None else plan_of_form(study.today, problem)


def edited(study: Study, edits: Mapping[str, SiteEdit]) -> Study:
    """Give sites other numbers; everything else stays.

    Raises
    ------
    InputError
        ``network.site`` for a site that is not there, or whatever makes it no network.
    """
    network = msgspec.json.decode(study.network)
    sites = {one["id"]: one for one in network["sites"]}
    for name, edit in edits.items():
        if name not in sites:
            raise InputError("network.site", f"There is no site {name!r}.", "Name one of the network's sites.")
        given = msgspec.to_builtins(edit)
        sites[name].update(given)
        if given.get("capacity", 0) is None:
            del sites[name]["capacity"]
    changed = msgspec.structs.replace(study, network=msgspec.Raw(msgspec.json.encode(network)))
    problem_of(changed)
    return changed
