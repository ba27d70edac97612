"""A file's mapping: TOML that a person writes, compiled to the same tables that every channel uses.

`README.md` beside this module describes the form, with a worked example.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files as package_files
from pathlib import Path
from typing import Final

from entrepot.hub.adapter import Adapter, Topic
from entrepot.hub.channels.files.document import decode_rows, in_file_terms, locate_cell
from entrepot.hub.channels.files.specification import Faults, Need, Toml
from entrepot.hub.channels.files.tables import TableReader, each
from entrepot.hub.channels.files.words import nearest
from entrepot.hub.mapping import Table, escaped
from entrepot.kernel.canonical import KINDS
from entrepot.kernel.errors import InputError, InvariantBroken

_FILE_KEYS: Final = (
    "topic", "title", "encoding", "delimiter", "sheet", "header_row", "decimal", "currency", "zone", "null",
    "group_by", "aliases",
)  # fmt: skip


@dataclass(frozen=True)
class FileMapping:
    """A compiled mapping.

    Parameters
    ----------
    topic : str
        Name of this kind of file.
    text : str
        The TOML as written; it is what is stored.
    tables : tuple of Table
        For the engine.
    columns : mapping of str to str
        Columns that are read: ``required`` (no cell may be empty), ``read``, or ``optional`` (a file may lack them).
    group_by : tuple of str
        Columns whose rows belong together (an order's id); empty: every row stands for itself.
    sheet, encoding, delimiter : str
        How to open the file; empty means to find out.
    header_row : int
        From 1.
    """

    topic: str
    text: str
    tables: tuple[Table, ...]
    columns: Mapping[str, Need]
    group_by: tuple[str, ...] = ()
    title: str = ""
    aliases: tuple[str, ...] = ()
    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int = 1
    adapter: Adapter = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "adapter", _adapter((self.as_topic(),)))

    @property
    def digest(self) -> str:
        """Name the mapping by its text: sha256, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def as_topic(self, marks: tuple[str, ...] = ("rows",)) -> Topic:
        """Make the topic of an adapter."""
        return Topic(self.topic, marks, self.tables, self.aliases)

    def marks(self) -> tuple[str, ...]:
        """Write the paths by which a file of this kind is known: the columns that every such file has."""
        return tuple(f"rows.0.{escaped(name)}" for name, need in self.columns.items() if need != "optional")


def load_mapping(path: Path) -> FileMapping:
    """Read a mapping from a file.

    Raises
    ------
    InputError
        ``files.mapping_missing``; ``files.topic_taken`` for the name of a built-in mapping; or as `parse_mapping`.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(
            "files.mapping_missing",
            f"The mapping {path} cannot be read: {fault}.",
            "Give the path of a TOML file saved as UTF-8.",
            path=str(path),
        ) from None
    mapping = parse_mapping(text, str(path))
    if is_built_in(mapping.topic):
        raise InputError(
            "files.topic_taken",
            f"{path}: the topic {mapping.topic!r} belongs to a mapping that comes with Entrepot.",
            f'Give yours a name of its own: [file] topic = "my-{mapping.topic.removeprefix("wms.")}".',
            path=str(path),
        )
    return mapping


def parse_mapping(text: str, name: str = "the mapping") -> FileMapping:
    """Compile a mapping.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        What messages call it.

    Raises
    ------
    InputError
        ``files.toml`` for a fault of writing (with its line), ``files.mapping`` with every fault of meaning; the list
        is in the error's field ``faults``.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise InputError(
            "files.toml",
            f"{name} is not TOML: {fault}.",
            'Write texts in quotes: placed_at = "下单时间".',
            name=name,
        ) from None
    faults = Faults()
    mapping = _file_mapping(document, text, faults)
    if mapping is None or faults.found:
        listed_faults = "\n".join(f"  - {fault}" for fault in faults.found)
        raise InputError(
            "files.mapping",
            f"{name} has {len(faults.found)} fault(s):\n{listed_faults}\n",
            "Mend them and try again; the kinds and fields are listed in hub/channels/files/README.md.",
            name=name,
            faults=list(faults.found),
        )
    return mapping


def _file_mapping(document: Mapping[str, Toml], text: str, faults: Faults) -> FileMapping | None:
    given = document.get("file", {})
    head: Mapping[str, Toml] = given if isinstance(given, dict) else {}
    for key in head:
        if key not in _FILE_KEYS:
            faults.add("[file]", f"there is no setting {key!r}.{nearest(str(key), _FILE_KEYS)}")
    topic = str(head.get("topic", ""))
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", topic):
        faults.add("[file] topic", 'give this kind of file a name of a-z, 0-9, dot, dash: topic = "sales".')
    header_row = head.get("header_row", 1)
    if not isinstance(header_row, int) or isinstance(header_row, bool) or header_row < 1:
        faults.add("[file] header_row", "is the row of the column names, 1 or more.")
        header_row = 1
    delimiter = str(head.get("delimiter", ""))
    if len(delimiter) > 1:
        faults.add("[file] delimiter", 'is one character: "," or ";" or "\\t".')
    reader = TableReader(document, faults)
    tables, groups = reader.tables(), reader.groups()
    if not tables and not faults.found:
        faults.add("the mapping", f"it maps nothing. Add a table such as [order]: {', '.join(KINDS)}.")
    if faults.found:
        return None
    return FileMapping(
        topic,
        text,
        tuple(tables),
        reader.columns.read,
        groups,
        str(head.get("title", "")),
        tuple(str(alias) for alias in each(head.get("aliases", []))),
        str(head.get("sheet", "")),
        str(head.get("encoding", "")),
        delimiter,
        header_row,
    )


# The adapter --------------------------------------------------------------------------------------------------------


def _adapter(topics: tuple[Topic, ...]) -> Adapter:
    return Adapter(
        channel="files",
        title="Files",
        title_zh="文件",
        kind="file",
        version=1,
        topics=topics,
        decode=decode_rows,
        locate=locate_cell,
        review=in_file_terms,
    )


def _built_in() -> tuple[FileMapping, ...]:
    folder = package_files(__package__).joinpath("wms")
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    try:
        return tuple(parse_mapping(item.read_text(encoding="utf-8"), item.name) for item in found)
    except InputError as fault:
        raise InvariantBroken("files.built_in", f"A built-in mapping is broken: {fault}") from fault


WMS: Final = _built_in()
"""Mappings of the warehouse system's files, in ``wms/``."""

NO_ROWS: Final = Topic(
    "no_rows",
    marks=("rows",),
    note="The file has column names and no rows.",
    recognise=lambda document: isinstance(document, dict) and document.get("rows") == [],
)
ADAPTER: Final = _adapter((*(mapping.as_topic(mapping.marks()) for mapping in WMS), NO_ROWS))


def is_built_in(topic: str) -> bool:
    """Tell whether a topic is read by a mapping that comes with Entrepot."""
    return any(topic in (mapping.topic, *mapping.aliases) for mapping in WMS)
