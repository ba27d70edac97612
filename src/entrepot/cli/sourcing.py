"""``entrepot sourcing``: decisions explained and made again, stock prices, waiting orders, the retailer's terms."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Annotated, TypeVar

import msgspec
import typer

from entrepot.cli.screen import errors, platform, print_json, print_rows
from entrepot.flows.sourcing import decision_in_force, decision_numbered, replay_decision
from entrepot.flows.sourcing_batch import reoptimise_waiting
from entrepot.flows.sourcing_prices import solve_prices
from entrepot.infra.auth import SYSTEM, record_audit
from entrepot.kernel.errors import Conflict, InputError, NotFound
from entrepot.orders.sourcing import price_store
from entrepot.orders.sourcing.decision import Candidate
from entrepot.orders.sourcing.terms import NodeTerms, Terms

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines.")]
OrderName = Annotated[str, typer.Argument(help="channel:shop:native id")]
_BY = "command line"
T = TypeVar("T", Terms, NodeTerms)


@app.command("explain")
def explain(order: OrderName, as_json: AsJson = False) -> None:
    """Tell where an order leaves from and why: candidates with the parts of their cost, nodes left out."""
    with platform() as opened, opened.db.read() as conn:
        stored = decision_in_force(conn, order)
    decision = stored.decision
    if as_json:
        meta = stored._asdict()
        print_json({**{key: meta[key] for key in meta if key not in ("snapshot", "answer")}, "answer": decision})
        return
    typer.echo(f"{order}: {' with '.join(stored.nodes) or 'nobody'}  ({stored.kind}, {stored.at:%Y-%m-%d %H:%M} UTC)")
    typer.echo(f"  {decision.binding.reason}: {decision.binding.message}")
    if stored.reason:
        typer.echo(f"  overridden by {stored.actor}: {stored.reason}")
    print_rows([_row(one) for one in decision.candidates], as_json=False)
    for one in decision.left_out:
        typer.echo(f"  not {one.node} ({one.reason}): {one.message}")


@app.command("replay")
def replay(
    order: OrderName,
    seq: Annotated[int | None, typer.Option(help="Another decision than the one in force.")] = None,
    as_json: AsJson = False,
) -> None:
    """Decide again from what was known then; exit 5 when the answer is another."""
    with platform() as opened, opened.db.read() as conn:
        stored = decision_in_force(conn, order) if seq is None else decision_numbered(conn, seq, order)
        replayed = replay_decision(conn, stored)
    if as_json:
        print_json({"seq": stored.seq, "version": stored.version, "is_same": replayed.is_same, "again": replayed.again})
    else:
        typer.echo(
            f"decision {stored.seq} ({stored.version}): {'the same answer' if replayed.is_same else 'another answer'}"
        )
    if not replayed.is_same:
        raise Conflict("sourcing.another", f"Decision {stored.seq} is answered otherwise now.", "Compare the versions.")


@app.command("prices")
def prices(
    solve: Annotated[bool, typer.Option("--solve", help="Solve anew first.")] = False,
    sku: Annotated[str | None, typer.Option()] = None,
    node: Annotated[str | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, max=100000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List what stock is worth where it lies, the dearest first; amounts in minor units."""
    with platform() as opened:
        if solve:
            solve_prices(opened.db, opened.carriers, opened.clock.now(), _BY)
        with opened.db.read() as conn:
            run = price_store.newest_run(conn)
            if run is None:
                raise NotFound("sourcing.no_prices", "Stock was never priced.", "Run entrepot sourcing prices --solve.")
            rows = price_store.price_rows(conn, run.id, sku, node, limit)
    print_rows([row._asdict() for row in rows], as_json)
    if not as_json:
        errors.print(
            f"solution {run.id} of {run.solved_at:%Y-%m-%d %H:%M} UTC: {run.baskets:,} orders of {run.history_days} "
            f"days in {run.profiles:,} kinds, {run.cells:,} cells, {run.milliseconds:,} ms"
        )


