"""Bring the console's message catalogues up to date with its sources, and compile them.

Run: ``python tools/messages.py``; then translate what it lists in ``locale/zh_CN/LC_MESSAGES/entrepot.po``, and in
``problems.po`` what errors say, and run it again. Messages no source has any more are dropped. English needs no
translator: its text is the key.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from entrepot.kernel import errors

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "src/entrepot"
LOCALE = ROOT / "src/entrepot/console/locale"
LANGUAGES = ("zh_CN", "en")
SAID_BY = {name: slice(1, 3) for name, one in vars(errors).items() if isinstance(one, type)} | {"problem": slice(3, 5)}
"""What makes errors, and which of its arguments are sentences."""
ENGLISH_ALONE = {"cli", "simulator", "migrations"}
"""Rooms whose errors no page shows."""
FEWEST_LETTERS = 6
"""A sentence of fewer is facts alone."""


def main() -> None:
    """Write every catalogue and say what is left to translate."""
    messages, sentences = extract(), problems()
    for domain, template, language in [
        *(("entrepot", messages, language) for language in LANGUAGES),
        ("problems", sentences, LANGUAGES[0]),
    ]:
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        catalogue = updated(folder / f"{domain}.po", template, language)
        write_catalogue(folder, catalogue, domain)
        for message in catalogue:
            if message.id and (not message.string or message.fuzzy):
                print(f"{language}: {message.id}")


def extract() -> Catalog:
    """Return every message of the sources, with where it is used."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    catalogue = Catalog(charset="utf-8")
    keywords = {"_": None, "t": None}
    for name, _line, message, _comments, _context in extract_from_dir(ROOT, methods, options, keywords):
        if isinstance(message, str) and message:
            catalogue.add(message, locations=[(name, 1)])
    return catalogue


def problems() -> Catalog:
    """Return what errors say and how they are mended, each sentence with ``{1}``, ``{2}`` ... where its facts stand."""
    catalogue = Catalog(charset="utf-8")
    for path in sorted(SOURCES.rglob("*.py")):
        if path.relative_to(SOURCES).parts[0] not in ENGLISH_ALONE:
            for sentence in _sentences(ast.parse(path.read_text(encoding="utf-8"))):
                catalogue.add(sentence, locations=[(str(path.relative_to(ROOT)), 1)])
    return catalogue


def _sentences(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID_BY:
            for said in node.args[SAID_BY[node.func.id]]:
                sentence = _template(said)
                if len(re.findall("[A-Za-z]", sentence)) >= FEWEST_LETTERS:
                    yield sentence


def _template(said: ast.expr) -> str:
    """Return a sentence with numbers for its facts; empty where it is not written there."""
    if isinstance(said, ast.Constant):
        return str(said.value)
    if not isinstance(said, ast.JoinedStr):
        return ""
    parts, facts = [], 0
    for part in said.values:
        facts += isinstance(part, ast.FormattedValue)
        parts.append(str(part.value) if isinstance(part, ast.Constant) else f"{{{facts}}}")
    return "".join(parts)


def updated(path: Path, template: Catalog, language: str) -> Catalog:
    """Return the catalogue at ``path`` with exactly the template's messages."""
    old = {}
    if path.exists():
        with path.open("rb") as file:
            old = {message.id: message.string for message in read_po(file, locale=language) if message.id}
    catalogue = Catalog(
        locale=language, project="Entrepot", header_comment="# Messages of the console.", charset="utf-8", fuzzy=False
    )
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    for message in sorted((one for one in template if one.id), key=lambda one: (one.locations[0][0], one.id)):
        said = message.id if language == "en" else old.get(message.id, "")
        catalogue.add(message.id, said, locations=message.locations)
    return catalogue


def write_catalogue(folder: Path, catalogue: Catalog, domain: str = "entrepot") -> None:
    """Write a ``.po`` without dates and line numbers (quiet diffs), and its ``.mo``."""
    with (folder / f"{domain}.po").open("wb") as file:
        write_po(file, catalogue, width=120, include_lineno=False, omit_header=False)
    with (folder / f"{domain}.mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    main()
