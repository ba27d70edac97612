"""Goods into and between the retailer's nodes: opening stock, suppliers, weekly transfers, counts, damage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from entrepot.simulator.demand import ORDERS_PER_DAY
from entrepot.simulator.emit import files
from entrepot.simulator.message import china_time
from entrepot.simulator.nodes import Node
from entrepot.simulator.world import World

COVER_DAYS: Final = 40
SAFETY_DAYS: Final = 9
SHORT_SHARE: Final = 0.003
COUNTED: Final = {"rdc": 24, "store": 6}

LATE_SUPPLIER: Final = "SUP-03"
LATE_FROM_DAY: Final = 3
LATE_UNTIL_DAY: Final = 62
LATE_COVER_DAYS: Final = 21
"""The supplier of shells and down delivers nothing between these days of the history: the stock-out wave."""

_PIECES_PER_ORDER: Final = 1.55
_DAMAGE: Final = ("外包装破损", "搬运跌落", "受潮", "吊牌缺失")


@dataclass(frozen=True, slots=True)
class Move:
    """Goods on a lorry from a centre to a store."""

    document: str
    line: int
    source: Node
    target: Node
    sku: int
    units: int


@dataclass(slots=True)
class Supply:
    """Keeps shelves filled; ``period`` counts the world's days (short ones in the live feed)."""

    world: World
    daily: tuple[float, ...]
    on_order: dict[tuple[int, int], int] = field(default_factory=dict)
    _shares: dict[int, float] = field(default_factory=dict)

    def open(self) -> None:
        """Fill every node and tell of it."""
        world = self.world
        for node in world.retailer.nodes:
            document = f"QC{node.code}"
            rows: list[files.Row] = []
            for sku in world.retailer.skus:
                units = self._opening(node, sku.number)
                if units:
                    world.stock.receive(node, sku.number, units)
                    rows.append(self._receipt_row(document, len(rows) + 1, "期初入库", "", node, sku.number, units))
            self._send("receipts", node.code, rows)

    def review(self, centre: Node) -> None:
        """Order from suppliers what falls below its reorder point (weekly)."""
        world = self.world
        orders: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for sku in world.retailer.skus:
            rate = self.centre_rate(centre, sku.number)
            position = world.stock.free[centre.number][sku.number] + self.on_order.get((centre.number, sku.number), 0)
            lead = sku.category.lead_days
            if position < rate * (lead + 7 + SAFETY_DAYS):
                units = max(6, round(rate * (COVER_DAYS + lead) - position))
                self.on_order[centre.number, sku.number] = self.on_order.get((centre.number, sku.number), 0) + units
                orders.setdefault((sku.category.supplier, lead), []).append((sku.number, units))
        for (supplier, lead), lines in sorted(orders.items()):
            days = lead + world.rng.randint(-1, 2)
            due = world.day + days
            if supplier == LATE_SUPPLIER and LATE_FROM_DAY < due < LATE_UNTIL_DAY:
                days = LATE_UNTIL_DAY - world.day + world.rng.randint(0, 2)
            # Reviews happen at six in the morning, lorries arrive in working hours.
            world.later(
                24 * days + world.rng.uniform(2, 10),
                "supplier",
                centre,
                supplier,
                f"PO{world.number('purchase'):06d}",
                lines,
            )

    def supplier(self, centre: Node, supplier: str, purchase: str, lines: list[tuple[int, int]]) -> None:
        """Receive a supplier's delivery."""
        world = self.world
        document = f"RK{world.number('receipt_note'):07d}"
        rows: list[files.Row] = []
        for sku, units in lines:
            world.stock.receive(centre, sku, units)
            self.on_order[centre.number, sku] -= units
            source = f"{supplier}/{purchase}"
            rows.append(self._receipt_row(document, len(rows) + 1, "采购入库", source, centre, sku, units))
        self._send("receipts", f"{centre.code}_{document}", rows)

    def send_out(self, centre: Node, period: int) -> None:
        """Load the day's lorries: each store is filled up once a week."""
        world = self.world
        moves = [
            move
            for store in world.retailer.stores
            if store.region == centre.code and (period + store.number) % 7 == 0
            for move in self._fill(centre, store)
        ]
        for move in moves:
            world.stock.take(centre, move.sku, move.units)
        self._send("transfers", f"{centre.code}_out", [self._move_row(move, "出库", move.units) for move in moves])
        if moves:
            world.later(world.rng.uniform(27, 32), "unload", centre, moves)

    def unload(self, centre: Node, moves: list[Move]) -> None:
        """Receive the lorries at the stores; now and then a unit is short."""
        world = self.world
        rows: list[files.Row] = []
        for move in moves:
            units = move.units - (world.rng.random() < SHORT_SHARE)
            if units:
                world.stock.receive(move.target, move.sku, units)
                rows.append(self._move_row(move, "入库", units))
        self._send("transfers", f"{centre.code}_in", rows)

    def check_in(self, centre: Node) -> None:
        """Put the day's returned goods on the shelf, and tell of it."""
        rows: list[files.Row] = []
        document = f"TH{self.world.number('return_note'):07d}"
        for back in self.world.returns.pop(centre.code, []):
            shop = back.order.shop
            state = "良品" if back.sound else "残次"
            if back.sound:
                self.world.stock.receive(back.node, back.line.sku.number, back.line.quantity)
            rows.append(
                (document, len(rows) + 1, "退货入库", "客户退货", shop.channel, shop.shop, back.order.native_id,
                 back.node.code, back.line.sku.code, back.line.quantity, state, self._now())
            )  # fmt: skip
        self._send("receipts", f"{centre.code}_{document}", rows)

    def count(self, region: str, period: int) -> None:
        """Count some shelves of each node, once a week, and adjust what has gone missing."""
        world, rng = self.world, self.world.rng
        counts: list[files.Row] = []
        adjustments: list[files.Row] = []
        for node in world.retailer.nodes:
            if node.region != region or (period + node.number) % 7 != 3:
                continue
            document = f"PD{world.number('count'):07d}"
            missing = world.stock.missing[node.number]
            chosen = set(rng.sample(range(world.stock.skus), COUNTED[node.kind])) | set(list(missing)[:3])
            for line, sku in enumerate(sorted(chosen), 1):
                code, found = world.retailer.skus[sku].code, world.stock.on_hand[node.number][sku]
                lost = missing.pop(sku, 0)
                counts.append((document, line, node.code, code, found + lost, found, self._now()))
                if lost:
                    number = f"TZ{world.number('adjustment'):07d}"
                    adjustments.append((number, 1, node.code, code, -lost, "盘点差异", document, self._now()))
        self._send("counts", region, counts)
        self._send("adjustments", region, adjustments)

    def shrink(self, node: Node) -> None:
        """Let a unit go missing somewhere in a node."""
        held = [sku for sku, units in enumerate(self.world.stock.free[node.number]) if units > 1]
        if held:
            self.world.stock.lose(node, self.world.rng.choice(held))

    def damage(self, centre: Node) -> None:
        """Spoil a unit at a centre, and tell of it."""
        world, rng = self.world, self.world.rng
        sku = rng.randrange(world.stock.skus)
        if world.stock.take(centre, sku, 1):
            number = f"CS{world.number('damage'):07d}"
            code = world.retailer.skus[sku].code
            self._send("damage", centre.code, [(number, 1, centre.code, code, 1, rng.choice(_DAMAGE), self._now())])

    def centre_rate(self, centre: Node, sku: int) -> float:
        """Expect the units a centre needs of a SKU in a day, its stores' needs included."""
        # Online demand falls on the nearest centre, roughly by the people around it.
        people = {"RDC-E": 0.28, "RDC-S": 0.42, "RDC-N": 0.30}[centre.code]
        online = sum(rate for channel, rate in ORDERS_PER_DAY.items() if channel != "till")
        stores = sum(self._store_share(store) for store in self.world.retailer.stores if store.region == centre.code)
        return (
            self.daily[sku]
            * _PIECES_PER_ORDER
            * self.world.demand.scale
            * (online * people + ORDERS_PER_DAY["till"] * stores)
        )

    def _opening(self, node: Node, sku: int) -> int:
        if node.kind == "store":
            return self._target(node, sku)
        late = self.world.retailer.skus[sku].category.supplier == LATE_SUPPLIER
        cover = LATE_COVER_DAYS if late else COVER_DAYS
        units = round(self.centre_rate(node, sku) * cover * self.world.rng.uniform(0.75, 1.3))
        return max(2 if late else 5, units)

    def _target(self, store: Node, sku: int) -> int:
        if (sku * 7 + store.number * 13) % 10 >= 6 and self.daily[sku] < 0.005:
            return 0  # not in this store's range
        rate = self.daily[sku] * _PIECES_PER_ORDER * self.world.demand.scale * ORDERS_PER_DAY["till"]
        weekly = rate * self._store_share(store) * 7
        return max(2, min(9, round(weekly * 2.2 + 1.2)))

    def _store_share(self, store: Node) -> float:
        if not self._shares:
            stores = self.world.retailer.stores
            total = sum(other.weight for other in stores)
            self._shares = {other.number: other.weight / total for other in stores}
        return self._shares[store.number]

    def _fill(self, centre: Node, store: Node) -> Iterator[Move]:
        free = self.world.stock.free
        document = f"DB{self.world.number('transfer'):07d}"
        line = 0
        for sku in range(self.world.stock.skus):
            lack = self._target(store, sku) - free[store.number][sku]
            # A centre keeps a few of each for online orders, and spends a lorry line on two pieces at least.
            spare = free[centre.number][sku] - 3
            if (lack >= 2 or free[store.number][sku] == 0) and lack > 0 and spare > 0:
                line += 1
                yield Move(document, line, centre, store, sku, min(lack, spare))

    def _receipt_row(
        self, document: str, line: int, kind: str, source: str, node: Node, sku: int, units: int
    ) -> files.Row:
        code = self.world.retailer.skus[sku].code
        return (document, line, kind, source, "", "", "", node.code, code, units, "良品", self._now())

    def _move_row(self, move: Move, direction: str, units: int) -> files.Row:
        code = self.world.retailer.skus[move.sku].code
        return (move.document, move.line, direction, move.source.code, move.target.code, code, units, self._now())

    def _send(self, topic: str, name: str, rows: list[files.Row]) -> None:
        if rows:
            self.world.send(lambda: [files.tell(topic, name, rows, self.world.now)])

    def _now(self) -> str | None:
        return china_time(self.world.now)
