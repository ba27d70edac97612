"""Parcels of Olist as arrays: who sent what where for which freight, and that freight as a function of size and way."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from entrepot.network.zones import EARTH_KM, Floats

BRAZIL: Final = ((-34.0, 6.0), (-74.0, -34.0))
"""Latitudes and longitudes: some points of the source lie abroad."""
CUBIC: Final = 6_000
"""Cubic centimetres that carriers count as a kilogram."""
SAVED_COPY: Final = "olist_{}_dataset.parquet"

Texts = NDArray[np.str_]


@dataclass(frozen=True)
class Lines:
    """Parcels, one an item sold, as arrays of one length.

    Parameters
    ----------
    at : ndarray of datetime64
        When it was bought.
    seller, customer : ndarray of str
        ``city STATE`` of both ends.
    seller_at, customer_at : ndarray of float, shape (n, 2)
        Degrees of their postcodes.
    kilograms, cubic : ndarray of float
        Weight, and volume as carriers count it.
    price, freight : ndarray of float
        Reais; the freight is what was charged.
    """

    at: NDArray[np.datetime64]
    seller: Texts
    customer: Texts
    seller_at: Floats
    customer_at: Floats
    kilograms: Floats
    cubic: Floats
    price: Floats
    freight: Floats

    def __len__(self) -> int:
        return len(self.at)

    @property
    def chargeable(self) -> Floats:
        """Weight or volume, whichever is more."""
        return np.asarray(np.maximum(self.kilograms, self.cubic))

    @property
    def direct_km(self) -> Floats:
        """From the seller to the customer, as the crow flies."""
        return kilometres_between(self.seller_at, self.customer_at)

    def between(self, since: datetime, until: datetime) -> Lines:
        """Return what was bought in ``[since, until)``."""
        inside = (self.at >= np.datetime64(since)) & (self.at < np.datetime64(until))
        return Lines(*(getattr(self, one.name)[inside] for one in fields(self)))


class Freight(NamedTuple):
    """Reais of a parcel: ``base + base_km km + sum over kilograms and cubic of (each + each_km km)``."""

    base: float
    base_km: float
    kilogram: float
    kilogram_km: float
    cubic: float
    cubic_km: float

    def of(self, lines: Lines, km: Floats) -> Floats:
        """Return what parcels pay for so many kilometres; never less than nothing."""
        return np.asarray(np.maximum(_terms(lines, km) @ np.array(self), 0.0))


class Fit(NamedTuple):
    """How far a freight function is off: of all freight together, of a parcel in the mean, and R squared."""

    parcels: int
    charged: float
    total_error: float
    mean_error: float
    r_squared: float


def fit_freight(lines: Lines) -> Freight:
    """Fit the freight that was charged, by least squares."""
    found, *_ = np.linalg.lstsq(_terms(lines, lines.direct_km), lines.freight, rcond=None)
    return Freight(*found.tolist())


def judge(freight: Freight, lines: Lines) -> Fit:
    """Hold a freight function against what was charged."""
    told, charged = freight.of(lines, lines.direct_km), lines.freight
    around = float(((charged - charged.mean()) ** 2).sum())
    explained = 1 - float(((charged - told) ** 2).sum()) / around if around else 0.0
    total = float(charged.sum())
    return Fit(len(lines), total, float(told.sum()) / total - 1, float(np.abs(told - charged).mean()), explained)


def read_lines(folder: Path) -> tuple[Lines, int]:
    """Read the parcels of orders that were not cancelled; tells how many have an end that is on no map.

    Parcels without a weight or size count as the median parcel has it.
    """
    read = {
        name: pl.read_parquet(folder / SAVED_COPY.format(name))
        for name in ("orders", "order_items", "sellers", "customers", "products", "geolocation")
    }
    table = (
        read["order_items"]
        .join(read["orders"].filter(pl.col("order_status") != "canceled"), on="order_id")
        .join(read["sellers"], on="seller_id")
        .join(read["customers"], on="customer_id")
        .join(read["products"], on="product_id")
    )
    placed = table
    for end in ("seller", "customer"):
        postcode = f"{end}_zip_code_prefix"
        placed = placed.join(_postcodes(read["geolocation"], end), on=postcode)
    return _lines(placed.sort("order_purchase_timestamp", "order_id", "order_item_id")), len(table) - len(placed)


def kilometres_between(ones: Floats, others: Floats) -> Floats:
    """Return great-circle distances of pairs of degrees, shape (..., 2) each."""
    (lat, lon), (to_lat, to_lon) = (np.moveaxis(np.radians(some), -1, 0) for some in (ones, others))
    half = np.sin((to_lat - lat) / 2) ** 2 + np.cos(lat) * np.cos(to_lat) * np.sin((to_lon - lon) / 2) ** 2
    return np.asarray(2 * EARTH_KM * np.arcsin(np.sqrt(np.minimum(1.0, half))))


def _terms(lines: Lines, km: Floats) -> Floats:
    ones = np.ones_like(km)
    columns = [size * way for size in (ones, lines.kilograms, lines.cubic) for way in (ones, km)]
    return np.stack(columns, axis=1)


def _postcodes(points: pl.DataFrame, end: str) -> pl.DataFrame:
    """Return the middle of each postcode by medians."""
    latitude, longitude = pl.col("geolocation_lat"), pl.col("geolocation_lng")
    inside = points.filter(latitude.is_between(*BRAZIL[0]) & longitude.is_between(*BRAZIL[1]))
    code = pl.col("geolocation_zip_code_prefix").alias(f"{end}_zip_code_prefix")
    return inside.group_by(code).agg(latitude.median().alias(f"{end}_lat"), longitude.median().alias(f"{end}_lng"))


def _lines(table: pl.DataFrame) -> Lines:
    size = pl.col("product_length_cm") * pl.col("product_height_cm") * pl.col("product_width_cm") / CUBIC
    columns = table.select(
        at="order_purchase_timestamp",
        seller=pl.col("seller_city") + " " + pl.col("seller_state"),
        customer=pl.col("customer_city") + " " + pl.col("customer_state"),
        kilograms=(weight := pl.col("product_weight_g") / 1000).fill_null(weight.median()),
        cubic=size.fill_null(size.median()),
        price="price",
        freight="freight_value",
    )
    ends = (table.select(f"{end}_lat", f"{end}_lng").to_numpy() for end in ("seller", "customer"))
    return Lines(
        columns["at"].to_numpy(),
        columns["seller"].to_numpy().astype(str),
        columns["customer"].to_numpy().astype(str),
        *ends,
        *(columns[name].to_numpy().astype(float) for name in ("kilograms", "cubic", "price", "freight")),
    )
