"""What a channel's adapter is: how its bytes decode, which topics it knows, and their mapping tables."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from entrepot.hub.documents import Json, json_document
from entrepot.hub.findings import Finding
from entrepot.hub.mapping import CompiledTable, Place, Table, compile_path, compile_table
from entrepot.hub.spans import Locate, json_span

Transport: TypeAlias = Literal["webhook", "poll", "file", "bulk"]
Decode: TypeAlias = Callable[[bytes, Mapping[str, str]], Json]
Kind: TypeAlias = Literal["channel", "carrier", "file"]


class RawMessage(msgspec.Struct, frozen=True):
    """Bytes as they came, before anything is known of them.

    Parameters
    ----------
    channel, shop, topic : str
        Where they came from; the topic may be empty.
    body : bytes
        Never changed.
    headers : dict
        Lower-case names.
    received_at : datetime
        Aware.
    transport : str
        ``webhook``, ``poll``, ``file`` or ``bulk``.
    delivery_id : str
        The sender's name for this delivery, or empty.
    signature : str
        What the verifier said at the door: ``valid``, ``none`` (unsigned), ``invalid``; see
        `entrepot.hub.signatures`.
    """

    channel: str
    shop: str
    topic: str
    body: bytes
    received_at: datetime
    headers: dict[str, str] = {}
    transport: Transport = "webhook"
    delivery_id: str = ""
    signature: str = "none"

    def identity(self) -> bytes:
        """Hash channel, shop, topic and body: the same message is the same for ever."""
        return message_identity(self.channel, self.shop, self.topic, self.body)


def message_identity(channel: str, shop: str, topic: str, body: bytes) -> bytes:
    """Return ``sha256(channel|shop|topic|body)``, 32 bytes."""
    return hashlib.sha256(f"{channel}|{shop}|{topic}|".encode() + body).digest()


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message of a channel.

    Parameters
    ----------
    name : str
        Our name for it.
    marks : tuple of str
        Paths that must all be there for the body to be recognised.
    tables : tuple of Table
        Its mapping; none where it carries no fact.
    aliases : tuple of str
        The channel's own names for it (webhook topics, message tags).
    note : str
        Why a message of this topic gives no record (only where it has no tables).
    recognise : callable, optional
        A further condition on the document.
    """

    name: str
    marks: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    aliases: tuple[str, ...] = ()
    note: str = ""
    recognise: Callable[[Json], bool] | None = None


@dataclass(frozen=True, eq=False)
class Adapter:
    """A channel: pure functions and data.

    Parameters
    ----------
    channel : str
        Its name in addresses and ids.
    title, title_zh : str
        Its name on screens.
    kind : str
        ``channel``, ``carrier`` or ``file``.
    version : int
        Raised with every change of a mapping.
    topics : tuple of Topic
        Tried in order when the topic is unknown.
    decode : callable
        From bytes and headers to a document.
    currency, zone : str
        Defaults of a new shop.
    locate : callable
        Finds a pointer in a message's text.
    signature : str
        Name of its rule in `entrepot.hub.signatures`, or empty.
    review : callable, optional
        Has the last word on a message's findings: puts them in the sender's terms (file, row, column), adds its own.
    """

    channel: str
    title: str
    title_zh: str
    kind: Kind
    version: int
    topics: tuple[Topic, ...]
    decode: Decode = json_document
    locate: Locate = json_span
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    signature: str = ""
    review: Callable[[Json, list[Finding]], list[Finding]] | None = None
    compiled: dict[str, tuple[CompiledTable, ...]] = field(init=False)
    _by_name: dict[str, Topic] = field(init=False, repr=False)
    _marks: list[tuple[Topic, list[Callable[[Place], Json]]]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        compiled = {topic.name: tuple(compile_table(table) for table in topic.tables) for topic in self.topics}
        object.__setattr__(self, "compiled", compiled)
        by_name = {name: topic for topic in self.topics for name in (topic.name, *topic.aliases)}
        marks = [(topic, [compile_path(mark) for mark in topic.marks]) for topic in self.topics]
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_marks", marks)

    def topic_of(self, name: str, document: Json) -> Topic | None:
        """Find the topic of a document: by its name where its marks agree, else by its body alone."""
        place = Place(document, "", None)
        named = self._by_name.get(name)
        for topic, marks in self._marks:
            if topic is named and _marked(topic, marks, place):
                return topic
        for topic, marks in self._marks:
            if _marked(topic, marks, place):
                return topic
        return None


def _marked(topic: Topic, marks: list[Callable[[Place], Json]], place: Place) -> bool:
    if any(mark(place) is None for mark in marks):
        return False
    return topic.recognise is None or topic.recognise(place.value)
