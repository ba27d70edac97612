"""Commands to an order's pieces: what people do to orders, one at a time."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Request
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Fulfiller, note
from entrepot.api.refused import raise_refusal
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.infra.database import retry_conflicts
from entrepot.kernel.errors import InputError
from entrepot.kernel.outcome import Outcome
from entrepot.orders.lifecycle import Edit, Lifecycle, Standing
from entrepot.orders.pieces import COMMANDS, TOLD, Added, Applied, Command, Spot, Take, status
from entrepot.orders.pieces.piece import LINE_PATTERN
from entrepot.orders.pieces.transitions import BY_COMMAND, leads_back

router = resource_router("fulfilment")

Name = Annotated[str, Field(min_length=1, max_length=200)]
Units = Annotated[int, Field(ge=1, le=10**9)]
EDIT: Final = "edit"
_WHOSE: Final = {
    "takes": [name for name in COMMANDS if name not in ("add", "source")] + [EDIT],
    "spots": ["source"],
    "adds": [EDIT, "add", "exchange"],
    "sku": ["match"],
    "parcel": ["ship"],
    "node": [name for name in COMMANDS if name not in ("add", "source")],
}
"""Commands by the field that only they read."""

_NEEDED: Final = {"match": "sku", "source": "spots"}
"""What a command cannot do without."""


class TakeBody(BaseModel):
    """Units of a line or of a piece; all that may be taken where no quantity is given."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    qty: Units | None = None


class SpotBody(BaseModel):
    """Units of a piece at a node."""

    model_config = ConfigDict(extra="forbid")

    piece: Name
    node: Name
    qty: Units


class AddBody(BaseModel):
    """Units asked for in addition: of a line the order has, or of a new one."""

    model_config = ConfigDict(extra="forbid")

    line: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE_PATTERN)]
    sku: Name
    qty: Units


class ParcelBody(BaseModel):
    """What left: the carrier and the parcel's number."""

    model_config = ConfigDict(extra="forbid")

    carrier: Name
    tracking_no: Name


class CommandBody(BaseModel):
    """A command to an order's pieces; the same id again is the same command."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200, description="made by the caller")]
    command: Annotated[Name, Field(description=f"{EDIT}, {', '.join(name for name in COMMANDS if name not in TOLD)}")]
    takes: Annotated[list[TakeBody], Field(max_length=1000)] = []
    node: Annotated[
        Name | None, Field(description="who acts; for claim and receive, the node that takes the units")
    ] = None
    spots: Annotated[list[SpotBody], Field(max_length=1000, description="for source: the node of each piece")] = []
    adds: Annotated[list[AddBody], Field(max_length=1000, description="for edit, add and exchange")] = []
    sku: Annotated[Name | None, Field(description="for match")] = None
    parcel: Annotated[ParcelBody | None, Field(description="for ship")] = None
    reason: Annotated[str, Field(max_length=500)] = ""
    expected_version: Annotated[int | None, Field(ge=0, description="refused as stale when the order has another")] = (
        None
    )

    def refuse_unread(self) -> None:
        """Refuse what the command would not read, instead of losing it, and one without what it is about.

        Raises
        ------
        InputError
            ``orders.field``.
        """
        needed = _NEEDED.get(self.command)
        if needed is not None and not getattr(self, needed):
            raise InputError(
                "orders.field", f"The command {self.command!r} is given no {needed!r}.", f"Name its {needed!r}."
            )
        for field, commands in _WHOSE.items():
            if getattr(self, field) and self.command not in commands:
                raise InputError(
                    "orders.field",
                    f"The command {self.command[:40]!r} reads no {field!r}.",
                    f"Leave {field!r} out; it is for {', '.join(commands)}.",
                )

    def command_of(self, actor: str) -> Command:
        """Return it as the machine reads it.

        Raises
        ------
        InputError
            ``orders.command`` when people may not give it.
        """
        if self.command not in COMMANDS or self.command in TOLD:
            names = ", ".join(name for name in COMMANDS if name not in TOLD)
            raise InputError(
                "orders.command", f"There is no command {self.command[:40]!r}.", f"Use one of {EDIT}, {names}."
            )
        return Command(
            self.id,
            self.command,
            takes=tuple(Take(one.name, one.qty) for one in self.takes),
            node=self.node,
            spots=tuple(Spot(one.piece, one.node, one.qty) for one in self.spots),
            adds=tuple(Added(one.line, one.sku, one.qty) for one in self.adds),
            sku=self.sku,
            expected_version=self.expected_version,
            actor=actor,
            reason=self.reason,
            parcel=None if self.parcel is None else (self.parcel.carrier, self.parcel.tracking_no),
        )

    def do(self, conn: Connection, lifecycle: Lifecycle, standing: Standing, actor: str) -> Outcome[Applied]:
        """Do it, to an order that is locked and follows its facts.

        Raises
        ------
        InputError
            ``orders.command``, ``orders.field``.
        """
        if self.command == EDIT:
            self.refuse_unread()
            more = [Added(one.line, one.sku, one.qty) for one in self.adds]
            less = [Take(one.name, one.qty) for one in self.takes]
            return lifecycle.edit(conn, standing, Edit(self.id, more, less, actor, self.reason, self.expected_version))
        command = self.command_of(actor)
        self.refuse_unread()
        return lifecycle.ask(conn, standing, command, None if self.parcel is None else self.parcel.model_dump())


class ChangeReply(BaseModel):
    """Units that went from one state to another."""

    piece: str
    line: str
    sku: str | None
    qty: int
    source: str
    target: str
    node: str | None


class CommandReply(BaseModel):
    """What a command came to; ``undo`` is the command that leads back, where one does."""

    version: int
    status: str
    is_replay: bool
    undo: str | None
    changes: list[ChangeReply]


@router.post("/orders/{order_id:path}/commands", summary="Do something to an order")
def post_command(
    request: Request, services: Wired, caller: Fulfiller, order_id: str, body: CommandBody
) -> CommandReply:
    """Do one command: all of it, or nothing.

    Refused with 409 and the reason: the code's last word. ``edit`` changes quantities whole or not at all: ``adds``
    are held at once, ``takes`` are cancelled.
    """

    def once() -> CommandReply:
        with services.db.transaction() as conn:
            standing = services.lifecycle.follow(conn, services.lifecycle.lock(conn, order_id))
            outcome = body.do(conn, services.lifecycle, standing, caller.name)
            if outcome.value is None:
                raise_refusal("orders", outcome.refusal)
            if not outcome.value.is_replay:
                note(conn, request, caller, f"order.{body.command}", f"order:{order_id}", _detail(body))
            return _command_reply(outcome.value, body.command)

    return retry_conflicts(once)


def _command_reply(applied: Applied, name: str) -> CommandReply:
    rows = [BY_COMMAND[name, one.source] for one in applied.changes if (name, one.source) in BY_COMMAND]
    undos = {row.undo if leads_back(row) else "" for row in rows}
    return CommandReply(
        version=applied.order.version,
        status=status(applied.order.pieces),
        is_replay=applied.is_replay,
        undo=undos.pop() or None if len(undos) == 1 else None,
        changes=[ChangeReply(**change._asdict()) for change in applied.changes],
    )


def _detail(body: CommandBody) -> dict[str, object]:
    return body.model_dump(exclude_defaults=True, exclude={"command"})
