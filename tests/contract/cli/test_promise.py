"""``entrepot promise`` as a person uses it: the backtest of a file needs no database, and its JSON keeps its shape."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from entrepot.orders.promise.report import report
from entrepot.orders.promise.walk import Question, prepare, run_backtest
from tests.contract.cli.test_commands import Run, run
from tests.unit.orders.promise_orders import made_up, saved

__all__ = ["run"]

GOLDEN = Path(__file__).parent / "promise_backtest_shape.json"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return saved(made_up(days=120, orders_a_day=16), tmp_path_factory.mktemp("orders"))


def backtest(orders: Path, *more: str) -> tuple[str, ...]:
    window = ("--from", "2024-04-01", "--to", "2024-04-29", "--target-late", "10", "--refit-days", "14")
    return ("promise", "backtest", "--orders", str(orders), *window, *more)


def shape(value: object) -> object:
    """What stays of a report when its figures are taken away."""
    if isinstance(value, dict):
        return {name: shape(part) for name, part in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_the_report_keeps_its_shape(run: Run, orders: Path) -> None:
    done = run(*backtest(orders, "--json"))
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert shape(told) == json.loads(GOLDEN.read_text("utf-8"))
    assert told["promised_to"] == "2024-04-29"
    assert told["absent_columns"][:2] == ["closed_at", "origin_area"]
    assert told["coverage"] == pytest.approx(1 - told["promise"]["late_share"])
    assert {month["name"] for month in told["months"]} == {"2024-04"}
    assert {lane["name"] for lane in told["lanes"]} == {"East > East", "East > West"}
    assert told["at_incumbent_late_share"]["days_shorter"] > 0


def test_without_json_tables_are_printed(run: Run, orders: Path) -> None:
    done = run(*backtest(orders, "--refit-days", "28"))
    assert done.returncode == 0, done.stderr
    assert "promise, nearest" in done.stdout, "the dates so far were never missed; some of ours always are"
    assert "median off by" in done.stdout
    assert "Not in the file: closed_at" in done.stderr


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--target-late", "0"), "0 percent late is no target"),
        (("--to", "2024-04-01"), "holds no day"),
        (("--country", "XX"), "No public holidays are known for 'XX'"),
        (("--column", "placed_at"), "--column names no column. Write OURS=THEIRS"),
        (("--column", "placed_at=created"), "has no column 'created'. Use one of: order_id"),
        (("--from", "2023-01-01"), "Nothing was delivered before 2023-01-01"),
    ],
)
def test_a_wrong_request_says_what_and_how_to_mend_it(
    run: Run, orders: Path, more: tuple[str, ...], message: str
) -> None:
    done = run(*backtest(orders, *more))
    assert done.returncode == 2
    assert message in done.stderr


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    done = run(*backtest(tmp_path / "none.parquet"))
    assert done.returncode == 3
    assert "There is no file" in done.stderr


def test_a_backtest_that_is_stopped_reports_what_it_promised(orders: Path) -> None:
    walk = prepare(Question(orders, date(2024, 4, 1), date(2024, 4, 29), 0.10, refit_days=14))

    def stop_before_the_last(done: int) -> None:
        if done == len(walk.stretches):
            raise KeyboardInterrupt

    answer = run_backtest(walk, stop_before_the_last, workers=1)
    assert not answer.is_whole
    assert answer.promised_to.isoformat() == "2024-04-15"
    assert answer.refits == len(walk.stretches) - 1
    told = report(answer)
    assert told["promised_to"] == "2024-04-15"
    assert told["orders"] == answer.promised > 0


def test_a_file_needs_two_days(run: Run, orders: Path) -> None:
    done = run("promise", "backtest", "--orders", str(orders), "--from", "2024-04-01")
    assert (done.returncode, "Give --from and --to" in done.stderr) == (2, True)


def test_a_book_with_too_little_history_says_so(run: Run) -> None:
    done = run("promise", "backtest", "--json")
    assert (done.returncode, done.stdout, "too little history" in done.stderr) == (5, "", True)


def test_before_the_first_fit_the_house_says_so(run: Run) -> None:
    quoted = run("promise", "quote", "浙江省")
    assert (quoted.returncode, "No model was fitted yet" in quoted.stderr) == (5, True)
    assert run("promise", "fit").returncode == 5
    assert run("promise", "quality", "--json").stdout == ""
    assert run("promise", "show", "own:web:1").returncode == 3
