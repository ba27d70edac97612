"""What goes wrong with people's files when one does not know them."""

import zipfile
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels.files import ADAPTER, parse_mapping, read_messages
from entrepot.hub.channels.files import client as file_client
from entrepot.hub.channels.files.document import decode_rows
from entrepot.hub.converters import ShopContext
from entrepot.hub.translate import translate
from entrepot.kernel.errors import InputError, NotFound

RECEIVED = datetime(2026, 12, 31, tzinfo=UTC)
SALES = parse_mapping("""
[file]
topic = "sales"
currency = "CNY"
null = ["无"]

[order]
id = "订单号"
placed_at = "下单时间"
total = "实付"

[order.line]
merchant_code = "货号"
qty = "数量"
unit_price = "单价(元.含税)"

[order.shipment]
id = "运单号"
tracking_no = "运单号"
""")
HEADER = "订单号,下单时间,实付,货号,数量,单价(元.含税),运单号"
GOOD = "A1,2026/1/31 9:30,59.8,K1,2,29.9,"


def load(path, mapping=SALES):
    """The records and findings of a file."""
    facts, findings = [], []
    for message in read_messages(path, mapping, "demo", RECEIVED):
        said = translate(mapping.adapter, message, ShopContext("files", "demo"))
        facts.extend(said.facts)
        findings.extend(said.findings)
    return facts, findings


@pytest.fixture
def written(tmp_path):
    def write(*lines, encoding="utf-8", name="sales.csv"):
        path = tmp_path / name
        path.write_bytes("\r\n".join((HEADER, *lines, "")).encode(encoding))
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_encoding_that_excel_writes_is_read(written, encoding):
    facts, findings = load(written(GOOD, encoding=encoding))
    assert [fact.kind for fact in facts] == ["order", "order_line"]
    assert findings == []


def test_a_bad_row_names_file_row_column_what_and_mend_and_the_others_flow(written):
    facts, findings = load(written(GOOD, "A2,2026/1/31 9:30,59.8,K1,两件,29.9,", GOOD.replace("A1", "A3")))
    assert [fact.id for fact in facts if fact.kind == "order"] == ["files:demo:A1", "files:demo:A3"]
    assert findings[0].message == "sales.csv, row 3, column '数量': '两件' is not a whole number of pieces (qty)."
    assert findings[0].mend.startswith("Mend the cell")


def test_an_empty_cell_that_is_needed_is_told_with_its_column(written):
    _, findings = load(written(GOOD.replace("A1", "")))
    assert findings[0].message.startswith("sales.csv, row 2, column '订单号': the cell is empty")


def test_blank_rows_count_as_a_spreadsheet_counts_them(written):
    _, findings = load(written(GOOD, "", ",,,,,,", "A2,x,1,K,1,1,"))
    assert "row 5, column '下单时间'" in findings[0].message


def test_a_quoted_line_break_is_one_row(written):
    _, findings = load(written('A1,2026/1/31 9:30,59.8,"K\r\n1",2,29.9,', "A2,x,1,K,1,1,"))
    assert "row 3" in findings[0].message


def test_a_row_with_too_many_cells_is_kept_out_with_its_order(written):
    facts, findings = load(written(GOOD, GOOD + ",更多"))
    assert facts == []
    assert findings[0].rule == "files.row"
    assert "row 3: it has 8 cells, the header has 7" in findings[0].message


def test_bytes_that_are_no_text_spoil_their_row_only(tmp_path):
    path = tmp_path / "sales.csv"
    rows = "\n".join([HEADER, *(GOOD.replace("A1", f"A{n}") for n in range(3))]).encode()
    path.write_bytes(rows.replace(b"A1,", b"\xff\xfeA1,"))
    facts, findings = load(path)
    assert len([fact for fact in facts if fact.kind == "order"]) == 2
    assert "bytes that are no text" in findings[0].message


def test_an_unclosed_quotation_mark_is_told_where_it_opens(written):
    lines = [GOOD.replace("A1", f"A{n}") for n in range(400)]
    lines[100] = lines[100].replace("K1", '"K1')
    facts, findings = load(written(*lines))
    assert len([fact for fact in facts if fact.kind == "order"]) == 100
    assert "row 102" in findings[0].message
    assert "quotation mark" in findings[0].message


def test_missing_columns_are_all_named_before_anything_is_read(written):
    mapping = parse_mapping(SALES.text.replace("订单号", "定单号").replace("数量", "件数"))
    with pytest.raises(InputError) as told:
        list(read_messages(written(GOOD), mapping, "demo", RECEIVED))
    assert told.value.code == "files.columns"
    assert told.value.fields["missing"] == ["定单号", "件数"]
    assert "Did you mean '订单号'" in str(told.value)


