"""Sources: files of official statistics, read into one staged table."""

from stopgap.sources.base import STAGED_COLUMNS, Source, Staging
from stopgap.sources.bytecheck import ByteCheck
from stopgap.sources.mapping import Mapping, load_mapping
from stopgap.sources.registry import get_source, read_file, recognise, sources

__all__ = [
    "STAGED_COLUMNS",
    "ByteCheck",
    "Mapping",
    "Source",
    "Staging",
    "get_source",
    "load_mapping",
    "read_file",
    "recognise",
    "sources",
]
