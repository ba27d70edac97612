"""Invented customers. Names are common, telephone numbers and mail addresses lead nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import accumulate
from random import Random
from typing import Final

from entrepot.simulator.places import City, chinese_cities, foreign_cities


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN: Final = _words(
    "子涵 雨桐 浩然 欣怡 宇轩 梓萱 志强 丽娜 晓明 建国 海燕 思远 佳琪 文博 静怡 俊杰 美玲 天宇 若曦 一鸣 "
    "秀英 伟 芳 磊 敏 洋 娟 勇 艳 涛 明 超 霞 平 刚 桂英"
)
_STREETS: Final = _words(
    "人民路 解放路 建设路 中山路 和平路 文化路 学院路 滨河路 湖滨路 新华路 长江路 黄河路 青年路 朝阳街 花园街 科技路"
)
_ESTATES: Final = _words("翠湖花园 山水名苑 阳光新城 锦绣家园 金色年华 桂花园 书香门第 云栖小区 梧桐里 望江府")
_TOWNS: Final = _words("城关街道 新城街道 湖滨街道 中心街道 东门街道 花园街道")
_FIRST: Final = _words(
    "Emma Liam Olivia Noah Ava Ethan Mia Lucas Sofia Jack Hana Kenji Lena Paul Chloe Marc Nora Oscar"
)
_LAST: Final = _words(
    "Smith Johnson Miller Davis Garcia Wilson Taylor Moore Clark Lewis Walker Young King Wright Hill Baker"
)
_FOREIGN_STREETS: Final = _words("Oak Maple Cedar Pine Elm Lake Hill Park Main Church")


@dataclass(frozen=True, slots=True)
class Customer:
    """A buyer; ``number`` is unique among buyers in China, and among buyers abroad."""

    number: int
    name: str
    phone: str
    email: str
    city: City
    district: str
    district_code: str
    town: str
    address: str


@dataclass(slots=True)
class People:
    """All buyers of one world, made when first met; some buy often."""

    seed: int
    _known: dict[tuple[str, int], Customer] = field(default_factory=dict)
    _cities: dict[str, tuple[tuple[City, ...], tuple[float, ...]]] = field(default_factory=dict)

    def draw(self, rng: Random, *, abroad: bool) -> Customer:
        """Pick a buyer; low numbers come back more often."""
        pool = 900 if abroad else 5200
        number = int(pool * rng.random() ** 1.7)
        return self.customer(number, abroad=abroad)

    def customer(self, number: int, *, abroad: bool) -> Customer:
        """Give the buyer of this number."""
        key = ("abroad" if abroad else "china", number)
        if key not in self._known:
            draw = Random(f"{self.seed}|{key}")
            self._known[key] = self._foreigner(number, draw) if abroad else self._chinese(number, draw)
        return self._known[key]

    def _chinese(self, number: int, draw: Random) -> Customer:
        city = self._city("china", chinese_cities(), draw)
        district, code = draw.choice(city.districts) if city.districts else ("", city.code)
        return Customer(
            number=number,
            name=draw.choice(_SURNAMES) + draw.choice(_GIVEN),
            phone=f"138000{number % 100_000:05d}",
            email="",
            city=city,
            district=district,
            district_code=code,
            town=draw.choice(_TOWNS),
            address=f"{draw.choice(_STREETS)}{draw.randrange(1, 400)}号{draw.choice(_ESTATES)}"
            f"{draw.randrange(1, 30)}栋{draw.randrange(101, 2805)}室",
        )

    def _foreigner(self, number: int, draw: Random) -> Customer:
        city = self._city("abroad", foreign_cities(), draw)
        first, last = draw.choice(_FIRST), draw.choice(_LAST)
        return Customer(
            number=number,
            name=f"{first} {last}",
            phone=f"+1 555 01{number % 100:02d}",
            email=f"{first}.{last}{number}@example.com".lower(),
            city=city,
            district="",
            district_code="",
            town="",
            address=f"{draw.randrange(1, 990)} {draw.choice(_FOREIGN_STREETS)} St",
        )

    def _city(self, key: str, cities: tuple[City, ...], draw: Random) -> City:
        if key not in self._cities:
            # People abroad cluster in the home market of the shop.
            weights = (city.population**0.8 * (5.0 if city.country == "US" else 1.0) for city in cities)
            self._cities[key] = (cities, tuple(accumulate(weights)))
        choices, cumulative = self._cities[key]
        return draw.choices(choices, cum_weights=cumulative)[0]
