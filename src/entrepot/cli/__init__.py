"""The command line: ``entrepot``.

Reading commands have ``--json``. Errors go to stderr; exit codes: 1 our fault or the machine's, 2 the request,
3 not found, 4 refused, 5 conflict.
"""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType
from typing import Final

import typer

from entrepot.cli import (
    availability,
    carriers,
    demo,
    desk,
    dispatch,
    holds,
    hub,
    load,
    network,
    network_study,
    orders,
    promise,
    roads,
    routes,
    serve,
    settings,
    sourcing,
    stock,
    translate,
    waves,
)
from entrepot.kernel.errors import Conflict, EntrepotError, InputError, NotFound, Refused

app = typer.Typer(
    name="entrepot",
    help="One stock, one plan, one settlement for a retailer that sells through many channels.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("translate")(translate.translate_files)
app.add_typer(demo.app, name="demo", help="The demo retailer.")
app.add_typer(load.app, name="load", help="Load real data through the hub.")
app.add_typer(hub.shops, name="shop", help="Shops registered with the hub.")
app.add_typer(hub.quarantine, name="quarantine", help="What was kept out, and replay.")
app.add_typer(orders.app, name="orders", help="Orders, and where their fields come from.")
stock.app.command("atp")(availability.atp)
app.add_typer(stock.app, name="stock", help="The stock book.")
app.add_typer(holds.app, name="hold", help="Stock held for carts, orders, transfers and channels.")
app.add_typer(availability.supply, name="supply", help="Supply that is due: purchase orders, transfers, returns.")
app.add_typer(availability.writeback, name="writeback", help="What channels should be told.")
app.add_typer(promise.app, name="promise", help="Delivery dates: how they would have been kept, what is promised.")
app.add_typer(carriers.app, name="carriers", help="Carriers: rate sheets, quotes, scorecards, cartons.")
app.add_typer(sourcing.app, name="sourcing", help="Where orders leave from: decisions, stock prices, terms.")
app.add_typer(roads.app, name="roads", help="Road maps and traffic: build, and ask for matrices.")
app.add_typer(routes.app, name="routes", help="Vehicle routes: plan, and check.")
network.app.command("zones")(network_study.show_zones)
network.app.command("draw")(network_study.draw_network)
network.app.command("studies")(network_study.list_studies)
app.add_typer(waves.app, name="waves", help="Waves and same-day delivery: what goes now, what may wait.")
app.add_typer(dispatch.app, name="dispatch", help="Delivery days of own vehicles.")
app.add_typer(network.app, name="network", help="Warehouse networks: design, and check.")
app.add_typer(settings.users, name="user", help="Users and their passwords.")
app.add_typer(settings.tokens, name="token", help="API tokens.")
app.command("desk")(desk.show_desk)
app.command("status")(settings.status)

_CODES: Final = ((InputError, 2), (NotFound, 3), (Refused, 4), (Conflict, 5), (EntrepotError, 1))


def _is_text(word: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in word)


def _terminate(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def main() -> None:
    """Run the command line; ended by SIGTERM it leaves as by an error, so that what it started ends with it."""
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
