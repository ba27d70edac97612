"""Fulfilments: the work of one node - accept, pick, pack, hand over - made for a thumb."""

from __future__ import annotations

from fastapi import Request

from entrepot.console.elements import widget
from entrepot.console.language import _
from entrepot.console.pages.page import guarded
from entrepot.console.ports import Services
from entrepot.console.shell import Visit, shell


def register(services: Services) -> None:
    """Serve ``/fulfilments``."""
    guarded(services, "/fulfilments", _draw)


def _draw(visit: Visit, request: Request) -> None:
    with shell(visit, _("Fulfilments"), "fulfilments", widgets=["fulfilments"]):
        widget("fulfilments", may_act=visit.may("fulfil"))
