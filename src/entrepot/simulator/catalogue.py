"""The assortment of the demo retailer: about 300 SKUs, read from `designs.csv`, and their offers per channel."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True, slots=True)
class Category:
    """A group of goods that share a supplier and a season.

    ``warmth`` is 1 for goods of deep winter, -1 for goods of high summer; ``rain`` lifts on wet days; ``store`` and
    ``abroad`` weigh the category in stores and in the shop abroad (1 = as online in China).
    """

    code: str
    name_zh: str
    name_en: str
    supplier: str
    lead_days: int
    warmth: float = 0.0
    rain: float = 0.0
    store: float = 1.0
    abroad: float = 1.0


CATEGORIES: Final = {
    category.code: category
    for category in (
        Category("SH", "冲锋衣", "Shells", "SUP-03", 13, warmth=0.45, rain=0.4),
        Category("DN", "羽绒服", "Down", "SUP-03", 13, warmth=1.0, abroad=0.6),
        Category("FL", "抓绒与打底", "Fleece and base layers", "SUP-01", 11, warmth=0.7),
        Category("TS", "速干与防晒", "Quick-dry tops", "SUP-01", 11, warmth=-0.8),
        Category("PT", "户外裤", "Trousers", "SUP-01", 11, warmth=0.1),
        Category("SO", "鞋靴", "Footwear", "SUP-02", 15, warmth=0.1, store=1.4, abroad=0.5),
        Category("BG", "背包", "Packs", "SUP-04", 14, abroad=1.6),
        Category("TN", "帐篷睡袋", "Camp shelter", "SUP-04", 16, warmth=-0.3, rain=-0.3, store=0.6),
        Category("CK", "炊具水具", "Cook and drink", "SUP-05", 12, warmth=-0.1, abroad=1.6),
        Category("LT", "照明工具", "Lights and tools", "SUP-06", 12, abroad=1.2),
        Category("FD", "路餐咖啡", "Trail food and coffee", "SUP-07", 9, store=1.3, abroad=0.0),
        Category("AC", "配件", "Accessories", "SUP-06", 12, warmth=0.2, rain=0.1, store=1.2, abroad=1.1),
    )
}


@dataclass(frozen=True, slots=True)
class Sku:
    """One unit of stock keeping; ``number`` is its place in the catalogue; prices in fen and cents."""

    number: int
    code: str
    design: str
    category: Category
    name_zh: str
    name_en: str
    colour_zh: str
    colour_en: str
    size: str
    price: int
    price_abroad: int
    weight_g: int
    length_mm: int
    width_mm: int
    height_mm: int
    barcode: str
    popularity: float

    @property
    def title_zh(self) -> str:
        """Name shown to Chinese customers."""
        return f"山野集 {self.name_zh}"

    @property
    def spec_zh(self) -> str:
        """Colour and size as Taobao writes them."""
        return f"颜色分类:{self.colour_zh}" + (f";尺码:{self.size}" if self.size else "")

    @property
    def spec_en(self) -> str:
        """Colour and size as Shopify writes them."""
        return self.colour_en + (f" / {self.size}" if self.size else "")


@dataclass(frozen=True, slots=True)
class Offer:
    """A SKU as one channel lists it: the channel's own ids, and the merchant code the retailer typed in.

    ``stock_item`` is the channel's name of the stock behind the offer; only Shopify has one of its own.
    """

    item_id: int
    sku_id: int
    merchant_code: str
    stock_item: int | None = None


def build_catalogue() -> tuple[Sku, ...]:
    """Read the designs and lay out one SKU per colour and size."""
    text = files("entrepot.simulator").joinpath("designs.csv").read_text("utf-8")
    variants = (variant for row in csv.DictReader(text.splitlines()) for variant in _variants(row))
    return tuple(_sku(number, *variant) for number, variant in enumerate(variants))


def offer(channel: str, sku: Sku) -> Offer:
    """Find how a channel lists a SKU; its ids follow from the catalogue, so every run has the same.

    Youzan's merchant codes were never typed in for the newest bags: such lines match through the listing only.
    """
    design = sum(ord(letter) * 131**place for place, letter in enumerate(sku.design))
    match channel:
        case "taobao":
            return Offer(680_000_000_000 + design % 10**10, 5_010_000_000_000 + sku.number * 7_919, sku.code)
        case "douyin":
            return Offer(
                3_660_000_000_000_000_000 + design % 10**10, 3_390_000_000_000_000 + sku.number * 104_729, sku.code
            )
        case "youzan":
            return Offer(
                900_000_000 + design % 10**8,
                37_000_000 + sku.number * 1_009,
                "" if sku.design in {"BG06", "BG07"} else sku.code,
            )
        case "shopify":
            return Offer(
                8_200_000_000_000 + design % 10**10,
                44_100_000_000_000 + sku.number * 32_768,
                sku.code,
                46_200_000_000_000 + sku.number * 32_768,
            )
        case _:
            return Offer(1000 + sku.number, 1000 + sku.number, sku.code)


def _variants(row: dict[str, str]) -> Iterator[tuple[dict[str, str], str, str]]:
    for colour in row["colours"].split("|"):
        for size in row["sizes"].split("|"):
            yield row, colour, size


def _sku(number: int, row: dict[str, str], colour: str, size: str) -> Sku:
    colour_code, colour_zh, colour_en = colour.split(":")
    return Sku(
        number=number,
        code="-".join(part for part in ("SY", row["code"], colour_code, size) if part),
        design=row["code"],
        category=CATEGORIES[row["code"][:2]],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        colour_zh=colour_zh,
        colour_en=colour_en,
        size=size,
        price=int(row["yuan"]) * 100,
        price_abroad=int(row["usd"]) * 100,
        weight_g=int(row["weight_g"]),
        length_mm=int(row["length_mm"]),
        width_mm=int(row["width_mm"]),
        height_mm=int(row["height_mm"]),
        barcode=_barcode(number),
        # The middle sizes sell best; the first colour outsells the others.
        popularity=float(row["popularity"])
        * {"M": 1.3, "L": 1.3, "XL": 0.8, "S": 0.7}.get(size, 1.0)
        * (1.0 if row["colours"].startswith(colour) else 0.7)
        / (3.0 if size else 1.0),
    )


def _barcode(number: int) -> str:
    # GS1 prefix 29 is for use inside a company, so no real article is hit.
    digits = f"29{6180000 + number:010d}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-weighted % 10)
