"""The documents keep their word: commands exist, links lead somewhere, examples run, both languages say the same."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from entrepot.cli import app
from entrepot.cli.late import COMMANDS, load
from entrepot.hub.channels import ADAPTERS, adapter_of
from entrepot.hub.channels.files.client import read_messages
from entrepot.hub.channels.files.mapping import parse_mapping
from entrepot.hub.converters import ShopContext
from entrepot.hub.signatures import RULES
from entrepot.hub.translate import translate
from entrepot.infra.settings import PREFIX, Settings

ROOT = Path(__file__).parent.parent.parent
PAIRS = [("README.md", "README.zh-CN.md"), ("docs/operations.md", "docs/operations.zh-CN.md")]
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
ROOMS = sorted(path.parent for path in (ROOT / "src/entrepot").glob("*/__init__.py"))
DOCUMENTS = sorted(path for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("*.md")])
SECTIONS = ["Context", "Decision", "Consequences", "Alternatives", "Evidence", "Enforced by"]
OUTSIDE_SETTINGS = {"ENTREPOT_SECRET_KEY"}  # read by infra.secrets, so that it never stands in the settings


def names(documents: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in documents]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.M | re.S)


def commands(text: str) -> set[str]:
    """Every `entrepot ...` and `make ...` a document names, by its words up to the first argument."""
    code = "\n".join([*re.findall(r"`([^`\n]+)`", text), *blocks(text, "sh")])
    found = re.findall(r"(?<![\w./-])(entrepot|make)((?: [a-z][a-z-]*(?![\w.=/:]))+)", code)
    return {f"{program} {command_words(program, rest.split())}" for program, rest in found}


@cache
def all_commands() -> Any:
    whole = typer.main.get_group(app)
    whole.commands = {name: load(name) for name in COMMANDS}
    return whole


def has_commands(command: object) -> bool:
    return hasattr(command, "commands")


def command_words(program: str, words: list[str]) -> str:
    if program == "make":
        return words[0]
    group = all_commands()
    known: list[str] = []
    for word in words:
        if not has_commands(group):
            break
        assert word in group.commands, f"there is no command `entrepot {' '.join([*known, word])}`"
        known.append(word)
        group = group.commands[word]
    return " ".join(known)


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_command_named_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    for command in commands(path.read_text(encoding="utf-8")):
        program, _, rest = command.partition(" ")
        assert program != "make" or rest in targets, f"there is no `make {rest}`"


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_option_named_exists(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8"), "sh"):
        for line in block.splitlines():
            line = line.partition(" #")[0]
            if not line.startswith("entrepot "):
                continue
            command = all_commands()
            for word in line.split()[1:]:
                if has_commands(command):
                    command = command.commands[word]
            known = {option for parameter in command.params for option in parameter.opts}
            assert set(re.findall(r"(?<=\s)--[a-z-]+", line)) <= known, line


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{target} is not there"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            assert anchor in map(slug, headings), f"{target}: there is no such heading"


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_file_and_test_named_is_there(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for name in re.findall(r"`((?:tests|src|docs|tools|benchmarks)/[\w./-]+)`", text):
        assert (ROOT / name).exists() or name == "benchmarks/records/", f"{name} is not there"
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", text))
    if named:
        tests = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
        assert {name for name in named if f"def {name}(" not in tests} == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_every_setting_named_exists(path: Path) -> None:
    known = {(PREFIX + name).upper() for name in Settings.model_fields} | OUTSIDE_SETTINGS
    named = set(re.findall(r"\bENTREPOT_[A-Z_]+\b(?!\*)", path.read_text(encoding="utf-8")))
    assert {name for name in named if not name.endswith("_")} <= known | {"ENTREPOT_AXE"}


def test_the_readme_names_every_setting() -> None:
    known = {(PREFIX + name).upper() for name in Settings.model_fields} | OUTSIDE_SETTINGS
    for name in ("README.md", "README.zh-CN.md"):
        assert known == set(re.findall(r"ENTREPOT_[A-Z_]+", (ROOT / name).read_text(encoding="utf-8")))


def test_the_readme_of_the_command_line_names_every_command() -> None:
    def leaves(command: Any, before: str) -> set[str]:
        if not has_commands(command):
            return {before}
        return {leaf for name, inner in command.commands.items() for leaf in leaves(inner, f"{before} {name}")}

    text = (ROOT / "src/entrepot/cli/README.md").read_text(encoding="utf-8")
    assert leaves(all_commands(), "entrepot") <= commands(text)


@pytest.mark.parametrize(("english", "chinese"), PAIRS)
def test_both_languages_name_the_same(english: str, chinese: str) -> None:
    one, other = ((ROOT / name).read_text(encoding="utf-8") for name in (english, chinese))
    assert commands(one) == commands(other)
    for pattern in (r"ENTREPOT_[A-Z_]+", r"`((?:tests|src)/[\w./-]+)`", r"\]\((src/[^)]+)\)"):
        assert set(re.findall(pattern, one)) == set(re.findall(pattern, other))
    assert one.count("\n## ") == other.count("\n## ")
    assert [len(blocks(one, kind)) for kind in ("sh", "toml", "sql")] == [
        len(blocks(other, kind)) for kind in ("sh", "toml", "sql")
    ]
    assert blocks(one, "sql") == blocks(other, "sql")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_mapping_example_reads_the_file_it_speaks_of(name: str, tmp_path: Path) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    (example,) = blocks(text, "toml")
    (header,) = re.findall(r"`(订单号,[^`]+)`", text)
    mapping = parse_mapping(example)
    file = tmp_path / "sales.csv"
    good, bad = "A1,2026-11-20 09:30,K1,2,118.00,已发货", "A2,昨天,K3,一,30.00,待发货"
    file.write_text(f"{header}\n{good}\n{bad}\n", encoding="utf-8")
    messages = read_messages(file, mapping, "shop", datetime(2026, 11, 23, tzinfo=UTC))
    said = [translate(mapping.adapter, message, ShopContext("files", "shop")) for message in messages]
    order, line = (fact for one in said for fact in one.facts)
    assert (order.fields["placed_at"], order.fields["fulfilment_status"]) == ("2026-11-20T01:30:00Z", "shipped")
    assert (line.fields["qty"], line.fields["line_total"]) == (2, 11800)
    told = " ".join(finding.message for one in said for finding in one.findings)
    assert "sales.csv, row 3, column '下单时间': '昨天' is not a time" in told


@pytest.mark.parametrize("path", DOCUMENTS, ids=names(DOCUMENTS))
def test_python_and_toml_examples_are_well_formed(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for block in blocks(text, "python"):
        ast.parse(block)
    for block in blocks(text, "toml"):
        if "[file]" in block:
            parse_mapping(block, path.name)


@pytest.mark.parametrize("path", DECISIONS, ids=names(DECISIONS))
def test_a_decision_has_all_its_sections(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS
    assert all(body.strip() for body in re.split(r"^## .+$", text, flags=re.M))
    for line in (r"- Status: (accepted|superseded by \d{4})", r"- Area: .+", r"- Date: \d{4}-\d\d-\d\d"):
        assert re.search(rf"^{line}$", text, re.M)


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("room", ROOMS, ids=[room.name for room in ROOMS])
def test_every_room_has_a_readme_that_the_readme_links(room: Path) -> None:
    link = f"]({room.relative_to(ROOT).as_posix()}/README.md)"
    assert (room / "README.md").is_file()
    for name in ("README.md", "README.zh-CN.md"):
        assert link in (ROOT / name).read_text(encoding="utf-8")


def test_the_secrets_of_every_channel_that_signs_are_named() -> None:
    text = (ROOT / "src/entrepot/hub/README.md").read_text(encoding="utf-8").partition("## Signatures")[2]
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|$", text, re.M))
    for channel in ADAPTERS:
        row = next(said for named, said in rows.items() if f"`{channel}`" in named)
        for rule in RULES.get(adapter_of(channel).signature, ()):
            assert f"`{rule.secret}`" in row
