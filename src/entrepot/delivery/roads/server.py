"""OSRM behind a port: started here on a built graph, or anywhere by its address; and its table service."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import httpx
import msgspec
import numpy as np
from numpy.typing import NDArray

from entrepot.delivery.roads.executables import Executables, bound_to_us
from entrepot.delivery.roads.roads import Place
from entrepot.kernel.errors import UpstreamError

OURS: Final = 500
OTHERS: Final = 50
"""How many places are asked from and to at once; servers elsewhere take 100 in all unless set otherwise."""
START_SECONDS: Final = 120.0


class Snapped(msgspec.Struct):
    """How far, in metres, a place is from the road it was put on."""

    distance: float


class Answer(msgspec.Struct):
    """What the table service says; null where there is no way."""

    code: str
    message: str = ""
    sources: list[Snapped] = []
    durations: list[list[float | None]] = []
    distances: list[list[float | None]] = []


class Matrix(NamedTuple):
    """Seconds and metres, shape (n, n), NaN where there is no way; metres from each place to its road."""

    seconds: NDArray[np.float64]
    metres: NDArray[np.float64]
    away: NDArray[np.float64]


@contextmanager
def serving(executables: Executables, folder: Path) -> Iterator[str]:
    """Run a server on a graph and yield its address; it ends with the block.

    Raises
    ------
    UpstreamError
        ``roads.server`` if it does not come up.
    """
    port = _free_port()
    command = [executables.program("osrm-routed"), "--algorithm", "mld", "--ip", "127.0.0.1", "--port", str(port)]
    command += ["--mmap", "--max-table-size", str(2 * OURS), "--threads", "2", "roads.osrm"]
    server = subprocess.Popen(bound_to_us(command), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()  # it only reads
        server.wait()


def ask_matrix(url: str, places: Sequence[Place], block: int) -> Matrix:
    """Ask for the travel between all places, block by block.

    Raises
    ------
    UpstreamError
        ``roads.server`` if the server does not answer, or refuses.
    """
    size = len(places)
    matrix = Matrix(np.zeros((size, size)), np.zeros((size, size)), np.zeros(size))
    with httpx.Client(timeout=300.0) as client:
        for i in range(0, size, block):
            for j in range(0, size, block):
                rows, columns = slice(i, min(i + block, size)), slice(j, min(j + block, size))
                answer = _ask(client, url, places[rows], places[columns])
                matrix.seconds[rows, columns] = np.array(answer.durations, dtype=np.float64)
                matrix.metres[rows, columns] = np.array(answer.distances, dtype=np.float64)
                matrix.away[rows] = [one.distance for one in answer.sources]
    return matrix


def _ask(client: httpx.Client, url: str, origins: Sequence[Place], targets: Sequence[Place]) -> Answer:
    spots = ";".join(f"{place.longitude:.6f},{place.latitude:.6f}" for place in (*origins, *targets))
    numbers = [str(k) for k in range(len(origins) + len(targets))]
    asked = {
        "sources": ";".join(numbers[: len(origins)]),
        "destinations": ";".join(numbers[len(origins) :]),
        "annotations": "duration,distance",
        "generate_hints": "false",
    }
    try:
        answer = msgspec.json.decode(
            client.get(f"{url.rstrip('/')}/table/v1/driving/{spots}", params=asked).content, type=Answer
        )
    except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError) as error:
        mend = "Check the address; it is that of an OSRM server, without a path."
        raise UpstreamError("roads.server", f"{url} does not answer as OSRM: {error}.", mend) from error
    if answer.code != "Ok" or not answer.distances:
        why = f"{answer.code} {answer.message}".strip()
        raise UpstreamError(
            "roads.server", f"{url} gives no table: {why}.", "See the limits the server was started with."
        )
    return answer


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
        except OSError:
            time.sleep(0.01)
        else:
            return
    raise UpstreamError("roads.server", "osrm-routed does not come up on the built graph.", "Build the roads again.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
