"""Studies as they are stored: versions are only added, a version's result is its last."""

from __future__ import annotations

from datetime import datetime
from typing import Final, NamedTuple

from psycopg import Connection

from entrepot.kernel.errors import NotFound

_STUDIES: Final = """
SELECT s.id, s.name, s.made_at, s.made_by, s.job, newest.no, newest.made_at, r.report -> 'summary'
FROM network.study s
LEFT JOIN LATERAL (
    SELECT v.no, v.made_at FROM network.version v WHERE v.study = s.id ORDER BY v.no DESC LIMIT 1
) newest ON true
LEFT JOIN network.result r ON r.study = s.id AND r.no = newest.no"""


class StudyRow(NamedTuple):
    """A study, its newest version and what was found for it."""

    id: int
    name: str
    made_at: datetime
    made_by: str
    job: str | None
    version: int | None
    changed_at: datetime | None
    summary: dict[str, object] | None


class VersionRow(NamedTuple):
    """A version without its document."""

    no: int
    made_at: datetime
    made_by: str
    note: str
    is_solved: bool


def add_study(conn: Connection, name: str, at: datetime, by: str) -> int:
    """Begin a study; it has no version yet."""
    row = conn.execute(
        "INSERT INTO network.study (name, made_at, made_by) VALUES (%s, %s, %s) RETURNING id", (name, at, by)
    ).fetchone()
    assert row is not None
    return int(row[0])


def set_job(conn: Connection, study: int, job: str) -> None:
    """Note the job that works on a study."""
    conn.execute("UPDATE network.study SET job = %s WHERE id = %s", (job, study))


def list_studies(conn: Connection, limit: int, before: int | None) -> list[StudyRow]:
    """Return studies, the newest first."""
    rows = conn.execute(
        f"{_STUDIES} WHERE %(before)s::bigint IS NULL OR s.id < %(before)s ORDER BY s.id DESC LIMIT %(limit)s".encode(),
        {"before": before, "limit": limit},
    )
    return [StudyRow(*row) for row in rows]


def study_row(conn: Connection, study: int) -> StudyRow:
    """Return a study, or raise NotFound."""
    row = conn.execute(f"{_STUDIES} WHERE s.id = %s".encode(), (study,)).fetchone()
    if row is None:
        raise NotFound("network.study", f"There is no study {study}.", "Look it up in the list of studies.")
    return StudyRow(*row)


def add_version(conn: Connection, study: int, document: bytes, at: datetime, by: str, note: str) -> int:
    """Add the next version of a study."""
    conn.execute("SELECT 1 FROM network.study WHERE id = %s FOR UPDATE", (study,))
    row = conn.execute(
        "INSERT INTO network.version (study, no, made_at, made_by, note, document) "
        "SELECT %(study)s, coalesce(max(no), 0) + 1, %(at)s, %(by)s, %(note)s, %(document)s::json "
        "FROM network.version WHERE study = %(study)s RETURNING no",
        {"study": study, "at": at, "by": by, "note": note, "document": document.decode()},
    ).fetchone()
    assert row is not None
    return int(row[0])


def versions(conn: Connection, study: int) -> list[VersionRow]:
    """Return a study's versions, the newest first."""
    rows = conn.execute(
        "SELECT v.no, v.made_at, v.made_by, v.note, r.no IS NOT NULL FROM network.version v "
        "LEFT JOIN network.result r USING (study, no) WHERE v.study = %s ORDER BY v.no DESC",
        (study,),
    )
    return [VersionRow(*row) for row in rows]


def document(conn: Connection, study: int, version: int) -> bytes:
    """Return a version's document, or raise NotFound."""
    row = conn.execute(
        "SELECT document::text FROM network.version WHERE study = %s AND no = %s", (study, version)
    ).fetchone()
    if row is None:
        message = f"Study {study} has no version {version}."
        raise NotFound("network.version", message, "See the list of its versions; it may still be drawn.")
    return str(row[0]).encode()


def keep_result(conn: Connection, study: int, version: int, report: bytes, at: datetime, by: str) -> None:
    """Keep what was found for a version, in place of what was found before."""
    conn.execute(
        "INSERT INTO network.result (study, no, solved_at, solved_by, report) VALUES (%s, %s, %s, %s, %s::json) "
        "ON CONFLICT (study, no) DO UPDATE SET solved_at = excluded.solved_at, solved_by = excluded.solved_by, "
        "report = excluded.report",
        (study, version, at, by, report.decode()),
    )


def result(conn: Connection, study: int, version: int) -> dict[str, object] | None:
    """Return what was found for a version; None before it was solved."""
    row = conn.execute("SELECT report FROM network.result WHERE study = %s AND no = %s", (study, version)).fetchone()
    return None if row is None else dict(row[0])
