"""Print the sizes that STYLE watches: files over 150 lines, functions over 40; a habit, not a gate."""

from __future__ import annotations

import ast
import statistics
from pathlib import Path

ROOT = Path(__file__).parent.parent / "src"


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of a function's body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def main() -> None:
    """Print the table."""
    files: list[tuple[int, str]] = []
    functions: list[tuple[int, str]] = []
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text()
        name = str(path.relative_to(ROOT))
        files.append((text.count("\n"), name))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions.append((body_lines(node), f"{name}:{node.lineno} {node.name}"))
    for title, sizes, limit in (("files", files, 250), ("functions", functions, 30)):
        lengths = sorted(size for size, _ in sizes)
        print(
            f"{len(lengths)} {title}: median {statistics.median(lengths):.0f}, "
            f"95 % up to {lengths[int(len(lengths) * 0.95)]}, longest {lengths[-1]}"
        )
        for size, name in sorted(sizes, reverse=True):
            if size > limit:
                print(f"  {size:4} {name}")


if __name__ == "__main__":
    main()
