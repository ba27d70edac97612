"""Files of any make (CSV, Excel, Parquet), read by a mapping that a person writes; and the warehouse system's files."""

from entrepot.hub.channels.files.client import read_messages
from entrepot.hub.channels.files.mapping import ADAPTER, FileMapping, load_mapping, parse_mapping
from entrepot.hub.channels.files.registry import FileAdapters, MappingStore

__all__ = ["ADAPTER", "FileAdapters", "FileMapping", "MappingStore", "load_mapping", "parse_mapping", "read_messages"]
