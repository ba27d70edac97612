"""``entrepot dispatch``: delivery days of own vehicles."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.kernel.errors import NotFound
from entrepot.kernel.money import major_text

if TYPE_CHECKING:
    from entrepot.delivery.dispatch import Look

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]


@app.command("list")
def list_days(as_json: AsJson = False) -> None:
    """List delivery days, newest first."""
    from entrepot.delivery.dispatch import store

    with platform() as opened, opened.db.read() as conn:
        print_rows([one._asdict() for one in store.listed(conn, 200)], as_json)


@app.command("show")
def show(
    node: Annotated[str, typer.Argument(help="Where the vehicles stand.")],
    day: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="As 2026-11-27.")],
    as_json: AsJson = False,
) -> None:
    """Show the routes of a day as they stand now, without personal data."""
    from entrepot.delivery.dispatch import store

    with platform() as opened, opened.db.read() as conn:
        id = store.find(conn, node, day.date())
        if id is None:
            raise NotFound("dispatch.unknown", _nothing(node, day.date()), "See entrepot dispatch list.")
        look = opened.days.desk.look(conn, id, opened.clock.now())
    if as_json:
        print_json(_told(look))
        return
    print_rows(_rows(look), False)
    cost = major_text(look.judged.cost, look.kept.day.currency)
    left = ", ".join(map(str, look.judged.unserved)) or "none"
    errors.print(
        f"{look.kept.state}, version {look.kept.version}; cost {cost}; late {look.judged.late}; unserved {left}"
    )


def _nothing(node: str, day: date) -> str:
    return f"{node[:80]!r} has no delivery day {day.isoformat()}."


def _told(look: Look) -> dict[str, object]:
    judged, kept = look.judged, look.kept
    return {
        "id": kept.id,
        "node": kept.node,
        "day": kept.date,
        "state": kept.state,
        "version": kept.version,
        "cost": judged.cost,
        "currency": kept.day.currency,
        "routes": [{**one._asdict(), "visits": [visit._asdict() for visit in one.visits]} for one in judged.routes],
        "unserved": judged.unserved,
        "locks": look.plan.locks,
        "broken": [{**one._asdict(), "excess": one.excess} for one in judged.broken],
        "stops": [{"no": one.no, "work": one.work, "status": one.status} for one in kept.stops],
    }


def _rows(look: Look) -> list[dict[str, object]]:
    from entrepot.delivery.dispatch import moment_of

    day = look.kept.day
    return [
        {
            "vehicle": route.vehicle,
            "place": place,
            "stop": visit.stop,
            "arrival": f"{moment_of(day, visit.arrival):%H:%M}",
            "leave": f"{moment_of(day, visit.leave):%H:%M}",
            "km": round(visit.metres / 1000, 1),
            "late_min": round(visit.late / 60),
            "work": look.model.stops[visit.stop].work,
        }
        for route in look.judged.routes
        for place, visit in enumerate(route.visits, start=1)
    ]
