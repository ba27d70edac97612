"""The rules of the house that no single test sees: layers, purity, one line of migrations."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from entrepot.infra.migrate import SCRIPTS, newest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "entrepot"


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_imports_go_one_way() -> None:
    _run(str(Path(sys.executable).parent / "lint-imports"), "--no-cache")


def test_pure_modules_do_no_io() -> None:
    _run(sys.executable, "tools/pure.py")


def test_migrations_are_one_line_with_one_head() -> None:
    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    scripts = ScriptDirectory.from_config(config)
    chain = [script.revision for script in scripts.walk_revisions()]
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert chain == sorted(chain, reverse=True)
    assert scripts.get_heads() == [newest()]
    assert len(chain) == len(list((PACKAGE / "migrations" / "versions").glob("[0-9]*.py")))


def test_no_channel_imports_another() -> None:
    channels = PACKAGE / "hub" / "channels"
    faults = [
        f"{path.relative_to(PACKAGE)} imports {node.module}"
        for path in channels.glob("*/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("entrepot.hub.channels.")
        if (node.module or "").split(".")[3] != path.parent.name
    ]
    assert faults == []


def test_pure_modules_say_any_nowhere() -> None:
    faults = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in [*(PACKAGE / "kernel").glob("*.py"), *(PACKAGE / "hub" / "channels").glob("*/*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Name) and node.id == "Any"
    ]
    assert faults == []
