"""The retailer's own places: three regional centres and forty stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from entrepot.simulator.places import City, city_named, distance_km


@dataclass(frozen=True, slots=True)
class Node:
    """A place that holds stock; ``region`` is the code of the regional centre that feeds it (its own, for a centre).

    ``weight`` is a store's share of till sales, relative to the others.
    """

    number: int
    code: str
    kind: Literal["rdc", "store"]
    name_zh: str
    name_en: str
    city: City
    district: str
    address: str
    region: str
    weight: float


_CENTRES: Final = (
    ("RDC-E", "华东中心仓", "East regional centre", "苏州市", "吴江区", "汾湖物流园云翔路88号"),
    ("RDC-S", "华南中心仓", "South regional centre", "东莞市", "", "清溪镇渔樑围保税物流园3号"),
    ("RDC-N", "华北中心仓", "North regional centre", "天津市", "", "武清开发区泉汇路16号"),
)

_STORES: Final = (
    ("上海市", "静安寺店", 2.2), ("上海市", "徐家汇店", 2.0), ("上海市", "五角场店", 1.6), ("上海市", "虹桥店", 1.3),
    ("北京市", "三里屯店", 2.1), ("北京市", "西单店", 1.7), ("北京市", "望京店", 1.5), ("北京市", "中关村店", 1.2),
    ("深圳市", "万象城店", 1.9), ("深圳市", "海岸城店", 1.5), ("广州市", "天河城店", 1.8), ("广州市", "北京路店", 1.4),
    ("成都市", "太古里店", 2.0), ("成都市", "环球中心店", 1.2), ("杭州市", "湖滨银泰店", 1.7),
    ("杭州市", "西溪店", 1.1), ("武汉市", "楚河汉街店", 1.3), ("武汉市", "光谷店", 1.0), ("南京市", "新街口店", 1.5),
    ("重庆市", "解放碑店", 1.4), ("重庆市", "观音桥店", 1.0), ("西安市", "赛格店", 1.2), ("天津市", "滨江道店", 1.0),
    ("苏州市", "苏州中心店", 1.2), ("青岛市", "万象城店", 1.0), ("沈阳市", "中街店", 0.9), ("大连市", "恒隆店", 0.8),
    ("哈尔滨市", "中央大街店", 0.9), ("长春市", "重庆路店", 0.6), ("济南市", "恒隆店", 0.8),
    ("郑州市", "大卫城店", 0.9),
    ("长沙市", "国金店", 1.2), ("合肥市", "银泰店", 0.7), ("厦门市", "中华城店", 0.9), ("福州市", "东街口店", 0.7),
    ("昆明市", "顺城店", 1.1), ("贵阳市", "花果园店", 0.7), ("宁波市", "天一店", 0.8), ("无锡市", "恒隆店", 0.7),
    ("乌鲁木齐市", "友好店", 0.5),
)  # fmt: skip


def build_nodes() -> tuple[Node, ...]:
    """Lay out the centres, then the stores, each store fed by its nearest centre."""
    centres = tuple(
        Node(number, code, "rdc", f"山野集{zh}", f"Shanye {en}", city_named(city), district, address, code, 0.0)
        for number, (code, zh, en, city, district, address) in enumerate(_CENTRES)
    )
    stores = tuple(_store(len(centres) + index, index, *store, centres) for index, store in enumerate(_STORES))
    return centres + stores


def _store(number: int, index: int, city_name: str, name: str, weight: float, centres: tuple[Node, ...]) -> Node:
    city = city_named(city_name)
    nearest = min(centres, key=lambda centre: (distance_km(centre.city, city), centre.number))
    district = city.districts[index % len(city.districts)][0] if city.districts else ""
    return Node(
        number=number,
        code=f"ST{index + 1:03d}",
        kind="store",
        name_zh=f"山野集·{city.name_zh.removesuffix('市')}{name}",
        name_en=f"Shanye {city.name_en} {index + 1}",
        city=city,
        district=district,
        address=f"{name.removesuffix('店')}商业中心{index % 4 + 1}层{index % 30 + 101}号",
        region=nearest.code,
        weight=weight,
    )
