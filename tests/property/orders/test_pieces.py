"""Random lives: whatever is commanded or told, units are conserved and holds stand behind exactly what is promised."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from entrepot.orders.pieces import COMMANDS, TOLD, Added, Command, Hold, Order, Piece, Spot, Take, apply, spread
from entrepot.orders.pieces.told import Told, ToldLine, catch_up, next_command
from tests.unit.orders.naive_books import NaiveBooks

NODES = ("N1", "N2", "N3")
NAMES = st.sampled_from([name for name in COMMANDS if name not in TOLD])
UNITS = st.integers(1, 4)


class Life(RuleBasedStateMachine):
    """Any command at any time, on books that are a few dictionaries."""

    def __init__(self) -> None:
        super().__init__()
        self.order = Order("c:s:1")
        self.books = NaiveBooks()
        self.asked: Counter[str] = Counter()
        self.received = 0
        self.number = 0
        self.done: dict[str, Command] = {}

    @initialize(units=st.lists(st.integers(0, 6), min_size=3, max_size=3), mode=st.sampled_from(["ship", "pickup"]))
    def receive(self, units: list[int], mode: str) -> None:
        self.order = Order("c:s:1", mode=mode)
        for node, qty in zip(NODES, units, strict=True):
            self.books.stock["A", node, "on_hand"] = qty
            self.received += qty

    @rule(line=st.sampled_from("12"), qty=UNITS)
    def add(self, line: str, qty: int) -> None:
        if self._do("add", adds=(Added(line, "A", qty),)):
            self.asked[line] += qty

    @precondition(lambda self: self.order.pieces)
    @rule(data=st.data(), name=NAMES, node=st.sampled_from(NODES))
    def command(self, data: st.DataObject, name: str, node: str) -> None:
        piece = data.draw(st.sampled_from(self.order.pieces))
        take = Take(data.draw(st.sampled_from([piece.id, piece.line])), data.draw(st.none() | UNITS))
        if name == "source":
            self._do(name, spots=tuple(_spots(data, piece)))
        elif name in ("add", "exchange"):
            if self._do("exchange", takes=(take,), adds=(Added("9", "A", 1),)):
                self.asked["9"] += 1
        else:
            self._do(name, takes=(take,), node=node if name in ("claim", "receive") else None, sku="A")

    @precondition(lambda self: self.order.seen)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        """A command that comes again changes nothing, whatever happened since."""
        last = data.draw(st.sampled_from(sorted(self.done)))
        outcome = apply(self.done[last], self.order)
        assert outcome.value is not None
        assert outcome.value.is_replay
        assert outcome.value.order == self.order

    def _do(self, name: str, **more: object) -> bool:
        self.number += 1
        command = Command(f"c{self.number}", name, **more)  # type: ignore[arg-type]
        outcome = apply(command, self.order)
        if outcome.value is None:
            assert outcome.refusal is not None
            assert outcome.refusal.message
            return False
        after = outcome.value.order
        holds = {e.hold: _piece_of(after, e.hold) for e in outcome.value.effects if isinstance(e, Hold)}
        spots = self.books.do(outcome.value.effects, holds)
        if spots is None:
            return False
        self.order = spread(after, spots)
        self.done[command.id] = command
        return True

    @invariant()
    def units_are_conserved(self) -> None:
        total: Counter[str] = Counter()
        for piece in self.order.pieces:
            total[piece.line] += piece.qty
        assert total == self.asked == Counter(self.order.ordered)

    @invariant()
    def stock_is_conserved(self) -> None:
        inside = sum(self.books.stock.values())
        assert inside == self.received
        assert all(self.books.free("A", node) >= 0 for node in NODES)

    @invariant()
    def holds_stand_behind_what_is_promised(self) -> None:
        promised: Counter[tuple[str, str]] = Counter()
        for piece in self.order.pieces:
            if piece.hold is not None:
                assert piece.node is not None
                promised[piece.hold, piece.node] += piece.qty
        assert promised == Counter({key: units for key, units in self.books.held.items() if units})

    @invariant()
    def names_are_unique(self) -> None:
        names = [piece.id for piece in self.order.pieces]
        assert len(names) == len(set(names))


def _spots(data: st.DataObject, piece: Piece) -> list[Spot]:
    first = data.draw(st.integers(1, piece.qty))
    nodes = data.draw(st.permutations(NODES))
    return [Spot(piece.id, nodes[0], first)] + (
        [Spot(piece.id, nodes[1], piece.qty - first)] if first < piece.qty else []
    )


def _piece_of(order: Order, hold: str) -> str:
    return next(piece.id for piece in order.pieces if piece.hold == hold)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=30)


LINES = st.lists(st.tuples(st.integers(1, 5), *[st.integers(0, 6)] * 5), min_size=1, max_size=3).map(
    lambda rows: tuple(
        ToldLine(str(number), "A", qty, *(min(qty, units) for units in more))
        for number, (qty, *more) in enumerate(rows)
    )
)
TOLDS = st.builds(
    Told,
    lines=LINES,
    is_cancelled=st.booleans(),
    is_held=st.booleans(),
    mode=st.sampled_from(["ship", "pickup", "store"]),
    issued=st.dictionaries(st.tuples(st.just("A"), st.sampled_from(NODES)), st.integers(1, 5), max_size=2),
    back=st.dictionaries(
        st.tuples(st.just("A"), st.sampled_from(NODES), st.sampled_from(["on_hand", "damaged", "quality_hold"])),
        st.integers(1, 4),
        max_size=2,
    ),
)


@given(st.lists(TOLDS, min_size=1, max_size=4))
@settings(max_examples=100)
def test_facts_in_any_sequence_come_to_rest_and_keep_every_unit(tolds: list[Told]) -> None:
    order = Order("c:s:1")
    for told in tolds:
        order, _ = catch_up(told, order)
        assert next_command(told, order) is None, "the same facts ask for nothing more"
        again, done = catch_up(told, order)
        assert (again, done) == (order, [])
        assert {line: sum(p.qty for p in order.pieces if p.line == line) for line in order.ordered} == order.ordered
