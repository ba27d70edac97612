"""Sourcing decisions: why an order leaves from where it does, made again, or overridden with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field

from entrepot.api.access import Fulfiller, Reader, note
from entrepot.api.paging import Page, Paged, decode_cursor, encode_cursor
from entrepot.api.refused import raise_refusal
from entrepot.api.resource import resource_router
from entrepot.api.services import Wired
from entrepot.flows.sourcing import decision_in_force, decision_numbered, replay_decision
from entrepot.infra.database import retry_conflicts
from entrepot.orders.sourcing import price_store, store
from entrepot.orders.sourcing.decision import BINDING, Candidate

router = resource_router("sourcing")

Name = Annotated[str, Field(min_length=1, max_length=200)]


class CostReply(BaseModel):
    """The parts of a cost in minor units; ``total`` is their sum."""

    carrier: int
    handling: int
    split: int
    load: int
    markdown: int
    stock_price: int
    refusal: int
    total: int


class PickReply(BaseModel):
    """Pieces of an order line, named by its piece."""

    line: str
    sku: str
    qty: int


class ShareReply(BaseModel):
    """What one node sends, with which service."""

    node: str
    carrier: str
    service: str
    leaves_at: datetime | None
    arrives_at: datetime | None
    picks: list[PickReply]
    cost: CostReply


class CandidateReply(BaseModel):
    """One way to serve the order."""

    nodes: list[str]
    cost: CostReply
    shares: list[ShareReply]


class LeftOutReply(BaseModel):
    """A node that was not considered, and why."""

    node: str
    reason: str
    message: str


class DecisionRow(BaseModel):
    """A decision in a list."""

    seq: int
    order: str
    kind: Literal["single", "batch", "override"]
    at: datetime
    nodes: list[str]
    total: int | None
    binding: str
    message: str
    gap_to_runner_up: int | None
    actor: str
    reason: str


class DecisionReply(DecisionRow):
    """A decision with everything behind it; amounts in minor units of ``currency``."""

    currency: str
    version: str
    price_run: int | None
    position: tuple[int, int]
    bound: int
    is_exact: bool
    batch: int | None
    overrides: int | None
    waived: Annotated[str, Field(description="why it was decided without its promise; empty where the promise bound")]
    candidates: list[CandidateReply]
    left_out: list[LeftOutReply]


class ReplayReply(BaseModel):
    """A decision made again from what was known then."""

    seq: int
    version: str
    is_same: bool
    again: dict[str, object]


class OverrideBody(BaseModel):
    """Who is to send the order, and why; among several nodes the cheapest way is taken."""

    model_config = ConfigDict(extra="forbid")

    nodes: Annotated[list[Name], Field(min_length=1, max_length=50)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class DecisionFilter(Paged):
    """Filters of the list of decisions."""

    order: Annotated[str | None, Field(max_length=200)] = None
    kind: Literal["single", "batch", "override"] | None = None
    binding: Annotated[str | None, Field(max_length=40, description=f"one of {', '.join(BINDING)}")] = None
    node: Annotated[str | None, Field(max_length=200)] = None


@router.get("/decisions", summary="List sourcing decisions")
def get_decisions(services: Wired, caller: Reader, wanted: Annotated[DecisionFilter, Query()]) -> Page[DecisionRow]:
    """List decisions, newest first."""
    before = decode_cursor(wanted.cursor, tuple[int])
    with services.db.read() as conn:
        found = store.listed(
            conn,
            before=None if before is None else before[0],
            limit=wanted.limit + 1,
            order=wanted.order or None,
            kind=wanted.kind,
            binding=wanted.binding or None,
            node=wanted.node or None,
        )
    items = [DecisionRow.model_validate(_row(one)) for one in found[: wanted.limit]]
    return Page(items=items, next=encode_cursor(items[-1].seq) if len(found) > wanted.limit else None)


@router.get("/orders/{order_id:path}/decision", summary="Explain where an order leaves from")
def get_decision(services: Wired, caller: Reader, order_id: str) -> DecisionReply:
    """Read the decision in force: candidates with the parts of their cost, nodes left out, and what decided."""
    with services.db.read() as conn:
        return _reply(decision_in_force(conn, order_id), price_store.terms(conn).currency)


@router.post("/orders/{order_id:path}/decision:replay", summary="Make a decision again")
def post_replay(
    services: Wired,
    caller: Reader,
    order_id: str,
    seq: Annotated[int | None, Query(description="another decision of the order; the one in force if none")] = None,
) -> ReplayReply:
    """Decide again from the facts of then; nothing is changed. ``is_same`` tells whether the answer is equal."""
    with services.db.read() as conn:
        stored = decision_in_force(conn, order_id) if seq is None else decision_numbered(conn, seq, order_id)
        replayed = replay_decision(conn, stored)
    again = replayed.again
    body = _candidate(again).model_dump(mode="json") if isinstance(again, Candidate) else msgspec.to_builtins(again)
    return ReplayReply(seq=stored.seq, version=stored.version, is_same=replayed.is_same, again=body)


@router.post("/orders/{order_id:path}/decision:override", summary="Override a decision")
def post_override(
    request: Request, services: Wired, caller: Fulfiller, order_id: str, body: OverrideBody
) -> DecisionReply:
    """Say which nodes send an order that is not released yet; its stock moves there in the same moment.

    Refused with 409 and the reason, the code's last word: ``no_reason``, ``nothing_to_source``, ``unknown_node``,
    ``impossible`` (a rule or the stock forbids it), ``moved`` (the stock went meanwhile).
    """

    def once() -> DecisionReply:
        with services.db.transaction() as conn:
            outcome = services.sourcing.override(
                conn, services.lifecycle, order_id, body.nodes, body.reason, caller.name
            )
            if outcome.value is None:
                raise_refusal("sourcing", outcome.refusal)
            note(conn, request, caller, "order.override", f"order:{order_id}", body.model_dump())
            return _reply(outcome.value, price_store.terms(conn).currency)

    return retry_conflicts(once)


def _row(stored: store.Stored) -> dict[str, object]:
    decision = stored.decision
    return {
        "seq": stored.seq,
        "order": stored.order,
        "kind": stored.kind,
        "at": stored.at,
        "nodes": stored.nodes,
        "total": stored.total,
        "binding": stored.binding,
        "message": decision.binding.message,
        "gap_to_runner_up": decision.gap_to_runner_up,
        "actor": stored.actor,
        "reason": stored.reason,
    }


def _reply(stored: store.Stored, currency: str) -> DecisionReply:
    decision = stored.decision
    return DecisionReply.model_validate(
        {
            **_row(stored),
            "currency": currency,
            "version": stored.version,
            "price_run": stored.price_run,
            "position": decision.position,
            "bound": decision.bound,
            "is_exact": decision.is_exact,
            "batch": stored.batch,
            "overrides": stored.overrides,
            "waived": stored.facts.facts.waived if stored.facts is not None else "",
            "candidates": [_candidate(one) for one in decision.candidates],
            "left_out": [one._asdict() for one in decision.left_out],
        }
    )


def _candidate(one: Candidate) -> CandidateReply:
    return CandidateReply(
        nodes=list(one.nodes),
        cost=CostReply(**one.cost._asdict(), total=one.total),
        shares=[
            ShareReply(
                node=share.node,
                carrier=share.quote.carrier,
                service=share.quote.service,
                leaves_at=share.quote.leaves_at,
                arrives_at=share.quote.arrives_at,
                picks=[PickReply(**pick._asdict()) for pick in share.picks],
                cost=CostReply(**share.cost._asdict(), total=share.cost.total),
            )
            for share in one.shares
        ],
    )