def test_a_column_that_some_files_lack_may_be_optional(written):
    text = SALES.text.replace('total = "实付"', 'total = "实付"\nbuyer_note = { column = "备注", optional = true }')
    facts, findings = load(written(GOOD), parse_mapping(text))
    assert (len(facts), findings) == (2, [])


def test_the_same_rows_in_another_file_are_the_same_message(written):
    first = [message.identity() for message in read_messages(written(GOOD), SALES, "demo", RECEIVED)]
    later = list(read_messages(written(GOOD, name="again.csv"), SALES, "demo", RECEIVED + timedelta(days=1)))
    assert first == [message.identity() for message in later]
    assert later[0].headers["x-file-rows"] == "2"


def test_a_record_named_by_its_row_keeps_the_row_in_its_identity(tmp_path):
    mapping = parse_mapping("""
[file]
topic = "moves"
[movement]
id = ["@file", "@row"]
reason = { value = "adjustment" }
sku = "sku"
to_node = "node"
qty = "qty"
valid_at = "at"
""")
    path = tmp_path / "moves.csv"
    path.write_text("sku,node,qty,at\nA,N,-1,2026-01-01\nA,N,-1,2026-01-01\n")
    facts, _ = load(path, mapping)
    assert [fact.id for fact in facts] == ["files:demo:moves.csv|2", "files:demo:moves.csv|3"]
    assert [fact.fields["qty"] for fact in facts] == [-1, -1]


def test_rows_of_an_order_need_not_stand_together(written):
    facts, _ = load(written(GOOD, GOOD.replace("A1", "A2"), GOOD.replace("K1", "K2")))
    orders = {fact.id: fact.fields["line_ids"] for fact in facts if fact.kind == "order"}
    assert orders == {"files:demo:A1": ["1", "2"], "files:demo:A2": ["1"]}


def test_rows_of_an_order_that_stand_too_far_apart_stop_the_load(written, monkeypatch):
    monkeypatch.setattr(file_client, "WINDOW", 3)
    lines = [GOOD.replace("A1", f"A{n}") for n in range(9)]
    with pytest.raises(InputError) as told:
        load(written(*lines, lines[0]))
    assert told.value.code == "files.apart"
    assert "row 11" in str(told.value)


def test_an_empty_parcel_number_gives_no_shipment_and_a_filled_one_does(written):
    facts, _ = load(written(GOOD + "无", GOOD.replace("A1", "A2") + "SF1"))
    assert [fact.id for fact in facts if fact.kind == "shipment"] == ["files:demo:A2/SF1"]


def test_a_wide_file_gives_a_line_for_every_filled_product(tmp_path):
    mapping = parse_mapping("""
[file]
topic = "wide"
[order]
id = "no"
placed_at = "at"
[[order.line]]
merchant_code = "sku1"
qty = "n1"
[[order.line]]
merchant_code = "sku2"
qty = "n2"
""")
    path = tmp_path / "wide.csv"
    path.write_text("no,at,sku1,n1,sku2,n2\n1,2026-01-01,A,1,B,2\n2,2026-01-01,A,1,,\n")
    facts, findings = load(path, mapping)
    lines = {fact.id: fact.fields["line_ids"] for fact in facts if fact.kind == "order"}
    assert lines == {"files:demo:1": ["1|1", "1|2"], "files:demo:2": ["1|1"]}
    assert findings == []


def test_orders_of_other_channels_keep_their_own_names(tmp_path):
    mapping = parse_mapping("""
[file]
topic = "all"
[order]
of = ["平台", "店铺"]
id = "单号"
placed_at = "时间"
[order.line]
qty = "数量"
""")
    path = tmp_path / "all.csv"
    path.write_text("平台,店铺,单号,时间,数量\ntaobao,flagship,41171612630246574,2026-01-01,1\n", encoding="utf-8")
    assert load(path, mapping)[0][0].id == "taobao:flagship:41171612630246574"


# Excel and Parquet --------------------------------------------------------------------------------------------------


