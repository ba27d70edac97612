"""Which adapter reads a message: its channel's, or for a file the mapping registered for its shop and topic."""

from __future__ import annotations

from hashlib import sha256

from psycopg import Connection

from entrepot.hub.adapter import Adapter, RawMessage
from entrepot.hub.channels import adapter_of
from entrepot.hub.channels.files.mapping import FileMapping
from entrepot.hub.channels.files.registry import FileAdapters, mapping_name
from entrepot.infra.database import Database


class Adapters:
    """Finds adapters.

    Parameters
    ----------
    db : Database
        Where the mappings of files are.
    """

    def __init__(self, db: Database) -> None:
        self._files = FileAdapters(StoredMappings(db))

    def of(self, message: RawMessage) -> Adapter:
        """Return the adapter that reads a message."""
        return self._files.of(message) if message.channel == "files" else adapter_of(message.channel)


class StoredMappings:
    """The mappings of files in ``hub.file_mapping``; every text that was ever used stays."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, name: str, mapping: FileMapping) -> None:
        """Keep a mapping as the newest of its name; the same text again becomes the newest."""
        with self._db.transaction() as conn:
            keep_mapping(conn, name, mapping.text)

    def newest(self, name: str) -> str | None:
        """Return the text that was kept last under a name."""
        with self._db.read() as conn:
            row = conn.execute(
                "SELECT body FROM hub.file_mapping WHERE name = %s ORDER BY used_at DESC LIMIT 1", (name,), prepare=True
            ).fetchone()
        return row[0] if row else None


def register_mapping(db: Database, shop: str, mapping: FileMapping) -> bool:
    """Let a mapping read the files of a shop and its topic from now on; tells whether another one did before."""
    store, name = StoredMappings(db), mapping_name(shop, mapping.topic)
    before = store.newest(name)
    store.keep(name, mapping)
    return before not in {None, mapping.text}


def keep_mapping(conn: Connection, name: str, text: str) -> None:
    """Write a mapping's text."""
    conn.execute(
        "INSERT INTO hub.file_mapping (name, digest, body) VALUES (%s, %s, %s) "
        "ON CONFLICT (name, digest) DO UPDATE SET used_at = clock_timestamp()",
        (name, sha256(text.encode()).hexdigest(), text),
    )
