"""The warehouse system's files against their golden records, and a retailer's own file through a written mapping."""

from datetime import UTC, datetime

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.channels.files import parse_mapping, read_messages
from entrepot.hub.converters import ShopContext
from entrepot.hub.lineage import explain_message
from entrepot.hub.translate import translate
from tests.golden.hub.golden import check_golden, check_samples, read, samples

MAPPING = """
[file]
topic = "sales"
currency = "CNY"

[order]
id = "Order"
placed_at = { column = "Placed", format = "%d.%m.%Y %H:%M" }
payment_status = { column = "State", map = { "paid" = "paid", "open" = "unpaid" } }
total = "Total"

[order.line]
merchant_code = "Item"
qty = "Pieces"
unit_price = "Price"
"""
FILE = """Order;Placed;State;Total;Item;Pieces;Price
1001;31.01.2026 09:30;paid;59.80;A-1;1;29.90
1001;31.01.2026 09:30;paid;59.80;B-7;1;29.90
1002;31.01.2026 10:00;open;5.00;A-1;1;5.00
"""


def test_the_warehouse_files_give_their_golden_records():
    check_samples("files")


def test_every_warehouse_file_is_known_by_its_columns():
    for path in samples("files"):
        assert read("files", path.read_bytes()).topic == f"wms.{path.stem.partition('_')[0]}"


def test_a_retailers_file_gives_its_golden_records(tmp_path):
    path = tmp_path / "sales.csv"
    path.write_text(FILE, encoding="utf-8")
    mapping = parse_mapping(MAPPING)
    messages = list(read_messages(path, mapping, "demo", datetime(2026, 12, 31, tzinfo=UTC)))
    context = ShopContext("files", "demo")
    records = [fact for message in messages for fact in translate(mapping.adapter, message, context).facts]
    check_golden("files/retailer_sales", [[fact.kind, fact.id, fact.fields] for fact in records])


def test_lineage_points_into_the_csv_and_into_the_group_of_rows(tmp_path):
    sample = next(path for path in samples("files") if path.name == "adjustments.csv")
    path = tmp_path / "sales.csv"
    path.write_text(FILE, encoding="utf-8")
    mapping = parse_mapping(MAPPING)
    grouped = next(iter(read_messages(path, mapping, "demo", datetime(2026, 12, 31, tzinfo=UTC))))
    raw = RawMessage("files", "demo", "wms.adjustments", sample.read_bytes(), grouped.received_at)
    traced = explain_message(adapter_of("files"), raw, ShopContext("files", "demo"))
    field = traced.records[0].fields["qty"]
    start, end = field.spans[0]
    assert int(traced.text[start:end]) == field.value
    traced = explain_message(mapping.adapter, grouped, ShopContext("files", "demo"))
    field = traced.records[2].fields["merchant_code"]
    assert traced.text[slice(*field.spans[0])].strip('"') == field.value == "B-7"
