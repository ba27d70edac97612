"""Days of the Grubhub instances by both policies of instant delivery."""

from __future__ import annotations

import statistics
from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Any
from zipfile import ZipFile

from entrepot.delivery.waves.couriers.grubhub import TABLES, read_grubhub
from entrepot.delivery.waves.couriers.policies import DISPATCHES
from entrepot.delivery.waves.couriers.simulate import measured, play


def grubhub_days(archive: Path, many: int) -> list[dict[str, Any]]:
    """Play so many days, spread over the archive (0 is all), with each policy; print and return their measures."""
    runs = list[dict[str, Any]]()
    with ZipFile(archive) as packed:
        folders = sorted(name.removesuffix("orders.txt") for name in packed.namelist() if name.endswith("/orders.txt"))
        if many and many < len(folders):
            folders = [folders[round(k * (len(folders) - 1) / max(many - 1, 1))] for k in range(many)]
        for folder in folders:
            texts = {table: packed.read(f"{folder}{table}.txt").decode() for table in TABLES}
            day = read_grubhub(texts, folder.rstrip("/").rsplit("/", 1)[-1])
            for name, dispatch in DISPATCHES.items():
                begun = perf_counter()
                measures = asdict(measured(day, play(day, dispatch)))
                runs.append({"day": day.name, "policy": name, "seconds": perf_counter() - begun, **measures})
    for name in DISPATCHES:
        own = [run for run in runs if run["policy"] == name]
        told = {
            key: round(statistics.mean(run[key] for run in own), 3) for key in own[0] if key not in ("day", "policy")
        }
        print(name, len(own), "days:", told)
    return runs
