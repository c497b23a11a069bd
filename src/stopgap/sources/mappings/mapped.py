"""Any table, read as trade through a mapping file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stopgap.base.errors import UsageError
from stopgap.sources.base import Reading
from stopgap.sources.mappings.tabular import Tabular

if TYPE_CHECKING:
    from stopgap.sources.files.file_head import FileHead
    from stopgap.sources.mappings.spec import Spec


class Mapped(Tabular):
    """Tables of any layout, with a mapping of the user's or of the package's."""

    name = "mapping"
    title = "any CSV, JSON, Excel or Parquet table, read through a mapping file (--map MAPPING.yml)"
    how = "a mapping file says which column holds what (docs/reference/mapping.md)"
    terms = "as the mapping says"
    parser = "mapping/1"

    def recognises(self, head: FileHead) -> bool:
        """Never: which mapping fits is for the user to say."""
        return False

    def spec(self, reading: Reading) -> Spec:
        """The user's mapping.

        Raises:
            UsageError: No mapping was given.
        """
        from stopgap.sources.mappings.spec import Spec

        if reading.mapping is None or not isinstance(reading.mapping.spec, Spec):
            raise UsageError(
                "source mapping needs a mapping for trade",
                where=reading.name,
                fix="add --map MAPPING.yml, or the name of a saved mapping",
            )
        return reading.mapping.spec
