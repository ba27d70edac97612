"""Plain HTML elements in NiceGUI's tree. Text is always text: nothing here takes markup."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement


def tag(name: str, text: str = "", /, *, classes: str = "", **attributes: str) -> Element:
    """Add an element; ``data_x`` names become ``data-x``.

    Parameters
    ----------
    name : str
        The HTML name.
    text : str
        Its text, escaped.
    classes : str
        Its classes.
    **attributes : str
        Its attributes.

    Returns
    -------
    Element
        The element, a context for its children.
    """
    element = TextElement(tag=name, text=text) if text else ui.element(name)
    if classes:
        element.classes(classes)
    for attribute, value in attributes.items():
        element.props[attribute.rstrip("_").replace("_", "-")] = value
    return element


def widget(name: str, /, *, classes: str = "", **config: Any) -> Element:
    """Add a place that ``static/widgets/<name>.js`` fills in the browser, with its configuration."""
    return tag(
        "div",
        classes=f"widget {classes}".strip(),
        data_widget=name,
        data_config=json.dumps(config, ensure_ascii=False, separators=(",", ":")),
    )


def panel(title: str, name: str, /, *, why: str = "", classes: str = "", **config: Any) -> None:
    """Add a titled panel around a widget; ``why`` names the explanation its question mark opens."""
    with tag("section", classes=f"panel {classes}".strip(), aria_label=title):
        with tag("header", classes="panel-head"):
            tag("h2", title)
            if why:
                tag("button", "?", classes="why", type="button", data_why=why)
            tag("span", classes="panel-note", data_note="")
        widget(name, classes="panel-body", **config)
