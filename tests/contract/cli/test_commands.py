"""The command line as a person uses it, on an embedded server of its own.

Most commands run inside the test's process: a process each would spend its time on imports.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from entrepot.cli import main
from entrepot.cli.late import COMMANDS, load
from entrepot.infra.postgres import EmbeddedPostgres

Run = Callable[..., subprocess.CompletedProcess[str]]
SAMPLES = Path("src/entrepot/hub/channels")


def _run(data_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "entrepot", *arguments],
        env={**os.environ, "ENTREPOT_DATA_DIR": str(data_dir), "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _run_here(data_dir: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command as `_run` does, in this process."""
    out, err = io.StringIO(), io.StringIO()
    code: object = 0
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["entrepot", *arguments])
        patch.delenv("ENTREPOT_DATABASE_URL", raising=False)
        for name, value in {"ENTREPOT_DATA_DIR": str(data_dir), **environment}.items():
            patch.setenv(name, value)
        try:
            main()
        except SystemExit as end:
            code = end.code or 0
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Runs commands beside one server, as beside a running app."""
    path = Path(tempfile.mkdtemp(prefix="entrepot-cli-"))
    path.chmod(0o711)
    with EmbeddedPostgres(path):
        yield lambda *arguments, **environment: _run_here(path, *arguments, **environment)
    shutil.rmtree(path)


def _lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_translate_needs_no_database_and_loads_no_web(tmp_path: Path) -> None:
    sample = next((SAMPLES / "taobao" / "samples").glob("trade*"))
    lines = _lines(_run(tmp_path, "translate", "--channel", "taobao", str(sample)))
    assert {"order", "order_line"} <= {line["record"]["kind"] for line in lines if "record" in line}  # type: ignore[index]
    assert not any(tmp_path.iterdir())
    assert not {"nicegui", "dbos", "fastapi", "psycopg_pool"} & _loaded_by(
        "from entrepot.cli.late import load; load('translate')"
    )


def _loaded_by(code: str) -> set[str]:
    """Return what a process has loaded when it has run a line."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_help_loads_no_command_and_a_command_with_a_database_nothing_it_does_not_need() -> None:
    shown = _loaded_by(
        "import sys; sys.argv[1:] = ['--help']; from entrepot.cli import app; app(standalone_mode=False)"
    )
    assert not {name for name in shown if name.startswith("entrepot.cli.")} - {"entrepot.cli.late"}
    slow = {"nicegui", "fastapi", "dbos", "sqlalchemy", "alembic", "numba", "polars", "scipy", "joblib", "lightgbm"}
    assert not slow & _loaded_by("import entrepot.app, entrepot.cli.stock")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name: str) -> None:
    command = load(name)
    assert (command.help or "").partition("\n")[0] == COMMANDS[name].help


