"""A backtest as plain values, as JSON and the database keep it."""

from __future__ import annotations

import math

from entrepot.orders.promise.quality import Group, Kept, Match, Quality
from entrepot.orders.promise.walk import Answer


def report(answer: Answer) -> dict[str, object]:
    """Return a backtest as plain values; ``orders_file`` is null where the orders were those of the book."""
    question = answer.question
    return {
        "orders_file": question.file and question.file.name,
        "from": question.start.isoformat(),
        "to": question.end.isoformat(),
        "promised_to": answer.promised_to.isoformat(),
        "target_late": question.target_late,
        "orders": answer.promised,
        "refits": answer.refits,
        "models": list(answer.versions),
        "horizon_days": answer.horizon,
        "seconds": round(answer.seconds, 1),
        "absent_columns": list(answer.absent),
        "findings": list(answer.findings),
        **(_quality(answer.quality) if answer.quality else {"promise": None}),
    }


def _quality(quality: Quality) -> dict[str, object]:
    return {
        "promise": _kept(quality.ours),
        "coverage": _rounded(1.0 - quality.ours.late_share),
        "undelivered": quality.undelivered,
        "incumbent": _kept(quality.incumbent),
        "at_incumbent_late_share": _match(quality.matched),
        "at_incumbent_late_by_timestamp": _match(quality.matched_by_timestamp),
        "months": [_group(one) for one in quality.months],
        "lanes": [_group(one) for one in quality.lanes],
        "accuracy": {
            "median_error_days": _rounded(quality.accuracy.median_error_days),
            "pinball_days": {name: _rounded(loss) for name, loss in quality.accuracy.pinball.items()},
            "crps_days": _rounded(quality.accuracy.crps_days),
        },
        "frontier": [
            {"quantile": quantile, "mean_days": _rounded(days), "late_share": _rounded(late)}
            for quantile, days, late in quality.frontier
        ],
    }


def _kept(kept: Kept | None) -> dict[str, object] | None:
    if kept is None:
        return None
    return {name: _rounded(value) for name, value in kept._asdict().items()}


def _match(match: Match | None) -> dict[str, object] | None:
    if match is None:
        return None
    return {name: _rounded(value) for name, value in match._asdict().items()}


def _group(group: Group) -> dict[str, object]:
    return {
        "name": group.name,
        "promise": _kept(group.kept),
        "coverage": _rounded(group.coverage),
        "points_off_target": _rounded(group.points_off_target),
        "undelivered": group.undelivered,
        "incumbent": _kept(group.incumbent),
    }


def _rounded(value: float) -> float | None:
    """Round for people; what is not a number has no place in JSON."""
    return None if math.isnan(value) else round(value, 4)
