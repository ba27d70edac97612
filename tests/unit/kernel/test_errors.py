"""Errors say what and why, how to mend it, and carry a stable code and the facts."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import entrepot
from entrepot.hub.channels import adapter_of
from entrepot.hub.channels.files.mapping import load_mapping, parse_mapping
from entrepot.hub.shops import Shop
from entrepot.infra.settings import Settings, load_settings
from entrepot.kernel import errors
from entrepot.kernel.errors import EntrepotError, InputError
from entrepot.kernel.money import minor_units
from entrepot.kernel.outcome import Outcome, Refusal
from entrepot.kernel.period import Period
from entrepot.kernel.quantity import whole_quantity

NOW = datetime(2026, 11, 1, tzinfo=UTC)
RAISING = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, EntrepotError)}


def test_an_error_reads_as_a_sentence_and_its_remedy() -> None:
    error = InputError("hub.unknown_channel", "There is no channel 'x'.", "Use one of: a, b.", channel="x")
    assert str(error) == "There is no channel 'x'. Use one of: a, b."
    assert (error.code, error.fields) == ("hub.unknown_channel", {"channel": "x"})
    assert str(errors.NotFound("a.b", "Gone.")) == "Gone."


@pytest.mark.parametrize(
    ("act", "code", "what", "mend"),
    [
        (lambda: minor_units("1,50", "CNY"), "money.amount", "'1,50' is not an amount of CNY", "plain number"),
        (lambda: whole_quantity("2.5"), "quantity.whole", "'2.5' is not a whole number", "smallest unit"),
        (lambda: Period(NOW.replace(tzinfo=None), NOW), "period.zone", "needs aware times", "time zone"),
        (lambda: adapter_of("amazon"), "hub.unknown_channel", "no channel 'amazon'", "Use one of: taobao"),
        (lambda: Shop("taobao", "a b", "x"), "hub.shop_name", "'a b' is no shop name", "Use letters, digits"),
        (lambda: Shop("taobao", "a", "x", stock_policy="x"), "hub.stock_policy", "'x' is no stock policy", "confirm"),
        (lambda: Shop("taobao", "a", "x", currency="yuan"), "money.currency", "'yuan' is not a currency", "CNY"),
        (lambda: parse_mapping("a = "), "files.toml", "is not TOML", "Write texts in quotes"),
        (lambda: load_mapping(Path("no.toml")), "files.mapping_missing", "no.toml cannot be read", "Give the path"),
    ],
)
def test_what_a_person_meets_says_what_and_how_to_mend_it(
    act: Callable[[], object], code: str, what: str, mend: str
) -> None:
    with pytest.raises(EntrepotError) as caught:
        act()
    assert caught.value.code == code
    assert what in caught.value.message
    assert mend in caught.value.mend


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_PORT", "99999")
    monkeypatch.setenv("ENTREPOT_DATABASE_URL", "mysql://x")
    with pytest.raises(InputError, match=r"ENTREPOT_DATABASE_URL.*PostgreSQL.*ENTREPOT_PORT") as caught:
        load_settings()
    assert caught.value.code == "settings.invalid"
    monkeypatch.undo()
    assert Settings(port=8001).port == 8001


def _raised() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(Path(entrepot.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISING:
                yield path, node


def test_every_code_is_dotted_lower_case_and_every_caller_can_mend() -> None:
    faults = []
    for path, call in _raised():
        place = f"{path.name}:{call.lineno}"
        code = call.args[0] if call.args else None
        if isinstance(code, ast.Constant) and not re.fullmatch(r"[a-z_]+(\.[a-z0-9_]+)+", str(code.value)):
            faults.append(f"{place} has the code {code.value!r}")
        if isinstance(call.func, ast.Name) and call.func.id == "InputError" and len(call.args) < 3:
            faults.append(f"{place} does not say how to mend it")
    assert faults == []


def test_an_outcome_is_a_value_or_a_refusal() -> None:
    assert Outcome(5).is_done
    refused: Outcome[int] = Outcome(refusal=Refusal("sold_out", "None left.", {"sku": "A"}))
    assert (refused.is_done, refused.value) == (False, None)
