"""Columns of a file of orders: what each is called here, what else it may be called, what it is for. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple


class Column(NamedTuple):
    """A column.

    Parameters
    ----------
    name : str
        Ours.
    aliases : tuple of str
        Other names it is known by; those of the Olist marketplace among them.
    kind : {'text', 'time', 'number'}
        What it holds.
    meaning : str
        One line for people.
    is_required : bool
        Whether nothing works without it.
    """

    name: str
    aliases: tuple[str, ...]
    kind: str
    meaning: str
    is_required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Return all its names, ours first."""
        return (self.name, *self.aliases)


COLUMNS: Final = (
    Column("order_id", (), "text", "the order", is_required=True),
    Column("placed_at", ("order_purchase_timestamp",), "time", "when it was placed, in local time", is_required=True),
    Column(
        "delivered_at",
        ("order_delivered_customer_date",),
        "time",
        "when it reached the customer; empty where it did not, or not yet",
        is_required=True,
    ),
    Column("shipped_at", ("order_delivered_carrier_date",), "time", "when the carrier took it over"),
    Column("closed_at", ("cancelled_at",), "time", "when it became known that no delivery follows"),
    Column(
        "promised_at",
        ("order_estimated_delivery_date",),
        "time",
        "what the customer was promised so far: compared with, never learned from",
    ),
    Column("node", ("seller_id",), "text", "who sends it: a warehouse, store or seller"),
    Column("origin", ("seller_state",), "text", "region it is sent from"),
    Column("destination", ("customer_state",), "text", "region it goes to"),
    Column("origin_area", ("seller_zip_code_prefix",), "text", "postcode it is sent from; three characters count"),
    Column("area", ("customer_zip_code_prefix",), "text", "postcode it goes to; three characters count"),
    Column("carrier", (), "text", "who carries it, where that is known at purchase"),
    Column("category", ("product_category_name",), "text", "kind of goods"),
    Column("payment", ("payment_type",), "text", "how it is paid; some ways take days to clear"),
    Column("distance_km", (), "number", "from origin to destination; computed where the four coordinates are given"),
    Column("latitude", ("customer_lat",), "number", "of the destination"),
    Column("longitude", ("customer_lng",), "number", "of the destination"),
    Column("origin_latitude", ("seller_lat",), "number", "of the origin"),
    Column("origin_longitude", ("seller_lng",), "number", "of the origin"),
    Column("weight_g", ("product_weight_g",), "number", "of all goods, in grams"),
    Column("volume_cm3", (), "number", "of all goods, in cubic centimetres"),
    Column("items", ("order_items_qty",), "number", "units"),
    Column("nodes", (), "number", "senders: more than one is a split order"),
    Column("goods", ("price",), "number", "value of the goods"),
    Column("freight", ("freight_value",), "number", "what the buyer pays for delivery"),
)
BY_NAME: Final = {column.name: column for column in COLUMNS}
