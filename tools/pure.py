"""Our own rule: pure modules do no I/O. They may not import, or call, what reads a clock, a disk, a network, chance."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "src" / "entrepot"
PURE = (
    "kernel/*.py",
    "delivery/calendar.py",
    "delivery/card_assembly.py",
    "delivery/cartonisation.py",
    "delivery/cells.py",
    "delivery/choice.py",
    "delivery/dispatch/changing.py",
    "delivery/dispatch/day.py",
    "delivery/dispatch/judging.py",
    "delivery/dispatch/model.py",
    "delivery/dispatch/outlook.py",
    "delivery/dispatch/waving.py",
    "delivery/places.py",
    "delivery/quoting.py",
    "delivery/rate_sheet.py",
    "delivery/rates.py",
    "delivery/scorecard.py",
    "delivery/sheet_heading.py",
    "delivery/sheet_rows.py",
    "delivery/tariff.py",
    "delivery/labels/*.py",
    "delivery/roads/arrivals.py",
    "delivery/roads/great_circle.py",
    "delivery/roads/profile.py",
    "delivery/roads/roads.py",
    "delivery/roads/speeds.py",
    "delivery/routing/bound.py",
    "delivery/routing/clock/[!s]*.py",
    "delivery/routing/checker.py",
    "delivery/routing/core/[!ag]*.py",
    "delivery/routing/core/ground.py",
    "delivery/routing/core/fleet/*.py",
    "delivery/routing/infeasible.py",
    "delivery/routing/plan.py",
    "delivery/routing/problem.py",
    "delivery/routing/schedule.py",
    "delivery/routing/timing.py",
    "delivery/routing/travel.py",
    "delivery/routing/formats/[!f]*.py",
    "delivery/waves/[!fs]*.py",
    "delivery/waves/fo*.py",
    "delivery/waves/simulate.py",
    "delivery/waves/couriers/*.py",
    "delivery/waves/policies/*.py",
    "hub/adapter.py",
    "hub/converters.py",
    "hub/documents.py",
    "hub/personal_data.py",
    "hub/findings.py",
    "hub/lineage.py",
    "hub/mapping.py",
    "hub/observe.py",
    "hub/quality.py",
    "hub/signatures.py",
    "hub/spans.py",
    "hub/translate.py",
    "hub/channels/*/mapping.py",
    "hub/channels/*/codes.py",
    "hub/channels/*/write.py",
    "hub/writeback/pace.py",
    "hub/writeback/writer.py",
    "network/checker.py",
    "network/infeasible.py",
    "network/plan.py",
    "network/plan_tables.py",
    "network/problem.py",
    "network/report.py",
    "network/study.py",
    "network/zones.py",
    "network/formats/entrepot_json.py",
    "network/formats/facility.py",
    "network/formats/numbers.py",
    "network/formats/pmedian.py",
    "network/formats/tables.py",
    "network/formats/two_stage.py",
    "orders/fold.py",
    "orders/pieces/*.py",
    "orders/projection.py",
    "orders/promise/backtest.py",
    "orders/promise/calendar.py",
    "orders/promise/calibration.py",
    "orders/promise/cold_start.py",
    "orders/promise/columns.py",
    "orders/promise/features.py",
    "orders/promise/fitting.py",
    "orders/promise/hazard.py",
    "orders/promise/history.py",
    "orders/promise/level.py",
    "orders/promise/life_table.py",
    "orders/promise/model.py",
    "orders/promise/pace.py",
    "orders/promise/promise.py",
    "orders/promise/quality.py",
    "orders/promise/remaining.py",
    "orders/sourcing/acceptance.py",
    "orders/sourcing/atoms.py",
    "orders/sourcing/batch.py",
    "orders/sourcing/candidates.py",
    "orders/sourcing/cost.py",
    "orders/sourcing/deci*.py",
    "orders/sourcing/facts.py",
    "orders/sourcing/terms.py",
    "orders/sourcing/network.py",
    "orders/sourcing/estimate.py",
    "orders/sourcing/demand.py",
    "orders/sourcing/prices.py",
    "orders/sourcing/program.py",
    "orders/sourcing/reasons.py",
    "orders/sourcing/rules/*.py",
    "orders/sourcing/search.py",
    "orders/sourcing/selection.py",
    "orders/sourcing/snapshot.py",
    "orders/sourcing/solver.py",
    "orders/tracking.py",
    "stock/asof.py",
    "stock/availability.py",
    "stock/availability_pegs.py",
    "stock/balance.py",
    "stock/facts.py",
    "stock/hold.py",
    "stock/hold_change.py",
    "stock/hold_report.py",
    "stock/hold_room.py",
    "stock/movement.py",
    "stock/quota.py",
    "stock/reconcile.py",
    "stock/reservation.py",
    "stock/supply.py",
)
FORBIDDEN_MODULES = {
    "asyncio", "fastapi", "httpx", "io", "logging", "nicegui", "os", "polars", "psycopg", "random", "requests",
    "secrets", "shutil", "socket", "subprocess", "tempfile", "threading", "time", "urllib.request", "uuid",
}  # fmt: skip
FORBIDDEN_CALLS = {"now", "today", "utcnow", "open", "print", "input"}
ALLOWED = {"kernel/clock.py"}  # the clock itself


def faults(path: Path) -> list[str]:
    """List what a pure module may not do."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Call):
            called = node.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            if name in FORBIDDEN_CALLS:
                found.append(f"{path}:{node.lineno} calls {name}()")
        for name in names:
            if (
                name in FORBIDDEN_MODULES
                or name.split(".")[0] in FORBIDDEN_MODULES
                or name.startswith("entrepot.infra")
            ):
                found.append(f"{path}:{node.lineno} imports {name}")
    return found


def main() -> int:
    """Check every pure module."""
    paths = [path for pattern in PURE for path in sorted(PACKAGE.glob(pattern))]
    found = [fault for path in paths if path.relative_to(PACKAGE).as_posix() not in ALLOWED for fault in faults(path)]
    print("\n".join(found) if found else f"{len(paths)} pure modules do no I/O")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
