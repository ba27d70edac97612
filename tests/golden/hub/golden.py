"""Golden records: what an adapter makes of the project's own samples, kept beside the tests and reviewed as diffs.

``ENTREPOT_UPDATE_GOLDEN=1 pytest tests/golden`` writes them anew.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import msgspec

import entrepot.hub.channels
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.converters import ShopContext
from entrepot.hub.translate import Translation, translate
from entrepot.kernel.facts import Fact, Value

EXPECTED = Path(__file__).parent / "expected"
RECEIVED = datetime(2026, 12, 31, tzinfo=UTC)


def read(channel: str, body: bytes, topic: str = "", headers: dict[str, str] | None = None) -> Translation:
    """Translate a body as a message of shop ``demo``."""
    adapter = adapter_of(channel)
    message = RawMessage(channel, "demo", topic, body, RECEIVED, headers or {})
    return translate(adapter, message, ShopContext(channel, "demo", adapter.currency, adapter.zone))


def one(translation: Translation, kind: str) -> dict[str, Value]:
    """The fields of the only record of a kind."""
    found = of_kind(translation, kind)
    assert len(found) == 1, f"{len(found)} records of kind {kind}"
    return found[0].fields


def of_kind(translation: Translation, kind: str) -> list[Fact]:
    """The records of a kind."""
    return [fact for fact in translation.facts if fact.kind == kind]


def kinds(translation: Translation) -> dict[str, int]:
    """How many records of which kinds."""
    return dict(Counter(fact.kind for fact in translation.facts))


def rules(translation: Translation) -> set[str]:
    """The rules of the findings."""
    return {finding.rule for finding in translation.findings}


def samples(channel: str) -> list[Path]:
    """The project's own samples of a channel (made by ``python -m entrepot.simulator.samples``)."""
    folder = Path(entrepot.hub.channels.__file__).parent / channel / "samples"
    return sorted(path for path in folder.glob("*") if path.is_file() and path.suffix not in {".md", ".py"})


def check_golden(name: str, value: object) -> None:
    """Compare a value with its golden file, or write that file."""
    path = EXPECTED / f"{name}.json"
    text = msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n"
    if os.environ.get("ENTREPOT_UPDATE_GOLDEN") == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert path.exists(), f"{path.name} is not there: run with ENTREPOT_UPDATE_GOLDEN=1 and review it"
    assert text == path.read_text(encoding="utf-8")


def check_samples(channel: str) -> None:
    """Compare the records and findings of each sample of a channel with its golden file; there is at least one."""
    paths = samples(channel)
    assert paths, f"{channel} has no samples: run python -m entrepot.simulator.samples"
    for path in paths:
        translation = read(channel, path.read_bytes())
        check_golden(
            f"{channel}/{path.name.removesuffix('.json')}",
            {
                "topic": translation.topic,
                "records": translation.facts,
                "findings": [[f.rule, f.severity, f.pointer] for f in translation.findings],
            },
        )
