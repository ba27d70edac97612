"""Times agreed with a receiver: a stop may have several in a day."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Dispatcher, note
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired

router = resource_router("dispatch", "/dispatch")

_Second = Annotated[int, Field(ge=0, le=129_600, description="after midnight at the node")]
_No = Annotated[int, Path(ge=1, le=2**31 - 1)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TimeBody(_Body):
    """From and to."""

    opens: _Second
    closes: _Second


class TimesBody(_Body):
    """Times at which a stop may be visited; none gives it back what its promise says."""

    windows: Annotated[list[TimeBody], Field(max_length=6)]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class TimesReply(BaseModel):
    """The times that hold, in order."""

    windows: list[TimeBody]


@router.post("/days/{id}/stops/{no}:agree", summary="Agree on times with a receiver")
def post_agree(
    request: Request,
    services: Wired,
    caller: Dispatcher,
    id: Annotated[int, Path(ge=1, le=2**62)],
    no: _No,
    body: TimesBody,
) -> TimesReply:
    """Set when a stop may be visited; the plan stays and is judged by it, the next search keeps to it."""
    wanted = [(one.opens, one.closes) for one in body.windows]
    with services.db.transaction() as conn:
        times = services.days.agree(conn, id, no, wanted, services.clock.now())
        note(conn, request, caller, "dispatch.agree", f"dispatch:{id}", {"stop": no, **body.model_dump()})
    return TimesReply(windows=[TimeBody(opens=opens, closes=closes) for opens, closes in times])
