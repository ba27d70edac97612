"""Which mapping reads a file's message: a built-in one, or the one that was registered last for its shop and topic."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol

from entrepot.hub.adapter import Adapter, RawMessage
from entrepot.hub.channels.files.mapping import ADAPTER, FileMapping, is_built_in, parse_mapping


class MappingStore(Protocol):
    """Where mappings are kept; in the database it is ``hub.file_mapping``, with `mapping_name` as the name."""

    def keep(self, name: str, mapping: FileMapping) -> None:
        """Keep a mapping as the newest of its name; the same text again changes nothing."""

    def newest(self, name: str) -> str | None:
        """Return the text that was kept last under a name."""


def mapping_name(shop: str, topic: str) -> str:
    """Name the mapping of a shop's files of one kind."""
    return f"{shop}/{topic}"


class FileAdapters:
    """Finds the adapter of a file's message.

    A message does not say by which mapping it is read: the newest one of its shop and topic does. So a corrected
    mapping reads the same messages again, and the same rows loaded twice are one message.

    Parameters
    ----------
    store : MappingStore
        The registered mappings.
    """

    def __init__(self, store: MappingStore) -> None:
        self._store = store

    def of(self, message: RawMessage) -> Adapter:
        """Return the adapter; the built-in one where no mapping is registered for the message's topic."""
        if is_built_in(message.topic) or not message.topic:
            return ADAPTER
        text = self._store.newest(mapping_name(message.shop, message.topic))
        return ADAPTER if text is None else _compiled(text).adapter


@lru_cache(maxsize=64)
def _compiled(text: str) -> FileMapping:
    return parse_mapping(text)
