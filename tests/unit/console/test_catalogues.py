"""Every message is in both languages, and no text on a screen bypasses the catalogues."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[3]
CONSOLE = ROOT / "src/entrepot/console"
LANGUAGES = ("zh_CN", "en")
CATALOGUES = [("entrepot", "zh_CN"), ("entrepot", "en"), ("problems", "zh_CN")]
PROPER_NOUNS = {
    "SKU", "API", "Odoo", "Olist", "Shopify", "Square", "CSV", "p", "D", "KPI", "JSON", "SF", "POS", "UTF", "GB",
    "Excel", "Parquet", "Content", "Type",
}  # fmt: skip
"""What stays in Latin letters in a Chinese sentence."""


def _tool():
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools/messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _catalogue(language, domain="entrepot", kind="po"):
    path = CONSOLE / "locale" / language / "LC_MESSAGES" / f"{domain}.{kind}"
    with path.open("rb") as file:
        read = read_po(file, locale=language) if kind == "po" else read_mo(file)
    return {message.id: message for message in read if message.id}


@pytest.fixture(scope="module")
def sources():
    tool = _tool()
    found = {"entrepot": tool.extract(), "problems": tool.problems()}
    return {domain: {message.id for message in messages if message.id} for domain, messages in found.items()}


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_the_catalogue_holds_exactly_the_messages_of_the_sources(domain, language, sources):
    assert set(_catalogue(language, domain)) == sources[domain], "run: python tools/messages.py"


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_every_message_is_translated_and_none_is_fuzzy(domain, language):
    assert [m.id for m in _catalogue(language, domain).values() if not m.string or m.fuzzy] == []


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_the_compiled_catalogue_is_up_to_date(domain, language):
    compiled = {m.id: m.string for m in _catalogue(language, domain, "mo").values()}
    assert compiled == {m.id: m.string for m in _catalogue(language, domain).values()}, "run: python tools/messages.py"


@pytest.mark.parametrize(("domain", "language"), CATALOGUES)
def test_a_translation_keeps_the_placeholders(domain, language):
    def names(text):
        return sorted(re.findall(r"\{(\w+)\}", text))

    assert [m.id for m in _catalogue(language, domain).values() if names(m.id) != names(m.string)] == []


def test_chinese_has_no_english_words_left():
    left = {
        m.id: m.string
        for m in _catalogue("zh_CN").values()
        if set(re.findall(r"[A-Za-z]+", re.sub(r"\{\w+\}", "", m.string))) - PROPER_NOUNS
    }
    assert left == {}


def test_chinese_uses_full_width_punctuation():
    half = re.compile(r"[\u4e00-\u9fff]\s*[,;:?!()](?!\d)|[\u4e00-\u9fff]\.(?:\s|$)")
    everything = [*_catalogue("zh_CN").values(), *_catalogue("zh_CN", "problems").values()]
    assert [m.string for m in everything if half.search(m.string)] == []


def test_what_an_error_says_is_found_with_its_facts():
    assert {"There is no order {1}.", "{1} orders were changed by another transaction."} <= set(
        _catalogue("zh_CN", "problems")
    )


SHOWN_ARGUMENTS = {
    "tag": 1, "panel": 0, "column": 1, "choice": 1, "text_filter": 1, "date_filter": 1, "channel_choice": 0,
    "shell": 1,
}  # fmt: skip
"""Functions of the pages and the place of the argument people read."""
SHOWN_NAMES = {"title", "text", "label", "aria_label", "placeholder", "header"}


def _literals(node):
    """Literal strings of letters in an expression that are not inside a call of ``_``."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"[A-Za-z]{2}", node.value):
        yield node.value
    for child in ast.iter_child_nodes(node):
        yield from _literals(child)


