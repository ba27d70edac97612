"""The frame around every page: navigation by task, search, lag, language, theme, person."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from entrepot.console import assets, language
from entrepot.console.elements import tag, widget
from entrepot.console.explanations import explanations
from entrepot.console.language import _
from entrepot.infra.auth import Principal

LIBRARIES = {
    "list": "nicegui-aggrid",
    "channel": "nicegui-aggrid",
    "availability": "nicegui-echart",
    "promises": "nicegui-echart",
    "orders_chart": "nicegui-echart",
    "cover_map": "nicegui-leaflet",
    "network": "nicegui-echart",
    "network_map": "nicegui-leaflet",
    "dispatch_day": "nicegui-leaflet",
}
"""The library of NiceGUI's wheel that a widget draws with."""

STYLES = (
    "tokens",
    "shell",
    "parts",
    "states",
    "overlays",
    "icons",
    "list",
    "tower",
    "order",
    "decision",
    "desk",
    "carriers",
    "network",
    "dispatch",
    "message",
    "work",
    "login",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page: who, in which language and theme, on which clock."""

    person: Principal | None
    language: str
    theme: str
    time_zone: str

    def may(self, capability: str) -> bool:
        """Return whether the visitor holds a capability."""
        return self.person is not None and self.person.can(capability)


def navigation(visit: Visit) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the groups of pages the visitor may open: (group, [(key, label, path)])."""
    rounds = [("rounds", _("My rounds"), "/rounds")] if visit.may("drive") else []
    if not visit.may("read"):
        return [(_("Operate"), rounds)]
    operate = [
        ("tower", _("Control tower"), "/"),
        ("desk", _("Order desk"), "/desk"),
        ("orders", _("Orders"), "/orders"),
        ("fulfilments", _("Fulfilments"), "/fulfilments"),
        ("stock", _("Stock"), "/stock"),
        ("availability", _("Availability"), "/availability"),
        ("promises", _("Promises"), "/promises"),
        ("carriers", _("Carriers"), "/carriers"),
        ("dispatch", _("Own deliveries"), "/dispatch"),
        *rounds,
        ("quarantine", _("Quarantine"), "/quarantine"),
    ]
    plan = [("network", _("Network"), "/network")]
    platform = [
        ("channels", _("Channels"), "/channels"),
        ("writeback", _("Write-back"), "/writeback"),
        ("jobs", _("Jobs"), "/jobs"),
    ]
    if visit.may("audit_read"):
        platform.append(("audit", _("Audit"), "/audit"))
    platform.append(("settings", _("Settings"), "/settings"))
    return [(_("Operate"), operate), (_("Plan"), plan), (_("Platform"), platform)]


def head(visit: Visit, title: str, widgets: Sequence[str]) -> None:
    """Write the page's head: styles, theme before the first paint, what the scripts need to know."""
    root = assets.root()
    told = {
        "root": root,
        "language": visit.language,
        "languages": language.LANGUAGES,
        "locale": language.HTML_NAMES[visit.language],
        "theme": visit.theme,
        "libraries": sorted({LIBRARIES[name] for name in widgets if name in LIBRARIES}),
        "timeZone": visit.time_zone,
        "person": (visit.person.display_name or visit.person.name) if visit.person else "",
        "role": visit.person.role if visit.person else "",
    }
    # ui.add_head_html takes markup: everything that varies goes through json and html.escape first.
    facts = html.escape(json.dumps(told, ensure_ascii=False))
    styles = "".join(f'<link rel="stylesheet" href="{root}/{name}.css">' for name in STYLES)
    preloads = "".join(f'<link rel="modulepreload" href="{root}/widgets/{name}.js">' for name in widgets)
    ui.add_head_html(
        f'<meta name="entrepot" content="{facts}">'
        f"{styles}"
        f'<script src="{root}/theme.js"></script>'
        f'<link rel="modulepreload" href="{root}/messages/{visit.language}.js">{preloads}'
        f'<script type="module" src="{root}/boot.js"></script>'
    )
    ui.page_title(f"{title} · {_('Entrepot')}")


@contextmanager
def shell(
    visit: Visit, title: str, active: str, *, widgets: Sequence[str], crumb: tuple[str, str] | None = None
) -> Iterator[None]:
    """Draw the frame; what is added inside the ``with`` block is the page.

    Parameters
    ----------
    visit : Visit
        Whose page this is.
    title : str
        The page's name.
    active : str
        Key of its entry in the navigation.
    widgets : sequence of str
        Scripts the page needs at once.
    crumb : tuple of str, optional
        (label, path) of the list a detail page belongs to.
    """
    head(visit, title, widgets)
    tag("a", _("Skip to content"), classes="skip-link", href="#main")
    with tag("div", classes="shell"):
        _navigation(visit, active)
        with tag("header", classes="topbar"):
            tag(
                "button",
                classes="icon-button menu-button",
                type="button",
                data_action="menu",
                aria_label=_("Open navigation"),
                aria_expanded="false",
                aria_controls="nav",
            )
            with tag("div", classes="page-title"):
                if crumb:
                    tag("a", crumb[0], classes="crumb", href=crumb[1])
                tag("h1", title)
            if visit.may("read"):
                widget("search")
                widget("lag")
            widget("account")
        with tag("main", id="main", tabindex="-1", classes=f"page page-{active}"):
            yield
    tag("div", id="why-texts", hidden="", data_texts=json.dumps(explanations(), ensure_ascii=False))


def _navigation(visit: Visit, active: str) -> None:
    with tag("aside", id="nav", classes="nav"):
        with tag("a", classes="brand", href="/"):
            tag("span", classes="brand-mark", aria_hidden="true")
            tag("span", _("Entrepot"), classes="brand-name")
        with tag("nav", aria_label=_("Main navigation")):
            for group, entries in navigation(visit):
                tag("p", group, classes="nav-group")
                for key, label, path in entries:
                    current = {"aria_current": "page"} if key == active else {}
                    with tag("a", classes="nav-item", href=path, data_key=key, **current):
                        tag("span", classes=f"icon icon-{key}", aria_hidden="true")
                        tag("span", label)
                        tag("span", classes="nav-count", data_count=key)
    tag("div", classes="scrim", data_action="close-menu", aria_hidden="true")
