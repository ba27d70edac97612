"""Daily weather by region: a pure function of (seed, region, date)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from math import cos, pi
from random import Random
from typing import Final


@dataclass(frozen=True, slots=True)
class Sky:
    """A day's weather: mean temperature in degrees Celsius, rain in mm."""

    temperature: float
    rain_mm: float


# Yearly mean, half the yearly swing (degrees), share of wet days in January and in July.
_CLIMATE: Final = {
    "RDC-E": (17.0, 12.0, 0.28, 0.42),
    "RDC-S": (23.0, 7.5, 0.18, 0.48),
    "RDC-N": (11.0, 16.0, 0.06, 0.36),
    "abroad": (14.0, 9.0, 0.30, 0.20),
}
_FRONT_EVERY_DAYS: Final = 11


@dataclass(slots=True)
class Weather:
    """The weather of one world; a day looked up twice is the same."""

    seed: int
    _days: dict[tuple[str, date], Sky] = field(default_factory=dict)

    def on(self, region: str, day: date) -> Sky:
        """Look up a day in a region."""
        key = (region, day)
        if key not in self._days:
            self._days[key] = self._make(region, day)
        return self._days[key]

    def has_cold_front(self, region: str, day: date) -> bool:
        """Tell whether a cold front (three days, 8 degrees down) lies over the region."""
        block, place = divmod(day.toordinal(), _FRONT_EVERY_DAYS)
        draw = Random(f"{self.seed}|front|{region}|{block}")
        start = draw.randrange(_FRONT_EVERY_DAYS - 3)
        return draw.random() < 0.5 and start <= place < start + 3

    def _make(self, region: str, day: date) -> Sky:
        mean, swing, wet_january, wet_july = _CLIMATE[region]
        season = cos(2 * pi * (day.timetuple().tm_yday - 18) / 365.25)  # 1 in mid January, -1 in mid July
        noise = sum(
            weight * Random(f"{self.seed}|{region}|{day - timedelta(days=back)}").gauss(0, 3.0)
            for back, weight in enumerate((0.5, 0.3, 0.2))
        )
        front = -8.0 if self.has_cold_front(region, day) else 0.0
        draw = Random(f"{self.seed}|rain|{region}|{day}")
        wet = draw.random() < (wet_january + wet_july) / 2 + season * (wet_january - wet_july) / 2
        return Sky(
            temperature=round(mean - swing * season + noise + front, 1),
            rain_mm=round(draw.expovariate(1 / 9.0), 1) if wet else 0.0,
        )
