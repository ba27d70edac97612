"""Commands whose modules are loaded when they are asked for: all of them together take seconds to load."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup


class Entry(NamedTuple):
    """Where a command is, ``module:name`` in this package, and what is said of it in the list of all."""

    place: str
    help: str


COMMANDS: Final = {
    "serve": Entry("serve:serve", "Serve the console, the API and the webhooks until stopped with Ctrl-C."),
    "translate": Entry(
        "translate:translate_files", "Print the canonical records and findings of message files as JSON lines."
    ),
    "demo": Entry("demo:app", "The demo retailer."),
    "load": Entry("load:app", "Load real data through the hub."),
    "shop": Entry("hub:shops", "Shops registered with the hub."),
    "quarantine": Entry("hub:quarantine", "What was kept out, and replay."),
    "orders": Entry("orders:app", "Orders, and where their fields come from."),
    "stock": Entry("stock:app", "The stock book."),
    "hold": Entry("holds:app", "Stock held for carts, orders, transfers and channels."),
    "supply": Entry("availability:supply", "Supply that is due: purchase orders, transfers, returns."),
    "writeback": Entry("availability:writeback", "What channels should be told."),
    "promise": Entry("promise:app", "Delivery dates: how they would have been kept, what is promised."),
    "carriers": Entry("carriers:app", "Carriers: rate sheets, quotes, scorecards, cartons."),
    "sourcing": Entry("sourcing:app", "Where orders leave from: decisions, stock prices, terms."),
    "roads": Entry("roads:app", "Road maps and traffic: build, and ask for matrices."),
    "routes": Entry("routes:app", "Vehicle routes: plan, and check."),
    "waves": Entry("waves:app", "Waves and same-day delivery: what goes now, what may wait."),
    "dispatch": Entry("dispatch:app", "Delivery days of own vehicles."),
    "network": Entry("network:app", "Warehouse networks: design, and check."),
    "user": Entry("settings:users", "Users and their passwords."),
    "token": Entry("settings:tokens", "API tokens."),
    "desk": Entry(
        "desk:show_desk", "List orders that need a person: the earliest deadline first, of equals the most money."
    ),
    "status": Entry("settings:status", "Tell what is in the database and how far the log's readers are behind."),
}


class LateGroup(TyperGroup):
    """The group of all commands; until one is asked for it is a name and a line of help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = {name: TyperGroup(name=name, help=entry.help) for name, entry in COMMANDS.items()}

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command that is meant, and load it."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else load(name), rest


def load(name: str) -> TyperCommand | TyperGroup:
    """Load a command.

    Parameters
    ----------
    name : str
        One of `COMMANDS`.

    Returns
    -------
    TyperCommand or TyperGroup
        A group where there are commands below it.
    """
    module, _, attribute = COMMANDS[name].place.partition(":")
    found = getattr(import_module(f"entrepot.cli.{module}"), attribute)
    alone = typer.Typer(add_completion=False)
    if not isinstance(found, typer.Typer):
        alone.command(name)(found)
        return cast("TyperCommand", typer.main.get_command(alone))
    alone.add_typer(found, name=name, help=COMMANDS[name].help)
    return cast("TyperGroup", typer.main.get_group(alone).commands[name])
