"""Options of `stopgap brief`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from stopgap.base.errors import UsageError
from stopgap.base.request import Option
from stopgap.base.vocab import BriefForm
from stopgap.panel.request import MeasureRequest


@dataclass(frozen=True, kw_only=True)
class BriefRequest(MeasureRequest):
    """Options of `stopgap brief`; the file suffix decides the format, the form how much it holds."""

    output: Annotated[
        str | Path, Option("File to write; the ending decides the format.", metavar="NAME.html|.pdf|.xlsx|.md")
    ]
    form: Annotated[str, Option("The first page alone, or the full brief.", choices=BriefForm)] = BriefForm.FULL

    def parsed_form(self) -> BriefForm:
        """Return the form; UsageError if there is no such form."""
        if self.form not in list(BriefForm):
            raise UsageError(f"no form {self.form!r} of a brief", where="--form", fix="use one-page or full")
        return BriefForm(self.form)
