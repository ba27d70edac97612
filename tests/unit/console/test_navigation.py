from __future__ import annotations

import pytest

from entrepot.console import assets, language
from entrepot.console.shell import Visit, navigation
from entrepot.infra.auth import Principal


def visit(role):
    return Visit(Principal("somebody", role), "en", "auto", "Asia/Shanghai")


@pytest.mark.parametrize(("role", "sees"), [("viewer", False), ("operator", False), ("finance", True), ("admin", True)])
def test_audit_is_listed_for_those_who_may_read_it(role, sees):
    language.use("en")
    keys = {key for _group, entries in navigation(visit(role)) for key, _label, _path in entries}
    assert ("audit" in keys) is sees


def test_every_entry_has_its_own_path():
    paths = [path for _group, entries in navigation(visit("admin")) for _key, _label, path in entries]
    assert len(paths) == len(set(paths))


def test_every_entry_has_an_icon():
    icons = (assets.FOLDER / "icons.css").read_text(encoding="utf-8")
    keys = {key for _group, entries in navigation(visit("admin")) for key, _label, _path in entries}
    assert {key for key in keys if f".icon-{key} {{" not in icons} == set()


def test_a_visit_without_a_person_may_nothing():
    assert not Visit(None, "en", "auto", "UTC").may("read")


def test_assets_are_served_under_a_digest():
    assert assets.root().startswith("/console-static/")
    assert len(assets.root().rpartition("/")[2]) == 12


def test_the_outline_is_small_and_has_no_borders():
    outline = assets.FOLDER / "land.json"
    assert outline.stat().st_size < 150_000
    assert '"name"' not in outline.read_text(encoding="utf-8")


def test_every_widget_a_page_names_exists():
    import re

    pages = (assets.FOLDER.parent / "pages").glob("*.py")
    named = {
        name
        for page in pages
        for name in re.findall(r'(?:widget|panel\([^"]*"[^"]*"\),) ?\(?"(\w+)"', page.read_text())
    }
    assert {name for name in named if not (assets.FOLDER / f"widgets/{name}.js").is_file()} == set()
