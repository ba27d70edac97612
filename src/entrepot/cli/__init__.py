"""The command line: ``entrepot``.

Reading commands have ``--json``. Errors go to stderr; exit codes: 1 our fault or the machine's, 2 the request,
3 not found, 4 refused, 5 conflict.
"""

from __future__ import annotations

import atexit
import gc
import logging
import signal
import sys
from types import FrameType
from typing import Final

import typer

from entrepot.cli.late import LateGroup
from entrepot.kernel.errors import Conflict, EntrepotError, InputError, NotFound, Refused

app = typer.Typer(
    name="entrepot",
    cls=LateGroup,
    help="One stock, one plan, one settlement for a retailer that sells through many channels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def _all() -> None:  # what has no command of its own is a group only with this
    pass


_CODES: Final = ((InputError, 2), (NotFound, 3), (Refused, 4), (Conflict, 5), (EntrepotError, 1))


def _is_text(word: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _terminate(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> None:
    """Run the command line; ended by SIGTERM it leaves as by an error, so that what it started ends with it."""
    # What is loaded stays: to look through it so often, and once more to leave, takes a fifth of a short command.
    gc.set_threshold(50_000, 20, 50)
    atexit.register(gc.freeze)
    signal.signal(signal.SIGTERM, _terminate)
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    try:
        app()
    except EntrepotError as error:
        print(f"entrepot: {error} [{error.code}]", file=sys.stderr)
        sys.exit(next(code for kind, code in _CODES if isinstance(error, kind)))
    except OSError as error:
        print(f"entrepot: the system refuses: {error} [os.{error.errno}]", file=sys.stderr)
        sys.exit(1)
    except UnicodeEncodeError:
        strange = next((word for word in sys.argv[1:] if not _is_text(word)), None)
        if strange is None:
            raise
        print(f"entrepot: {strange!r} is no text in UTF-8. Write it anew. [cli.text]", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        print("entrepot: stopped; what was taken is kept, the same command goes on", file=sys.stderr)
        sys.exit(130)
