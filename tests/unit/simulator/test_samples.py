from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from entrepot.simulator.samples import write


def test_the_samples_beside_the_adapters_are_what_the_simulator_writes(tmp_path: Path) -> None:
    written = write(tmp_path)
    shipped = Path(str(files("entrepot.hub"))) / "channels"
    assert len(written) > 80
    for path in written:
        name = path.relative_to(tmp_path)
        assert (shipped / name).read_bytes() == path.read_bytes(), f"{name}: run python -m entrepot.simulator.samples"
