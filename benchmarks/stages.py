"""Where the time of a batch goes: a clock around the functions that matter, instead of a profiler around all.

A stage's seconds are its own: what a stage inside it took is taken off. Waits for the server count where they happen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from time import perf_counter
from typing import Any

import psycopg

from entrepot.flows import dispatch, intake
from entrepot.infra import log
from entrepot.orders import store

_PLACES: tuple[tuple[str, object, str], ...] = (
    ("look up (shops, known messages, catalogue)", intake.Intake, "_shops_of"),
    ("look up (shops, known messages, catalogue)", intake, "known_messages"),
    ("look up (shops, known messages, catalogue)", intake.Intake, "_matcher"),
    ("look up (orders known)", store, "_load"),
    ("translate", intake, "translate"),
    ("observe", intake, "observe"),
    ("observe", intake.Intake, "_note_observations"),
    ("fold", store, "absorb"),
    ("fold", store, "from_json"),
    ("fold", store, "to_json"),
    ("rows of orders", store, "_write_orders"),
    ("rows of parts", store, "_write_parts"),
    ("rows of sources", store, "_write_sources"),
    ("parcels", dispatch, "fold_parcels"),
    ("stock", dispatch.Batch, "_write_goods"),
    ("catalogue", dispatch.Batch, "_write_catalogue"),
    ("raw messages", intake, "keep_messages"),
    ("findings", intake, "keep_findings"),
    ("log", log, "append"),
    ("commit", psycopg.Connection, "commit"),
    ("rest", intake.Intake, "accept"),
)


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Time the stages of everything done inside, in this process and one thread; seconds by stage."""
    spent = {stage: 0.0 for stage, _, _ in _PLACES}
    inner: list[float] = []
    originals = [(place, name, getattr(place, name)) for _, place, name in _PLACES]
    for (stage, place, name), (_, _, original) in zip(_PLACES, originals, strict=True):
        setattr(place, name, _clocked(original, stage, spent, inner))
    try:
        yield spent
    finally:
        for place, name, original in originals:
            setattr(place, name, original)


def _clocked(
    function: Callable[..., Any], stage: str, spent: dict[str, float], inner: list[float]
) -> Callable[..., Any]:
    @wraps(function)
    def clocked(*arguments: Any, **named: Any) -> Any:
        inner.append(0.0)
        started = perf_counter()
        try:
            # Some of them are generators; their work is done when they are read.
            found = function(*arguments, **named)
            return list(found) if isinstance(found, Iterator) else found
        finally:
            took = perf_counter() - started
            spent[stage] += took - inner.pop()
            if inner:
                inner[-1] += took

    return clocked
