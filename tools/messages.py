"""Bring the console's message catalogues up to date with its sources, and compile them.

Run: ``python tools/messages.py``; then translate what it lists in ``locale/zh_CN/LC_MESSAGES/entrepot.po`` and
run it again. Messages no source has any more are dropped. English needs no translator: its text is the key.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "src/entrepot/console/locale"
LANGUAGES = ("zh_CN", "en")


def main() -> None:
    """Write every catalogue and say what is left to translate."""
    template = extract()
    for language in LANGUAGES:
        folder = LOCALE / language / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        catalogue = updated(folder / "entrepot.po", template, language)
        write_catalogue(folder, catalogue)
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


def write_catalogue(folder: Path, catalogue: Catalog) -> None:
    """Write ``entrepot.po`` without dates and line numbers (quiet diffs), and ``entrepot.mo``."""
    with (folder / "entrepot.po").open("wb") as file:
        write_po(file, catalogue, width=120, include_lineno=False, omit_header=False)
    with (folder / "entrepot.mo").open("wb") as file:
        write_mo(file, catalogue)


if __name__ == "__main__":
    main()
