"""``entrepot carriers`` as a person uses it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from tests.contract.cli.test_commands import Run, _lines, run

__all__ = ["run"]

NODES = """节点编码,名称,英文名称,类型,国家,省,市,区,地址,经度,纬度,上级中心仓,状态
RDC-E,华东中心仓,East,rdc,CN,江苏省,苏州市,吴江区,云翔路88号,120.6,31.3,,启用
"""


@pytest.fixture(scope="module")
def stocked(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Commands on a house with one node and the demo's rate sheet."""
    file = tmp_path_factory.mktemp("nodes") / "nodes.csv"
    file.write_text(NODES, encoding="utf-8")
    ours = Path("src/entrepot/hub/channels/files/wms/nodes.toml").read_text("utf-8")
    mapping = file.with_suffix(".toml")
    mapping.write_text(ours.replace('topic = "wms.nodes"', 'topic = "my-nodes"'), encoding="utf-8")
    assert run("load", "files", str(file), "--mapping", str(mapping)).returncode == 0
    sheet = files("entrepot.simulator").joinpath("carriers.csv")
    (line,) = _lines(run("carriers", "import", str(sheet), "--json"))
    assert (line["new_cards"], line["faults"]) == (9, [])
    return run


def test_the_same_sheet_again_changes_nothing(stocked: Run) -> None:
    sheet = files("entrepot.simulator").joinpath("carriers.csv")
    (line,) = _lines(stocked("carriers", "import", str(sheet), "--json"))
    assert (line["new_cards"], line["unchanged_cards"]) == (0, 9)


def test_services_and_cartons_are_listed(stocked: Run) -> None:
    services = _lines(stocked("carriers", "list", "--json"))
    assert {"SF", "ZTO", "YANWEN"} <= {line["carrier"] for line in services}
    assert "XXL" in {line["code"] for line in _lines(stocked("carriers", "cartons", "--json"))}
    packed = _lines(stocked("carriers", "cartons", "--pack", "a:2:500:200x150x40", "--json"))
    assert [(line["carton"], line["pieces"]) for line in packed] == [("S", {"a": 2})]


def test_a_quote_tells_prices_and_who_refuses(stocked: Run) -> None:
    asked = ("carriers", "quote", "--from", "RDC-E", "--to", "浙江省/杭州市", "--weight-g", "1500")
    lines = _lines(stocked(*asked, "--json"))
    # 3.80 for the first kilogram, 1.00 for the second.
    assert [line["amount"] for line in lines if line["carrier"] == "ZTO"] == [480]
    assert [line["reason"] for line in lines if line["carrier"] == "YANWEN"] == ["no_lane"]
    shown = stocked(*asked)
    assert "zone Z1: freight 3.80 + 1 x 1.00" in shown.stdout
    abroad = _lines(stocked("carriers", "quote", "--from", "RDC-E", "--to", "US/Texas", "--weight-g", "500", "--json"))
    assert {line["carrier"] for line in abroad if "amount" in line} == {"SF", "YANWEN"}


def test_faults_of_a_sheet_are_told_and_the_rest_goes_in(stocked: Run, tmp_path: Path) -> None:
    file = tmp_path / "more.csv"
    file.write_text("record,carrier,node,days,time\ncut_off,SF,RDC-E,sun,nine\ncut_off,SF,RDC-E,sat,16:00\n")
    done = stocked("carriers", "import", str(file))
    assert done.returncode == 0
    assert "more.csv, row 2, column 'time': 'nine' is not a time of day such as 16:30. Correct the cell." in done.stderr
    (line,) = _lines(stocked("carriers", "import", str(file), "--json"))
    assert len(line["faults"]) == 1  # type: ignore[arg-type]


def test_lanes_are_listed_after_they_were_scored(stocked: Run) -> None:
    done = stocked("carriers", "lanes", "--refresh", "--json")
    assert (done.returncode, done.stdout) == (0, "")
    assert "0 lanes from 0 parcels" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("quote", "--from", "ST999", "--to", "浙江省", "--weight-g", "1"), 3),
        (("quote", "--from", "RDC-E", "--to", "CN/浙江省/杭州市/西湖区", "--weight-g", "1"), 2),
        (("cartons", "--pack", "a:b"), 2),
        (("import", "nowhere.csv"), 3),
    ],
)
def test_what_cannot_be_is_refused_with_its_exit_code(stocked: Run, arguments: tuple[str, ...], code: int) -> None:
    done = stocked("carriers", *arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("entrepot: ")


def test_a_quote_by_postal_code_and_a_remark(stocked: Run, tmp_path: Path) -> None:
    sheet = tmp_path / "zip.csv"
    sheet.write_text(
        "record,carrier,service,currency,valid_from,from_node,country,postal,zone,transit_days,price\n"
        "carrier,ZIP\nservice,ZIP,std,CNY,2020-01-01\nlane,ZIP,std,,,RDC-E|RDC-X,CN,3100,A,2\nrate,ZIP,std,,,,,,A,,9\n"
    )
    (line,) = _lines(stocked("carriers", "import", str(sheet), "--json"))
    assert [remark["what"] for remark in line["remarks"]] == ["'RDC-X'"]
    asked = ("carriers", "quote", "--from", "RDC-E", "--to", "浙江省", "--weight-g", "500", "--json", "--postal")
    for postal, amounts in (("310012", [900]), ("311000", [])):
        assert [one["amount"] for one in _lines(stocked(*asked, postal)) if one.get("amount") == 900] == amounts
