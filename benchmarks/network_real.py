"""Networks of real data as they ran beside what our solver makes of them: cost before and after, bound and gap.

``python -m benchmarks.network_real --set olist|mathorcup|brunel [--data DIR] [--seconds S] [--seed N] [--record FILE]``

``--data`` is the folder of all sets. What a set does not tell is assumed: an option each, printed with the figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks import network_brunel, network_mathorcup, network_olist
from benchmarks.machine import machine
from benchmarks.network_designs import Story
from entrepot.network.generate import generate
from entrepot.network.solver.solve import solve

DATA: Final = Path("../shared/data")
SETS: Final[Mapping[str, tuple[str, Callable[..., Story], type[Any]]]] = {
    "olist": ("olist", network_olist.compare, network_olist.Assumed),
    "mathorcup": ("mathorcup2024b", network_mathorcup.compare, network_mathorcup.Assumed),
    "brunel": ("brunel_logistics", network_brunel.compare, network_brunel.Assumed),
}
"""By name: the folder, what compares, and what it assumes."""


def main() -> None:
    arguments = _parser().parse_args()
    solve(generate(2, 4, 6, 1), seconds=2.0)  # compile, or load what was compiled
    runs = []
    for name in arguments.set or SETS:
        folder, compare, assumed = SETS[name]
        given = {one.name: getattr(arguments, f"{name}_{one.name}") for one in fields(assumed)}
        story = compare(arguments.data / folder, arguments.seconds, arguments.seed, assumed(**given))
        story.tell()
        runs.append({"set": name, **story.record()})
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "seconds": arguments.seconds,
        "seed": arguments.seed,
        "versions": {"highspy": version("highspy")},
        "runs": runs,
    }
    arguments.record.parent.mkdir(parents=True, exist_ok=True)
    arguments.record.write_text(json.dumps(record, indent=1))
    print(f"Record: {arguments.record}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", action="append", choices=list(SETS), help="several; left out: all")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--seconds", type=float, default=60.0, help="of each search at most")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path, default=Path("benchmarks/records/network_real.json"))
    for name, (_, _, assumed) in SETS.items():
        group = parser.add_argument_group(name, (assumed.__doc__ or "").partition("\n")[0])
        for one in fields(assumed):
            option = f"--{name}-{one.name.replace('_', '-')}"
            group.add_argument(option, type=type(one.default), default=one.default, help=f"{one.default}")
    return parser


if __name__ == "__main__":
    main()
