"""A person's mapping: what it may say, and what it is told when it is wrong."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import files
from entrepot.hub.channels.files import FileAdapters, load_mapping, parse_mapping
from entrepot.hub.channels.files.cells import Manner, moment_of, plain_number
from entrepot.hub.channels.files.document import written_numbers
from entrepot.hub.channels.files.mapping import ADAPTER, WMS
from entrepot.hub.converters import BadValue, ShopContext
from entrepot.kernel.errors import InputError

SMALL = """
[file]
topic = "sales"

[order]
id = "单号"
placed_at = "时间"

[order.line]
qty = "数量"
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as told:
        parse_mapping(text)
    assert told.value.code == "files.mapping"
    return told.value.fields["faults"]


def test_a_small_mapping_names_its_columns_and_what_groups_its_rows():
    mapping = parse_mapping(SMALL)
    assert mapping.group_by == ("单号",)
    assert dict(mapping.columns) == {"单号": "required", "时间": "read", "数量": "read"}


def test_all_faults_are_told_at_once_each_with_a_suggestion():
    told = faults(
        SMALL.replace('topic = "sales"', 'topic = "My Sales"\ncolour = 1').replace("qty", "quantity")
        + '\n[produkt]\nid = "x"\n[movement]\nid = "x"\nreason = { value = "recipt" }\n'
        'qty = { column = "q", as = "peices" }\n'
    )
    text = "\n".join(told)
    for part in (
        "[file] topic", "'colour'", "Did you mean 'qty'", "Did you mean 'product'", "Did you mean 'receipt'",
        "Did you mean 'pieces'",
    ):  # fmt: skip
        assert part in text


def test_a_word_outside_our_vocabulary_is_refused_when_the_mapping_is_read():
    told = faults(
        SMALL.replace("[order.line]", 'payment_status = { column = "s", map = { a = "payed" } }\n[order.line]')
    )
    assert "Did you mean 'paid'" in told[0]


def test_a_reading_of_another_type_is_refused():
    told = faults(SMALL.replace("[order.line]", 'total = { column = "t", as = "flag" }\n[order.line]'))
    assert told == ["[order] total: the field is money, but 'flag' gives flag. Use one of: money, minor."]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('[file]\ntopic = "x"', "it maps nothing"),
        (SMALL.replace('placed_at = "时间"', ""), "when it was placed"),
        (SMALL.replace('[order.line]\nqty = "数量"', ""), "add its lines"),
        ('[file]\ntopic = "x"\n[refund]\nid = "r"', "say whose it is"),
        ('[file]\ntopic = "x"\n[movement]\nqty = "q"', "say what names a record"),
        (SMALL.replace("[order.line]", "total = {}\n[order.line]"), "say where it stands"),
        (SMALL.replace("[order.line]", 'total = { value = "1", column = "t" }\n[order.line]'), "exclude each other"),
        (SMALL.replace("[order.line]", 'line_ids = "t"\n[order.line]'), "a list cannot come from a cell"),
        (SMALL.replace("[order.line]", 'kind = { value = "sael" }\n[order.line]'), "Did you mean 'sale'"),
    ],
)
def test_what_is_missing_is_said(text, part):
    assert any(part in fault for fault in faults(text))


def test_toml_that_is_not_toml_is_told_with_its_line():
    with pytest.raises(InputError, match="line 2") as told:
        parse_mapping("[file]\ntopic = sales")
    assert told.value.code == "files.toml"


def test_a_missing_mapping_file_is_told(tmp_path):
    with pytest.raises(InputError) as told:
        load_mapping(tmp_path / "none.toml")
    assert told.value.code == "files.mapping_missing"


def test_the_digest_follows_the_text():
    assert parse_mapping(SMALL).digest == parse_mapping(SMALL).digest != parse_mapping(SMALL + "\n#").digest


def test_the_newest_mapping_of_shop_and_topic_reads_a_message():
    def message_of(topic):
        return RawMessage("files", "demo", topic, b"", datetime(2026, 1, 1, tzinfo=UTC))

    class Store:
        def keep(self, name, mapping):
            raise NotImplementedError

        def newest(self, name):
            return SMALL if name == "demo/sales" else None

    adapters = FileAdapters(Store())
    assert adapters.of(message_of("sales")).topics[0].name == "sales"
    assert adapters.of(message_of("other")) is ADAPTER
    assert adapters.of(message_of("receipts")) is ADAPTER


def test_the_built_in_mappings_are_read():
    assert {mapping.topic for mapping in WMS} >= {"wms.receipts", "wms.transfers", "wms.skus", "wms.nodes"}


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("￥1,234.50", ".", "1234.50"),
        ("1.234,50 €", ",", "1234.50"),
        ("１２．５", ".", "12.5"),
        ("12 345,6", ",", "12345.6"),
        ("29.9元", ".", "29.9"),
    ],
)
def test_numbers_are_read_as_people_write_them(cell, decimal, expected):
    assert plain_number(cell, Manner(decimal)) == expected


@pytest.mark.parametrize("cell", ["1,23", "12,34.5", "1,2345"])
def test_a_comma_that_groups_no_thousands_is_refused(cell):
    with pytest.raises(BadValue):
        plain_number(cell, Manner("."))


@pytest.mark.parametrize(
    "cell",
    [
        "2026-01-31 09:30", "2026/1/31 9:30", "2026年1月31日 09:30", "2026.1.31 9:30:00", "202601310930",
        "2026-01-31T09:30:00+08:00", "2026-01-31T01:30:00Z",
    ],
)  # fmt: skip
def test_times_are_read_as_people_write_them(cell):
    assert moment_of(cell, ShopContext(), Manner(), "").isoformat() == "2026-01-31T01:30:00"


@pytest.mark.parametrize("cell", ["31.01.2026", "2026-13-01", "1.5", "0026-01-01", "tomorrow"])
def test_times_that_could_mean_two_things_or_nothing_are_refused(cell):
    with pytest.raises(BadValue):
        moment_of(cell, ShopContext(), Manner(), "")


def test_row_numbers_are_written_briefly():
    assert written_numbers([2, 3, 4, 9, 11, 12]) == "2-4,9,11-12"


def test_the_readmes_worked_examples_are_mappings_that_work():
    text = (Path(files.__file__).parent / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.S)
    assert [parse_mapping(example).topic for example in examples] == ["sales", "sales-de"]


def test_a_built_in_topic_cannot_be_taken(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace('"sales"', '"receipts"'), encoding="utf-8")
    with pytest.raises(InputError) as told:
        load_mapping(path)
    assert told.value.code == "files.topic_taken"


def test_a_zone_or_currency_that_does_not_exist_is_told():
    told = faults(SMALL.replace('topic = "sales"', 'topic = "sales"\nzone = "Asia/Shangai"\ncurrency = "yuan"'))
    assert "Did you mean 'Asia/Shanghai'" in told[0]
    assert "ISO 4217" in told[1]
