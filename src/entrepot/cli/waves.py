"""``entrepot waves``: play a day of rolling dispatch, and tell a dispatcher what must go now. No database."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from entrepot.cli.screen import print_json, print_rows
from entrepot.delivery.routing.formats.geography import clock
from entrepot.kernel.errors import InputError

if TYPE_CHECKING:
    from entrepot.delivery.waves.day import Day
    from entrepot.delivery.waves.policies.policy import Search
    from entrepot.delivery.waves.simulate import Played

app = typer.Typer(no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="A day as JSON, or a VRPTW instance to draw one from; .gz is unpacked.")]
Policy = Annotated[str, typer.Option("--policy", help="conditional, futures, prizes, greedy, lazy or random.")]
Seconds = Annotated[float, typer.Option("--seconds-per-epoch", min=0.01, help="How long a wave may be thought about.")]
Steps = Annotated[
    int | None, typer.Option("--steps-per-epoch", min=1, help="Count steps, not seconds: the same seed, the same day.")
]
Seed = Annotated[int, typer.Option(help="Of the policy's chances.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON line.")]


@app.command("simulate")
def simulate_day(
    file: File,
    policy: Policy = "conditional",
    seconds: Seconds = 5.0,
    steps: Steps = None,
    seed: Seed = 1,
    day_seed: Annotated[int, typer.Option(help="Of the day that is drawn from an instance.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Play a day wave by wave; the policy sees only what is known."""
    from entrepot.delivery.waves.files import load_day  # late: compiled code takes a second to load
    from entrepot.delivery.waves.policies import policy_of
    from entrepot.delivery.waves.simulate import play

    chosen = policy_of(policy)
    day, forecast = load_day(file, day_seed)
    played = play(day, chosen, _search(seconds, steps), seed, forecast)
    told = _told(day, played) | {"seed": seed, "seconds_per_epoch": seconds, "steps_per_epoch": steps}
    if as_json:
        print_json(told)
        return
    rows = [{**wave, "routes": len(wave["routes"])} for wave in told["waves"]]
    print_rows(rows, False, ("number", "leaves", "known", "must_go", "sent", "routes", "cost"))
    typer.echo(
        f"{day.name} by {played.policy}: cost {played.cost / day.scale:,.10g}, {told['routes']} routes, "
        f"{played.vehicles_at_once} vehicles at once, {len(played.impossible)} orders nobody could bring"
    )


@app.command("advise")
def advise_now(
    file: File,
    now: Annotated[str, typer.Option(help="The moment: seconds, HH:MM, or an ISO moment.")],
    policy: Policy = "conditional",
    seconds: Seconds = 5.0,
    steps: Steps = None,
    seed: Seed = 1,
    day_seed: Annotated[int, typer.Option(help="Of the day that is drawn from an instance.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Tell what must go now, what goes along, what may wait and until when; orders that left are not in the file."""
    from entrepot.delivery.waves.advise import advise  # late: compiled code takes a second to load
    from entrepot.delivery.waves.files import load_day
    from entrepot.delivery.waves.policies import policy_of

    chosen = policy_of(policy)
    day, forecast = load_day(file, day_seed)
    moment = clock(int(now) if now.lstrip("-").isdigit() else now, day.epoch)
    if moment < day.rhythm.first:
        message = f"At {now} no wave is decided yet."
        raise InputError("waves.now", message, f"The first is at {day.rhythm.first} seconds.")
    found = advise(day, moment, chosen, _search(seconds, steps), seed, forecast)
    if as_json:
        wave = {**asdict(found.wave), "sent": found.wave.sent}
        print_json({"day": day.name, "now": moment, "scale": day.scale, "policy": chosen.name, "wave": wave,
                    "orders": [asdict(one) for one in found.advice]})  # fmt: skip
        return
    print_rows([asdict(one) for one in found.advice], False, ("order", "verdict", "until", "route", "cost", "reason"))


@app.command("couriers")
def simulate_couriers(
    folder: Annotated[Path, typer.Argument(help="Four tables: orders, couriers, restaurants, instance_parameters.")],
    policy: Annotated[str, typer.Option("--policy", help="rolling or nearest.")] = "rolling",
    every: Annotated[int, typer.Option(min=1, help="Minutes between decisions.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Play a day of instant delivery by couriers, and measure it."""
    from entrepot.delivery.waves.couriers.policies import DISPATCHES  # late: SciPy takes half a second to load
    from entrepot.delivery.waves.couriers.simulate import measured, play
    from entrepot.delivery.waves.files import load_grubhub

    if policy not in DISPATCHES:
        raise InputError("waves.policy", f"There is no policy {policy}.", f"Policies are {', '.join(DISPATCHES)}.")
    day = load_grubhub(folder)
    found = asdict(measured(day, play(day, DISPATCHES[policy], every)))
    if as_json:
        print_json({"day": day.name, "policy": policy, "every": every, **found})
        return
    print_rows([{"measure": name, "value": round(value, 3)} for name, value in found.items()], False)


def _search(seconds: float, steps: int | None) -> Search:
    from entrepot.delivery.waves.search import BySeconds, BySteps

    return BySeconds(seconds) if steps is None else BySteps(steps)


def _told(day: Day, played: Played) -> dict[str, Any]:
    """Tell all in the day's own units; divided by `scale` costs are those of the file."""
    return {
        "day": day.name,
        "policy": played.policy,
        "orders": len(day.orders),
        "cost": played.cost,
        "scale": day.scale,
        "routes": sum(len(wave.routes) for wave in played.waves),
        "vehicles_at_once": played.vehicles_at_once,
        "impossible": list(played.impossible),
        "waves": [{**asdict(wave), "sent": wave.sent} for wave in played.waves],
    }