@app.command("reoptimise")
def reoptimise(as_json: AsJson = False) -> None:
    """Decide the orders that wait for their release together, and move those that gain."""
    with platform() as opened:
        done = reoptimise_waiting(opened.db, opened.lifecycle, opened.carriers, opened.clock.now(), _BY)
    if as_json:
        print_json(done._asdict())
        return
    typer.echo(
        f"{done.orders} orders waited, {done.moved} moved, {done.together} travel together; "
        f"cost {done.before} before, {done.after} after, at least {done.bound:.0f}"
    )


@app.command("override")
def override(
    order: OrderName,
    nodes: Annotated[list[str], typer.Option("--node", help="Who may send it; repeat.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    as_json: AsJson = False,
) -> None:
    """Say which nodes send an order that is not released yet."""
    with platform() as opened, opened.db.transaction() as conn:
        outcome = opened.sourcing.override(conn, opened.lifecycle, order, nodes, reason, _BY)
        if outcome.refusal is not None:
            raise Conflict(f"sourcing.{outcome.refusal.reason}", outcome.refusal.message, "", **outcome.refusal.facts)
        record_audit(conn, SYSTEM, "order.override", f"order:{order}", {"nodes": nodes, "reason": reason})
        stored = outcome.value
    assert stored is not None
    if as_json:
        print_json({"seq": stored.seq, "nodes": stored.nodes, "total": stored.total})
    else:
        typer.echo(f"decision {stored.seq}: {' with '.join(stored.nodes)}")


@app.command("policy")
def policy(
    settings: Annotated[list[str] | None, typer.Argument(help="NAME=VALUE, to change; none to read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read or change what the retailer weighs; amounts in minor units, VALUE null for none."""
    with platform() as opened, opened.db.transaction() as conn:
        terms = price_store.terms(conn)
        if settings:
            terms = _changed(terms, settings)
            price_store.set_terms(conn, terms, _BY)
            record_audit(conn, SYSTEM, "sourcing.policy", "sourcing:policy", dict(_given(settings)))
    print_rows([{"name": name, "value": value} for name, value in asdict(terms).items()], as_json)


@app.command("node")
def node_terms(
    node: Annotated[str, typer.Argument(help="Whose terms.")],
    settings: Annotated[list[str] | None, typer.Argument(help="NAME=VALUE, to change; none to read.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read or change what is special about a node: capacity, handling, channels (a JSON list), takes_hazmat."""
    with platform() as opened, opened.db.transaction() as conn:
        if conn.execute("SELECT 1 FROM stock.node WHERE id = %s", (node,)).fetchone() is None:
            raise NotFound("sourcing.node", f"There is no node {node[:80]!r}.", "Look it up in the list of nodes.")
        terms = price_store.node_terms(conn).get(node, NodeTerms(node))
        if settings:
            terms = replace(_changed(terms, settings), node=node)
            price_store.set_node(conn, terms, _BY)
            record_audit(conn, SYSTEM, "sourcing.node", f"node:{node}", dict(_given(settings)))
    print_rows([{"name": name, "value": value} for name, value in asdict(terms).items()], as_json)


def _changed(terms: T, settings: list[str]) -> T:
    """Return terms with some settings changed; a name or value that does not fit is refused."""
    given = _given(settings)
    unknown = sorted(given.keys() - asdict(terms).keys())
    if unknown:
        raise InputError(
            "sourcing.setting", f"There is no setting {', '.join(unknown)}.", "Read them without a change."
        )
    try:
        return msgspec.convert({**asdict(terms), **given}, type(terms))
    except msgspec.ValidationError as error:
        raise InputError("sourcing.setting", f"A setting does not fit: {error}.", "Mend its value.") from None


def _given(settings: list[str]) -> dict[str, object]:
    given: dict[str, object] = {}
    for entry in settings:
        name, is_given, value = entry.partition("=")
        if not is_given:
            raise InputError("sourcing.setting", f"{entry!r} is not NAME=VALUE.", "Such as split_penalty=300.")
        given[name] = _value(value)
    return given


def _value(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _row(one: Candidate) -> dict[str, object]:
    return {"nodes": " with ".join(one.nodes), "total": one.total, **one.cost._asdict()}
