"""Who loads: this product; a plain COPY, the floor; dlt, the peer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import psycopg

from benchmarks.workloads import Workload
from entrepot.app import Platform, wire
from entrepot.flows.loading import load
from entrepot.hub.adapter import RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.documents import Json, Undecodable
from entrepot.infra import log
from entrepot.infra.database import Database
from entrepot.infra.settings import Settings

Load: TypeAlias = Callable[[Workload, str], None]
"""Loads a workload into the database at an address."""

_BATCH = 1000


@contextmanager
def platform_at(url: str) -> Iterator[Platform]:
    """Wire the product to a migrated database."""
    with tempfile.TemporaryDirectory() as folder, Database(url, name="benchmark") as db:
        with db.transaction() as conn:
            log.ensure_partitions(conn)
        yield wire(Settings(data_dir=Path(folder), demo_rate=0), db)


def ours(workload: Workload, url: str) -> None:
    """Load as the product does: stored, translated, folded, logged, each batch durable."""
    with platform_at(url) as platform:
        counts = load(platform.intake, workload.messages)
    assert counts["refused"] == 0


def plain_copy(workload: Workload, url: str) -> None:
    """Send the same bytes into one table without an index, a transaction a batch."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE raw (channel text, shop text, topic text, received_at timestamptz, body bytea)")
        for start in range(0, len(workload.messages), _BATCH):
            with conn.transaction(), conn.cursor() as cursor, cursor.copy("COPY raw FROM STDIN") as copy:
                for one in workload.messages[start : start + _BATCH]:
                    copy.write_row((one.channel, one.shop, one.topic, one.received_at, one.body))


def dlt_documents(workload: Workload, url: str) -> None:
    """Append every message as a row with a JSON document: the least dlt can do."""
    rows = ({"channel": one.channel, "topic": one.topic, "document": doc} for one, doc in _documents(workload.messages))
    _run_dlt(rows, url, name="message", columns={"document": {"data_type": "json"}}, write_disposition="append")


def dlt_tables(workload: Workload, url: str) -> None:
    """Append every message unpacked into typed tables, one for each list in it: what dlt is made for."""
    _run_dlt(_unpacked(workload), url, name="message", write_disposition="append", table_name=_table_name)


def dlt_merge(workload: Workload, url: str) -> None:
    """Unpack, and let a document replace the one of the same key, so that loading twice is loading once."""
    _run_dlt(_unpacked(workload), url, name="message", write_disposition="merge", primary_key=workload.document_key)


def contenders(workload: Workload) -> dict[str, Load]:
    """Return everyone who takes part, ourselves first."""
    found: dict[str, Load] = {
        "ours": ours, "copy": plain_copy, "dlt documents": dlt_documents, "dlt tables": dlt_tables,
    }  # fmt: skip
    if workload.document_key:
        found["dlt merge"] = dlt_merge
    return found


def _documents(messages: list[RawMessage]) -> Iterator[tuple[RawMessage, Json]]:
    # Decoded by our own decoder, which is faster than dlt's; what is no document is left out.
    for message in messages:
        try:
            yield message, adapter_of(message.channel).decode(message.body, message.headers)
        except Undecodable:
            continue


def _unpacked(workload: Workload) -> Iterator[dict[str, Any]]:
    for message, document in _documents(workload.messages):
        if isinstance(document, dict):
            yield {**document, "_table": _slug(message)} if not workload.document_key else document


def _slug(message: RawMessage) -> str:
    return f"{message.channel}_{message.topic or 'message'}".replace("/", "_").replace(".", "_")


def _table_name(row: dict[str, Any]) -> str:
    return str(row.get("_table", "message"))


def _run_dlt(rows: Iterator[dict[str, Any]], url: str, **resource: Any) -> None:
    import dlt  # late: it takes seconds to import

    with tempfile.TemporaryDirectory() as folder:
        pipeline = dlt.pipeline(
            "benchmark", pipelines_dir=folder, destination=dlt.destinations.postgres(url), dataset_name="loaded"
        )
        pages = (page for page in iter(partial(_page, rows), []))
        # CSV goes in through COPY; it was never slower here than dlt's default of INSERT statements.
        pipeline.run(dlt.resource(pages, **resource), loader_file_format="csv").raise_on_failed_jobs()


def _page(rows: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(islice(rows, _BATCH))


def quiet_dlt(folder: Path) -> None:
    """Keep dlt's files in a folder, its telemetry off and its log silent."""
    os.environ.update(
        DLT_DATA_DIR=str(folder),
        DLT_PROJECT_DIR=str(folder),
        RUNTIME__DLTHUB_TELEMETRY="false",
        RUNTIME__LOG_LEVEL="CRITICAL",
    )