def _shown_in_python(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = SHOWN_ARGUMENTS.get(node.func.id)
            if place is not None and len(node.args) > place:
                yield from _literals(node.args[place])
            for keyword in node.keywords:
                if keyword.arg in SHOWN_NAMES:
                    yield from _literals(keyword.value)
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value in SHOWN_NAMES:
                    yield from _literals(value)


@pytest.mark.parametrize("path", sorted(CONSOLE.rglob("*.py")), ids=lambda path: path.name)
def test_no_text_in_python_bypasses_gettext(path):
    assert list(_shown_in_python(ast.parse(path.read_text(encoding="utf-8")))) == []


ELEMENT = re.compile(r'\bh\(\s*"([^"]*)"')
LABELS = re.compile(r'(?:"aria-label"|title|placeholder|alt|label|text|endLabel): "([^"]*[A-Za-z]{2}[^"]*)"')
CHILD = re.compile(r'[,(]\s*"((?:[^"\\]|\\.)*)"\s*(?=[,)\]])')


def _shown_in_script(text):
    """Literal children and labels of elements in a script: sentences, not selectors, classes, codes or keys."""
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r'\b(?:t|word|rule|isWord|icon|get|post|remove|querySelector|querySelectorAll|closest|import|split|'
                  r'addEventListener|setAttribute|getAttribute|toggle|add|has|startsWith|replace|join|data|mark|status|tags|'
                  r'asked|why|CustomEvent|from|matches|getElementById|matchMedia|setProperty|token|resolve|localName|svg|'
                  r'facts|includes)\(\s*(?:"[^"]*"\s*,?\s*)+', "(", text)  # fmt: skip
    text = ELEMENT.sub("h(", text)
    yield from LABELS.findall(text)
    for literal in CHILD.findall(text):
        if re.search(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z][a-z]{2,}", literal):
            yield literal


SENTENCES_OF_OTHERS = {"Escape", "Enter", "Tab", "ArrowDown", "ArrowUp", "GET", "POST", "DELETE", "AbortError", "Esc"}


@pytest.mark.parametrize("path", sorted((CONSOLE / "static").rglob("*.js")), ids=lambda path: path.name)
def test_no_text_in_a_script_bypasses_the_catalogue(path):
    found = [text for text in _shown_in_script(path.read_text(encoding="utf-8")) if text not in SENTENCES_OF_OTHERS]
    assert found == []


def test_no_translation_hides_inside_a_template_string():
    # The extractor does not see t("...") within `${...}` when braces nest.
    for path in (CONSOLE / "static").rglob("*.js"):
        assert not re.search(r"\$\{[^}]*\bt\(", path.read_text(encoding="utf-8")), path


def test_scripts_make_no_markup_from_strings():
    for path in (CONSOLE / "static").rglob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|setHTML", text), path


def test_only_one_script_makes_tables():
    makers = {
        path.name
        for path in (CONSOLE / "static").rglob("*.js")
        if re.search(r'\bh\(\s*[`"](?:table|thead|tbody)\b', path.read_text(encoding="utf-8"))
    }
    assert makers == {"table.js"}


def test_python_makes_no_markup_but_the_head():
    for path in CONSOLE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "ui.html(" not in text, path
        assert ("add_head_html(" in text) == (path.name == "shell.py"), path


@pytest.mark.parametrize(
    "script",
    [
        'h("p", "Hello world")',
        'h("p.x", { title: "Open this" }, data(x))',
        'h("button", { type: "button", onclick: act }, "Save")',
        'empty({ title: "No row", text: t("x") })',
        'toast("Saved it well")',
    ],
)
def test_the_scan_of_scripts_finds_what_it_is_for(script):
    assert list(_shown_in_script(script))


@pytest.mark.parametrize(
    "line",
    ['tag("p", "Hello")', 'listing(empty={"title": "None"})', 'column("a", "Head")', 'shell(visit, "Orders", "x")'],
)
def test_the_scan_of_python_finds_what_it_is_for(line):
    assert list(_shown_in_python(ast.parse(line)))
