"""Options of ``stopgap lake rows``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from stopgap.base.request import Completes, Option


@dataclass(frozen=True, kw_only=True)
class SourceRowsRequest:
    """What a row of an imported file is found by; what is not given is not looked at."""

    good: Annotated[str | None, Option("Code of the good, as the lake has it.", metavar="CODE")] = None
    period: Annotated[str | None, Option("Year, month or day of the figure.", metavar="PERIOD")] = None
    reporter: Annotated[
        str | None, Option("Economy that reports it (ISO3).", metavar="ECONOMY", completes=Completes.ECONOMY)
    ] = None
    partner: Annotated[str | None, Option("Its partner (ISO3).", metavar="ECONOMY", completes=Completes.ECONOMY)] = None
    value: Annotated[
        str | None,
        Option("The amount, in dollars or in the reported currency; several with commas between.", metavar="AMOUNT"),
    ] = None

    def amounts(self) -> list[float]:
        """Return the amounts.

        Raises:
            UsageError: One is no number.
        """
        from stopgap.base.errors import UsageError

        found = []
        for part in (self.value or "").split(","):
            if not part.strip():
                continue
            try:
                amount = float(part)
            except ValueError:
                amount = float("nan")
            if not abs(amount) < 1e300:
                raise UsageError(f"{part[:40]!r} is no amount", where="--value", fix="give a number, such as 315500.0")
            found.append(amount)
        return found
