"""From a mapping's tables to the engine's: records a row, and orders out of groups of rows. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from zoneinfo import available_timezones

from entrepot.hub.channels.files.cells import NULLS, Manner, cell_text
from entrepot.hub.channels.files.sheet import FAULT
from entrepot.hub.channels.files.specification import Columns, Faults, Place, Toml, read_columns, read_field
from entrepot.hub.channels.files.words import nearest
from entrepot.hub.converters import BadValue, Converter, ShopContext, iso_time, listed
from entrepot.hub.documents import Json
from entrepot.hub.mapping import Field, Paths, Table, compile_path, native_part
from entrepot.hub.mapping import Place as Spot
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.facts import Value

_PARTS: Final = {"line": "order_line", "payment": "payment", "refund": "refund", "shipment": "shipment"}
_CHILDREN: Final = frozenset(_PARTS.values())
_TABLE_KEYS: Final = ("id", "of", "version", "per")
_OWN_TIME: Final = {"order": "updated_at", "stock_fact": "as_of", "movement": "valid_at", "tracking_event": "at"}


class TableReader:
    """Turns one mapping's tables into the engine's.

    Parameters
    ----------
    document : mapping
        The TOML.
    faults : Faults
        Extended with all that is wrong.
    """

    def __init__(self, document: Mapping[str, Toml], faults: Faults) -> None:
        self.document = document
        self.faults = faults
        self.columns = Columns()
        head = document.get("file", {})
        self.head: Mapping[str, Toml] = head if isinstance(head, dict) else {}
        self.manner = self._manner()

    def _manner(self) -> Manner:
        decimal = str(self.head.get("decimal", "."))
        if decimal not in {".", ","}:
            self.faults.add("[file] decimal", f'is "." or ",", not {decimal!r}.')
            decimal = "."
        zone = str(self.head.get("zone", ""))
        if zone and zone not in available_timezones():
            self.faults.add("[file] zone", f"{zone!r} is no time zone.{nearest(zone, available_timezones())}")
        code = self.head.get("currency")
        if code is not None and not re.fullmatch("[A-Z]{3}", str(code)):
            self.faults.add("[file] currency", f"{code!r} is not an ISO 4217 code such as CNY.")
        nulls = frozenset(str(word) for word in each(self.head.get("null", [])))
        return Manner(decimal, zone, nulls | frozenset(NULLS))

    def groups(self) -> tuple[str, ...]:
        """Return the columns whose rows belong together."""
        given = self.head.get("group_by")
        if given is not None:
            return read_columns(given, "[file] group_by", self.faults)
        order = self.document.get("order")
        if not isinstance(order, dict):
            return ()
        return tuple(name for name in (*each(order.get("of", [])), *each(order.get("id", []))) if isinstance(name, str))

    def tables(self) -> list[Table]:
        """Return the tables; where there are faults they may be incomplete."""
        tables: list[Table] = []
        for kind, given in self.document.items():
            if kind == "file":
                continue
            if kind not in KINDS:
                self.faults.add(f"[{kind}]", f"there is no such kind of record.{nearest(kind, ['file', *KINDS])}")
                continue
            for spec in given if isinstance(given, list) else [given]:
                if not isinstance(spec, dict):
                    self.faults.add(f"[{kind}]", "is a table of fields.")
                elif kind == "order":
                    tables.extend(self._order(spec))
                else:
                    table = self._row_kind(kind, spec)
                    tables.extend([table] if table else [])
        return tables

    # A record a row -------------------------------------------------------------------------------------------------

    def _row_kind(self, kind: str, spec: Mapping[str, Toml]) -> Table | None:
        place = Place()
        ident = self._id(kind, spec, place)
        parent: Paths | None = None
        if kind in _CHILDREN:
            names = read_columns(spec.get("order"), f"[{kind}] order", self.faults) if "order" in spec else ()
            if not names:
                self.faults.add(f"[{kind}]", 'say whose it is: order = "订单号".')
                return None
            self.columns.note(names, "required")
            parent = tuple(place.path(name) for name in names)
        fields = self._fields(kind, spec, place, ident)
        if ident is None:
            return None
        of = self._of(kind, spec, place)
        version, version_by = self._version(kind, spec, place, fields)
        return Table(
            kind,
            id=(*of, *ident) if of else ident if len(ident) > 1 else ident[0],
            at="rows[]",
            fields=fields,
            scope="parent" if parent is not None else "global" if of else "shop",
            parent=parent,
            version=version,
            version_by=version_by,
            when=_trusted,
            currency=self._currency(spec, place),
            joined=":" if of else "|",
        )

    def _id(self, kind: str, spec: Mapping[str, Toml], place: Place) -> tuple[str, ...] | None:
        if "id" not in spec:
            self.faults.add(
                f"[{kind}]", 'say what names a record: id = "单号", or id = ["@file", "@row"] where nothing does.'
            )
            return None
        names = read_columns(spec["id"], f"[{kind}] id", self.faults)
        self.columns.note(names, "required")
        return tuple(place.path(name) for name in names) or None

    def _of(self, kind: str, spec: Mapping[str, Toml], place: Place) -> tuple[str, ...]:
        if "of" not in spec:
            return ()
        names = read_columns(spec["of"], f"[{kind}] of", self.faults)
        if len(names) != 2:
            self.faults.add(f"[{kind}] of", 'names two columns, channel and shop: of = ["渠道", "店铺"].')
        self.columns.note(names, "required")
        return tuple(place.path(name) for name in names)

    def _fields(
        self, kind: str, spec: Mapping[str, Toml], place: Place, ident: Sequence[str] | None
    ) -> tuple[Field, ...]:
        fields = []
        settings = (*_TABLE_KEYS, *(_PARTS if kind == "order" else ()), *(("order",) if kind in _CHILDREN else ()))
        for target, given in spec.items():
            if target in settings:
                continue
            if target not in KINDS[kind]:
                self.faults.add(
                    f"[{kind}] {target}", f"{kind} has no such field.{nearest(target, [*KINDS[kind], *settings])}"
                )
                continue
            made = read_field(kind, target, given, place, self.manner, self.columns, self.faults)
            fields.extend([made] if made else [])
        named = {made.target for made in fields}
        if "native_id" in KINDS[kind] and "native_id" not in named and ident:
            fields.insert(0, Field("native_id", tuple(ident), _JOINED_ID))
        if "currency" in KINDS[kind] and "currency" not in named and (code := self.head.get("currency")):
            made = read_field(kind, "currency", {"value": code}, place, self.manner, self.columns, self.faults)
            fields.extend([made] if made else [])
        return tuple(fields)

    def _currency(self, spec: Mapping[str, Toml], place: Place) -> Paths | None:
        given = spec.get("currency")
        column = given.get("column") if isinstance(given, dict) else given
        code = given.get("value") if isinstance(given, dict) else None
        paths = [place.path(column)] if isinstance(column, str) else []
        paths.extend(f"={word}" for word in (code, self.head.get("currency")) if word)
        return tuple(paths) or None

    def _version(
        self, kind: str, spec: Mapping[str, Toml], place: Place, fields: Sequence[Field]
    ) -> tuple[Paths, Converter]:
        own = _OWN_TIME.get(kind)
        made = next((known for known in fields if known.target == own), None)
        if "version" in spec:
            made = read_field("order", "updated_at", spec["version"], place, self.manner, self.columns, self.faults)
        if made is None or isinstance(made.paths, tuple):
            return "$.as_of", iso_time
        return (made.paths, "$.as_of"), made.converter

    # Orders: a record a group of rows -------------------------------------------------------------------------------

    def _order(self, spec: Mapping[str, Toml]) -> list[Table]:
        place = Place("rows.0.")
        ident = self._id("order", spec, place)
        fields = list(self._fields("order", spec, place, ident))
        targets = {made.target for made in fields}
        if "placed_at" not in targets:
            self.faults.add("[order]", 'say when it was placed: placed_at = "下单时间".')
        fields = [_needed(made) if made.target == "placed_at" else made for made in fields]
        if "kind" not in targets:
            fields.append(Field("kind", "=sale", _CONSTANT))
        of = self._of("order", spec, place)
        parts: list[Table] = []
        for name, kind in _PARTS.items():
            given = spec.get(name, [])
            definitions = given if isinstance(given, list) else [given]
            for number, definition in enumerate(definitions, 1):
                if not isinstance(definition, dict):
                    self.faults.add(f"[order.{name}]", "is a table of fields.")
                    continue
                part = self._part(name, kind, definition, number, len(definitions))
                parts.extend([part] if part else [])
        lines = [part for part in parts if part.kind == "order_line"]
        if not lines:
            self.faults.add("[order]", 'add its lines: [order.line] with qty = "数量".')
        else:
            fields.append(Field("line_ids", "rows", listed("ids of the lines", _line_ids(lines))))
        version, version_by = self._version("order", spec, place, fields)
        return [
            Table(
                "order",
                id=(*of, *(ident or ())) if of else ident if ident and len(ident) > 1 else (ident or ("",))[0],
                fields=tuple(fields),
                scope="global" if of else "shop",
                version=version,
                version_by=version_by,
                when=_all_trusted,
                parts=tuple(parts),
                currency=self._currency(spec, place),
                joined=":" if of else "|",
            )
        ]

    def _part(self, name: str, kind: str, spec: Mapping[str, Toml], number: int, of: int) -> Table | None:
        per = spec.get("per", "row" if name == "line" else "order")
        if per not in ("row", "order"):
            self.faults.add(f"[order.{name}] per", f'is "row" or "order", not {per!r}.')
        place = Place()
        before = dict(self.columns.read)
        self.columns.read = {}
        ids = self._id(kind, spec, place) if "id" in spec else None
        default = ("#",) if per == "row" else (f"={name}",)
        numbered = (*(ids or default), *((f"={number}",) if of > 1 and not ids else ()))
        fields = list(self._fields(kind, spec, place, numbered))
        if kind == "order_line":
            if "qty" not in {made.target for made in fields}:
                self.faults.add(f"[order.{name}]", 'say how many: qty = "数量".')
            fields = [_needed(made) if made.target == "qty" else made for made in fields]
            if "line_no" not in {made.target for made in fields}:
                fields.append(Field("line_no", "#", _PLACE))
        own = read_columns(spec["id"], "", Faults()) if "id" in spec else tuple(self.columns.read)
        inside, self.columns.read = self.columns.read, before
        for column, need in inside.items():
            self.columns.note((column,), need)
        return Table(
            kind,
            id=numbered if len(numbered) > 1 else numbered[0],
            at="rows[]" if per == "row" else "rows.0",
            scope="parent",
            fields=tuple(fields),
            when=_filled(own, self.manner),
        )


def each(value: Toml) -> list[Toml]:
    """Take a list, or one thing as a list of one."""
    return value if isinstance(value, list) else [value]


def _needed(made: Field) -> Field:
    return Field(made.target, made.paths, made.converter, True)


def _trusted(row: Json) -> bool:
    return isinstance(row, dict) and FAULT not in row


def _all_trusted(document: Json) -> bool:
    rows = document.get("rows") if isinstance(document, dict) else None
    return isinstance(rows, list) and bool(rows) and all(_trusted(row) for row in rows)


def _filled(columns: Sequence[str], manner: Manner) -> Callable[[Json], bool]:
    """Recognise rows in which a part says anything: a wide file leaves its second product empty."""

    def filled(row: Json) -> bool:
        if not isinstance(row, dict):
            return False
        return not columns or any(cell_text(row.get(name)) not in manner.nulls for name in columns)

    return filled


def _joined_id(raw: Json, context: ShopContext) -> Value:
    parts = [native_part(part) or "" for part in raw] if isinstance(raw, list) else []
    return "|".join(parts) if any(parts) else None


_JOINED_ID: Final = Converter("id", "text", _joined_id)
_CONSTANT: Final = Converter("constant", "text", lambda raw, context: str(raw))
_PLACE: Final = Converter("place", "int", lambda raw, context: raw if isinstance(raw, int) else None)


def _line_ids(lines: Sequence[Table]) -> Callable[[Json, ShopContext], Value]:
    """Make the list of an order's lines, as their tables name them."""
    named = [(compile_path(table.id), table.when) for table in lines]

    def convert(raw: Json, context: ShopContext) -> Value:
        found: list[Value] = []
        for number, row in enumerate(raw if isinstance(raw, list) else (), 1):
            for get, when in named:
                if when is None or when(row):
                    value = get(Spot(row, "", None, number))
                    try:
                        found.append(_joined_id(value if isinstance(value, list) else [value], context))
                    except BadValue:
                        return None
        return found

    return convert
