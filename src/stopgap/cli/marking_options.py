"""Options that name a marking."""

from __future__ import annotations

from typing import Annotated

import typer

MarkingOption = Annotated[
    str,
    typer.Option(
        "--marking",
        metavar="MARKING",
        help="CLEAR, GREEN, AMBER, AMBER+STRICT or RED, with or without TLP: before it.",
        show_default=False,
    ),
]
ReleasableOption = Annotated[
    str | None,
    typer.Option(
        "--releasable-to",
        metavar="ISO3,...",
        help="Economies that it may go to (default: as the level says).",
        show_default=False,
    ),
]
