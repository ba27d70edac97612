"""``entrepot user``, ``entrepot token`` and ``entrepot status``."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.infra import log
from entrepot.infra.auth import SYSTEM, create_user, issue_token, list_users, set_password

users = typer.Typer(no_args_is_help=True)
tokens = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
Password = Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="PASSWORD")]


@users.command("list")
def show_users(as_json: AsJson = False) -> None:
    """List users."""
    with platform() as opened, opened.db.read() as conn:
        print_rows([{"name": user.name, "role": user.role} for user in list_users(conn)], as_json)


@users.command("add")
def add_user(name: str, password: Password, role: Annotated[str, typer.Option()] = "viewer") -> None:
    """Create a user."""
    with platform() as opened, opened.db.transaction() as conn:
        create_user(conn, name, password, role, by=SYSTEM)


@users.command("password")
def change_password(name: str, password: Password) -> None:
    """Set a user's password."""
    with platform() as opened, opened.db.transaction() as conn:
        set_password(conn, name, password, by=SYSTEM)


@tokens.command("issue")
def issue(
    user: Annotated[str, typer.Argument(help="Whose token it is.")],
    scope: Annotated[list[str], typer.Option(help="What it may be used for, such as read or intake; repeat.")],
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
) -> None:
    """Issue an API token; it is shown once."""
    with platform() as opened, opened.db.transaction() as conn:
        token = issue_token(conn, user, name, scope, by=SYSTEM)
    typer.echo(token.secret)
    errors.print("Keep it; it is not shown again.")


def status(as_json: AsJson = False) -> None:
    """Tell what is in the database and how far the log's readers are behind."""
    with platform() as opened, opened.db.read() as conn:
        counts = {
            table: (conn.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0]
            for table in ("hub.raw", "orders.orders", "orders.parcel", "stock.sku", "stock.movement", "log.event")
        }
        open_entries = conn.execute("SELECT count(*) FROM hub.quarantine WHERE resolved_at IS NULL").fetchone()
        lags = [lag._asdict() for lag in log.lags(conn)]
    whole = {"counts": counts, "quarantined": (open_entries or (0,))[0], "readers": lags}
    if as_json:
        print_json(whole)
    else:
        print_rows([{"what": name, "count": count} for name, count in counts.items()], False)
        print_rows(lags, False)
