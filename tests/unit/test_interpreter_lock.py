"""Compiled loops let go of the interpreter: searches run in threads of the process that answers the console."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import pytest
from numba.core.dispatcher import Dispatcher

import entrepot.delivery.routing
import entrepot.network.solver


def modules(package: ModuleType) -> list[str]:
    return [one.name for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]


@pytest.mark.parametrize("name", modules(entrepot.network.solver) + modules(entrepot.delivery.routing))
def test_no_loop_holds_the_interpreter(name: str) -> None:
    loops = [one for one in vars(importlib.import_module(name)).values() if isinstance(one, Dispatcher)]
    assert [one.__name__ for one in loops if not one.targetoptions.get("nogil")] == []
