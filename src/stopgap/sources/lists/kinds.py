"""Registry of the list formats, in the order in which they are tried on a file."""

from __future__ import annotations

from stopgap.sources.lists.base import AnyList, name_of_file
from stopgap.sources.lists.bis_dpl import BisDpl
from stopgap.sources.lists.eu_journal import EuJournal
from stopgap.sources.lists.ftm import Ftm
from stopgap.sources.lists.jp_meti import JpMeti
from stopgap.sources.lists.mapped import MappedList
from stopgap.sources.lists.ofac_csv import OfacCsv
from stopgap.sources.lists.ofac_enhanced import OfacEnhanced
from stopgap.sources.lists.ofac_xml import OfacXml
from stopgap.sources.lists.opensanctions_csv import OpenSanctionsCsv
from stopgap.sources.lists.plain import PlainList
from stopgap.sources.lists.uk_conlist import UkConList
from stopgap.sources.lists.un_xml import UnXml
from stopgap.sources.lists.us_csl import UsCsl

LIST_SOURCES: tuple[type[AnyList], ...] = (
    EuJournal,
    UsCsl,
    OfacCsv,
    OfacEnhanced,
    OfacXml,
    UnXml,
    UkConList,
    BisDpl,
    JpMeti,
    OpenSanctionsCsv,
    Ftm,
    PlainList,
    MappedList,
)
"""Every list format, in the order in which they are tried."""


def same_list(source: str, name: str, other: str) -> bool:
    """Whether two files with identical content are the same list.

    Only a format that names a list after its file (``named_by_file``) tells them apart by name.
    """
    by_file = any(kind.name == source and kind.named_by_file for kind in LIST_SOURCES)
    return not by_file or name_of_file(name) == name_of_file(other)


def ends_itself(source: str) -> bool:
    """Whether truncation of a source's files can be detected from the file: true for all but users' own tables."""
    return source in {kind.name for kind in LIST_SOURCES if kind.ends_itself}
