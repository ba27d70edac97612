"""Runs the exit handlers also when the app is told to end by a signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

Handler = signal.Handlers | Callable[[int, FrameType | None], NoReturn]

ENDING = (signal.SIGTERM, signal.SIGHUP)


def turn_signals_into_exits() -> None:
    """Let SIGTERM and SIGHUP end the app as ``sys.exit`` does, where the app has not decided otherwise."""
    _replace(signal.SIG_DFL, _exit_by_signal)


def leave_signals() -> None:
    """Put the signals back as they were."""
    _replace(_exit_by_signal, signal.SIG_DFL)


def _replace(old: Handler, new: Handler) -> None:
    if threading.current_thread() is not threading.main_thread():
        return  # only the main thread may
    for number in ENDING:
        if signal.getsignal(number) == old:
            signal.signal(number, new)


def _exit_by_signal(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
