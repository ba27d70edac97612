"""Workbooks as they come: errors, formulas nobody worked out, percentages, merged cells, sheets in another order."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from entrepot.hub.channels.files.excel import Found
from entrepot.hub.channels.files.readers import find_tables, read_rows
from entrepot.kernel.errors import InputError

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="170" formatCode="0.0%"/>'
    '<numFmt numFmtId="171" formatCode="0&quot;%&quot;"/></numFmts>'
    '<cellXfs count="4"><xf numFmtId="0"/><xf numFmtId="170"/><xf numFmtId="9"/><xf numFmtId="171"/></cellXfs>'
    "</styleSheet>"
)


def text(place: str, words: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def book(path: Path, *sheets: tuple[str, str, Sequence[str], str]) -> Path:
    """Write sheets of (name, state, rows of cells, merged areas); the parts stand in the opposite order."""
    with zipfile.ZipFile(path, "w") as packed:
        of = f"{PACKAGE}/relationships"
        packed.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        packed.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{of}"><Relationship Id="r1" Type="{KIN}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        listed = "".join(
            f'<sheet name="{name}" sheetId="{k}" state="{state}" r:id="r{k}"/>'
            for k, (name, state, _, _) in enumerate(sheets)
        )
        packed.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{KIN}"><sheets>{listed}</sheets></workbook>'
        )
        links = "".join(
            f'<Relationship Id="r{k}" Type="{KIN}/worksheet" Target="/xl/worksheets/sheet{9 - k}.xml"/>'
            for k in range(len(sheets))
        )
        styles = f'<Relationship Id="s" Type="{KIN}/styles" Target="styles.xml"/>'
        packed.writestr("xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{of}">{links}{styles}</Relationships>')
        packed.writestr("xl/styles.xml", STYLES)
        for k, (_, _, rows, merged) in enumerate(sheets):
            body = "".join(f"<row>{row}</row>" for row in rows)
            packed.writestr(
                f"xl/worksheets/sheet{9 - k}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData>{merged}</worksheet>',
            )
    return path


HEADING = text("B2", "what") + text("C2", "value")


def shown(path: Path) -> list[dict[str, object]]:
    _, rows = read_rows(path, header_row=2, is_as_shown=True)
    return [dict(row) for row in rows]


def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    rows = [
        HEADING,
        text("B3", "own format") + '<c r="C3" s="1"><v>0.125</v></c>',
        text("B4", "built in") + '<c r="C4" s="2" t="n"><v>0.07</v></c>',
        text("B5", "a mark in quotes") + '<c r="C5" s="3"><v>12.5</v></c>',
        text("B6", "a sum") + '<c r="C6"><f>3*4.2</f><v>12.600000000000001</v></c>',
        text("B7", "an error") + '<c r="C7" t="e"><v>#N/A</v></c>',
        text("B8", "a text in percent") + '<c r="C8" s="1" t="str"><f>A1</f><v></v></c>',
    ]
    found = {row["what"]: row["value"] for row in shown(book(tmp_path / "a.xlsx", ("one", "visible", rows, "")))}
    assert found == {
        "own format": "12.5%",
        "built in": "7%",
        "a mark in quotes": "12.5",
        "a sum": "12.6",
        "an error": "#N/A",
        "a text in percent": "",
    }


def test_what_is_kept_is_read_where_nobody_asked_for_what_is_shown(tmp_path: Path) -> None:
    rows = [HEADING, text("B3", "a share") + '<c r="C3" s="1"><v>0.125</v></c>']
    _, read = read_rows(book(tmp_path / "a.xlsx", ("one", "visible", rows, "")), header_row=2)
    assert [row["value"] for row in read] == ["0.125"]


def test_a_formula_without_its_result_makes_its_row_a_fault(tmp_path: Path) -> None:
    rows = [
        HEADING,
        text("B3", "a") + '<c r="C3"><f>1+1</f><v/></c>',
        text("B4", "b") + '<c r="C4"><f>1+1</f><v>2</v></c>',
    ]
    bad, good = shown(book(tmp_path / "a.xlsx", ("one", "visible", rows, "")))
    assert "column 'value' holds a formula without its result" in str(bad["@fault"])
    assert good == {"@row": 4, "what": "b", "value": "2"}


def test_a_merged_cell_speaks_for_all_its_rows_but_not_for_other_columns(tmp_path: Path) -> None:
    rows = [HEADING, text("B3", "a") + '<c r="C3"><v>1</v></c>', '<c r="C4"><v>2</v></c>', text("B5", "note")]
    merged = '<mergeCells><mergeCell ref="B3:B4"/><mergeCell ref="B5:C5"/></mergeCells>'
    found = shown(book(tmp_path / "a.xlsx", ("one", "visible", rows, merged)))
    assert [(row["what"], row["value"]) for row in found] == [("a", "1"), ("a", "2"), ("note", "")]


def test_a_column_of_several_kinds_is_read(tmp_path: Path) -> None:
    rows = [
        HEADING,
        text("B3", "date") + '<c r="C3" t="d"><v>2026-01-02T00:00:00</v></c>',
        text("B4", "flag") + '<c r="C4" t="b"><v>1</v></c>',
        text("B5", "digits") + '<c r="C5"><v>12345678901234567000</v></c>',
    ]
    found = shown(book(tmp_path / "a.xlsx", ("one", "visible", rows, "")))
    assert [row["value"] for row in found[:2]] == ["2026-01-02T00:00:00", "true"]


def test_tables_are_found_under_titles_and_hidden_sheets_are_told(tmp_path: Path) -> None:
    old = ("old", "hidden", [HEADING], "")
    notes, now = (
        ("notes", "visible", [text("A1", "read me")], ""),
        ("now", "visible", [text("B1", "2026"), HEADING], ""),
    )
    path = book(tmp_path / "a.xlsx", old, notes, now)
    found, others = find_tables(path, lambda cells: "what" in cells)
    assert found == [Found("old", 2, is_hidden=True), Found("now", 2)]
    assert others == ["notes"]


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_a_damaged_workbook_says_so(tmp_path: Path, place: float) -> None:
    path = book(tmp_path / "a.xlsx", ("one", "visible", [HEADING], ""))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * place)])
    with pytest.raises(InputError, match="cannot be read as a workbook"):
        read_rows(path)
