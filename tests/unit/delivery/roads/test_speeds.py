"""Speeds as CSV: what is read, and what is told of faults."""

from __future__ import annotations

import pytest

from entrepot.delivery.roads.speeds import RoadSlice, read_speeds
from entrepot.kernel.errors import InputError

HEAD = "from,road_class,speed_kmh\n"


def test_lines_become_slices_in_the_order_of_the_day() -> None:
    found = read_speeds("\ufeff" + HEAD + "07:30,primary,20\n00:00,*,50\n07:30,trunk,40.5\n\n")
    assert found == (RoadSlice(0, (("*", 50.0),)), RoadSlice(27_000, (("primary", 20.0), ("trunk", 40.5))))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: the columns are nothing"),
        ("slice,class,speed\n", "line 1: the columns are slice,class,speed"),
        (HEAD, "no line begins at 00:00"),
        (HEAD + "06:00,primary,30\n", "no line begins at 00:00"),
        (HEAD + "00:00,primary,30\n24:00,primary,30\n", "line 3, column from: '24:00' is no time of day"),
        (HEAD + "00:00,,30\n", "line 2, column road_class: it is empty"),
        (HEAD + "00:00,primary,fast\n", "line 2, column speed_kmh: 'fast' is no speed"),
        (HEAD + "00:00,primary,0\n", "line 2, column speed_kmh: '0' is no speed"),
        (HEAD + "00:00,primary,nan\n", "line 2, column speed_kmh: 'nan' is no speed"),
        (HEAD + "00:00,primary\n", "line 2: 2 columns instead of 3"),
        (HEAD + "00:00,primary,30\n00:00,primary,40\n", "line 3, column road_class: primary has a speed from 00:00"),
    ],
)
def test_a_fault_is_told_with_its_line_and_column(text: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        read_speeds(text, "city.csv")
    assert caught.value.code == "roads.speeds"
    assert why in caught.value.message


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        read_speeds(HEAD + "0:00,primary,30\n00:00,primary,-3\n")
    assert caught.value.fields["faults"] == [
        "line 2, column from: '0:00' is no time of day",
        "line 3, column speed_kmh: '-3' is no speed",
    ]