def workbook(path, rows, first=1):
    """Write a small .xlsx: texts inline, numbers as numbers."""
    cells = []
    for number, row in enumerate(rows, first):
        line = "".join(
            f'<c r="{chr(65 + at)}{number}" t="inlineStr"><is><t>{cell}</t></is></c>'
            if isinstance(cell, str)
            else f'<c r="{chr(65 + at)}{number}"><v>{cell}</v></c>'
            for at, cell in enumerate(row)
            if cell is not None
        )
        cells.append(f'<row r="{number}">{line}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kin = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    sheet_type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
            f'ContentType="{sheet_type}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" '
            f'ContentType="{sheet_type}.worksheet+xml"/></Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{kin}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{kin}"><sheets><sheet name="订单" sheetId="1" r:id="r1"/></sheets>'
            "</workbook>",
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" Type="{kin}/worksheet" '
            'Target="worksheets/sheet1.xml"/></Relationships>',
        )
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}"><sheetData>{"".join(cells)}</sheetData></worksheet>'
        )
    return path


def test_excel_rows_are_counted_as_excel_shows_them(tmp_path):
    names = HEADER.split(",")
    rows = [names, ["A1", "2026-01-31 09:30", 59.8, "K1", 2, 29.9], ["A2", "x", 1, "K1", 1, 1]]
    mapping = parse_mapping(SALES.text.replace('topic = "sales"', 'topic = "sales"\nheader_row = 3'))
    facts, findings = load(workbook(tmp_path / "sales.xlsx", rows, first=3), mapping)
    assert [(fact.kind, fact.fields.get("qty")) for fact in facts] == [("order", None), ("order_line", 2)]
    assert facts[0].fields["total"] == 5980
    assert findings[0].message.startswith("sales.xlsx, row 5, column '下单时间': 'x'")


def test_a_long_number_in_excel_has_lost_its_last_digits_and_is_refused(tmp_path):
    names = HEADER.split(",")
    rows = [names, [41171612630246574, "2026-01-31 09:30", 1, "K1", 2, 1], [1002, "2026-01-31 09:30", 1, "K1", 2, 1]]
    facts, findings = load(workbook(tmp_path / "sales.xlsx", rows))
    assert [fact.id for fact in facts if fact.kind == "order"] == ["files:demo:1002"]
    assert "row 2: column '订单号' holds the number" in findings[0].message
    assert "15 digits" in findings[0].message


def test_long_ids_kept_as_text_in_excel_stay_exact(tmp_path):
    rows = [HEADER.split(","), ["41171612630246574", "2026-01-31 09:30", 1, "K1", 2, 1]]
    facts, _ = load(workbook(tmp_path / "sales.xlsx", rows))
    assert facts[0].id == "files:demo:41171612630246574"


def test_names_above_the_header_are_told(tmp_path):
    with pytest.raises(InputError) as told:
        load(workbook(tmp_path / "sales.xlsx", [HEADER.split(",")], first=4))
    assert told.value.code == "files.header"
    assert "header_row = 4" in str(told.value)


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(tmp_path):
    mapping = parse_mapping(SALES.text.replace('topic = "sales"', 'topic = "sales"\nsheet = "汇总"'))
    with pytest.raises(InputError, match="Its sheets are: 订单"):
        load(workbook(tmp_path / "sales.xlsx", [HEADER.split(",")]), mapping)


def test_parquet_keeps_its_types(tmp_path):
    path = tmp_path / "sales.parquet"
    pl.DataFrame(
        {
            "订单号": [9007199254740993], "下单时间": [datetime(2026, 1, 31, 9, 30)], "实付": [59.8], "货号": ["K1"],
            "数量": [2.0], "单价(元.含税)": [29.9], "运单号": [None],
        }
    ).write_parquet(path)  # fmt: skip
    facts, findings = load(path)
    assert facts[0].id == "files:demo:9007199254740993"
    assert (facts[0].fields["total"], facts[0].fields["placed_at"]) == (5980, "2026-01-31T01:30:00Z")
    assert findings == []


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("none.csv", None, "files.open"),
        ("sales.pdf", b"%PDF", "files.format"),
        ("sales.xlsx", b"not a workbook", "files.open"),
        ("sales.parquet", b"not parquet", "files.open"),
        ("sales.csv", b"", "files.header"),
        ("sales.csv", b"\n\n1,2\n", "files.header"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_a_code(tmp_path, name, content, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError if content is not None else NotFound) as told:
        load(tmp_path / name)
    assert told.value.code == code


def test_a_posted_file_with_nothing_but_names_is_no_fault():
    said = translate(
        ADAPTER, RawMessage("files", "wms", "receipts", "入库单号,行号\n".encode(), RECEIVED), ShopContext()
    )
    assert [finding.rule for finding in said.findings] == ["message.empty"]


def test_a_form_feed_in_a_cell_does_not_break_its_row():
    rows = decode_rows("a,b\nx\x0cy,1\u2028\n".encode(), {})["rows"]
    assert rows == [{"@row": 2, "a": "x\x0cy", "b": "1\u2028"}]