def test_translate_says_what_it_cannot_read(tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text('{"tid": ')
    (line,) = _lines(_run(tmp_path, "translate", "--channel", "taobao", str(file)))
    assert line["finding"]["rule"] == "decode.json"  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("translate", "--channel", "nowhere", "x"), 2, "There is no channel 'nowhere'"),
        (("translate", "--channel", "taobao", "missing.json"), 3, "There is no file missing.json"),
        (("orders", "explain", "taobao:a:1", "paid"), 3, "There is no order"),
        (("load", "olist", "nowhere"), 2, "Give the folder of the published Olist files"),
        (("quarantine", "replay"), 2, "Give ids, a reason or a channel"),
        (("shop", "add", "taobao", "no spaces"), 2, "is no shop name"),
    ],
)
def test_errors_go_to_stderr_with_their_exit_code(run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_shop_is_added_and_listed_without_its_secrets(run: Run) -> None:
    done = run("shop", "add", "shopify", "usa", "--currency", "USD", "--secret", "webhook_secret=hush")
    assert "/hub/shopify/usa/" in done.stderr
    (shop,) = [line for line in _lines(run("shop", "list", "--json")) if line["shop"] == "usa"]
    assert (shop["currency"], shop["signed"]) == ("USD", True)
    assert "hush" not in json.dumps(shop)


def test_files_load_and_bad_rows_are_told_with_file_row_and_column(run: Run, tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(
        "订单号,下单时间,商品编码,数量,实付金额\nA1,2026-11-01 10:00:00,X-1,2,59.80\nA2,昨天,X-2,1,10.00\n", "utf-8"
    )
    (tmp_path / "sales.toml").write_text(
        '[file]\ntopic = "sales"\nzone = "Asia/Shanghai"\n[order]\nid = "订单号"\n'
        'placed_at = { column = "下单时间", required = true }\n'
        '[order.line]\nmerchant_code = "商品编码"\nqty = "数量"\nline_total = "实付金额"\n',
        "utf-8",
    )
    load = ("load", "files", str(tmp_path / "sales.csv"), "--mapping", str(tmp_path / "sales.toml"))
    done = run(*load)
    assert done.returncode == 0, done.stderr
    told = " ".join(done.stderr.split())
    assert "sales.csv, row 3, column '下单时间'" in told
    assert "accepted 1, quarantined 1" in told
    (again,) = _lines(run(*load, "--json"))
    assert again["duplicate"] == 2
    (order,) = _lines(run("orders", "list", "--channel", "files", "--json"))
    assert (order["id"], order["paid"], order["pieces"]) == ("files:files:A1", None, 2)
    (line,) = _lines(run("orders", "explain", "files:files:A1", "placed_at", "--json"))
    assert line["value"] == "2026-11-01T02:00:00Z"

    # A mapping that grew reads the same rows again.
    mapping = tmp_path / "sales.toml"
    mapping.write_text(mapping.read_text("utf-8").replace('qty = "数量"', 'qty = "数量"\ntitle = "商品编码"'), "utf-8")
    assert "2 messages were translated again" in " ".join(run(*load).stderr.split())


def test_reading_commands_answer_in_json_lines(run: Run) -> None:
    assert run("demo", "load", "--scale", "0.01").returncode == 0
    (status,) = _lines(run("status", "--json"))
    assert status["counts"]["orders.orders"] > 0  # type: ignore[index]
    behind = {reader["name"]: reader["behind"] for reader in status["readers"]}  # type: ignore[attr-defined]
    assert behind["matching"] == behind["goods_issue"] == 0
    assert len(_lines(run("orders", "list", "--json", "--limit", "5"))) == 5
    assert _lines(run("stock", "levels", "--json"))
    assert _lines(run("stock", "as-of", "2026-10-01T00:00:00", "--json", "--node", "RDC-E")) is not None
    assert _lines(run("stock", "audit", "--json")) == []
    assert isinstance(_lines(run("quarantine", "list", "--json")), list)


def test_personal_data_is_exported_and_erased(run: Run) -> None:
    order = str(_lines(run("orders", "list", "--channel", "taobao", "--json", "--limit", "1"))[0]["id"])
    (held,) = _lines(run("orders", "export-personal", order))
    assert held["buyer_name"]
    (erased,) = _lines(run("orders", "erase-personal", order, "--yes"))
    assert erased["messages"]
    (held,) = _lines(run("orders", "export-personal", order))
    assert held["buyer_name"] == {"state": "erased", "value": ""}


def test_users_and_tokens(run: Run) -> None:
    done = run("user", "add", "wang", "--role", "operator", PASSWORD="a-long-password-9")
    assert done.returncode == 0, done.stderr
    assert {"name": "wang", "role": "operator"} in _lines(run("user", "list", "--json"))
    issued = run("token", "issue", "wang", "--name", "till", "--scope", "intake", "--scope", "read")
    assert issued.returncode == 0, issued.stderr
    assert len(issued.stdout.strip()) > 20
    assert "not shown again" in issued.stderr
    assert run("token", "issue", "wang").returncode == 2
    assert run("token", "issue", "nobody", "--scope", "read").returncode == 3
    assert run("token", "issue", "wang", "--scope", "fly").returncode == 2


def test_quarantined_messages_are_listed_and_replayed(run: Run, tmp_path: Path) -> None:
    open_entries = _lines(run("quarantine", "list", "--json", "--limit", "10000"))
    assert open_entries
    assert {"id", "reason", "message", "mend"} <= open_entries[0].keys()
    reason = str(open_entries[0]["reason"])
    (tried,) = _lines(run("quarantine", "replay", "--reason", reason, "--dry-run", "--json"))
    (done,) = _lines(run("quarantine", "replay", "--reason", reason, "--json"))
    assert tried == done
    assert done["resolved"] == 0
    of_reason = sum(entry["reason"] == reason for entry in open_entries)
    assert of_reason <= done["still"] <= len(open_entries)  # a message may be kept out for another reason as well
    assert "still open" in run("quarantine", "replay", str(open_entries[0]["id"])).stderr


def test_people_get_tables(run: Run) -> None:
    assert "orders.orders" in run("status").stdout
    order = _lines(run("orders", "list", "--channel", "taobao", "--json", "--limit", "2"))[1]
    told = run("orders", "explain", str(order["id"]), "placed_at").stdout
    assert (
        f"placed_at = {_lines(run('orders', 'explain', str(order['id']), 'placed_at', '--json'))[0]['value']!r}" in told
    )
    assert "cn_time" in told
    assert "shopify/" in run("demo", "shops").stdout
    assert run("no-such-command").returncode == 2
