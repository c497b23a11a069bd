"""The bundled claims: a news report of April 2024 and the other side's answer, in our own words.

Their offsets count in the report's text, which is not in the package.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path

from stopgap.base.errors import NotFoundError
from stopgap.claims.claim import Claim, ClaimLink
from stopgap.claims.claim_file import read_claim
from stopgap.claims.register.events import claim_id

EXAMPLES = (
    "miller-backfill",
    "miller-components",
    "blinken-assistance",
    "yellen-warning",
    "state-department-confirms",
    "mao-ning-answer",
)
"""Names of the examples, in the order in which they are shown."""


def example_folder() -> Path:
    """Folder of the claim files."""
    return Path(str(resources.files("stopgap.claims") / "examples"))


@cache
def example_claims() -> dict[str, Claim]:
    """The examples by name, each with its id, linked by the ids of the others."""
    read = {name: read_claim(example_folder() / f"{name}.yml") for name in EXAMPLES}
    ids = {name: claim_id(claim) for name, claim in read.items()}
    return {
        name: replace(
            claim, id=ids[name], links=tuple(ClaimLink(link.relation, ids[link.claim]) for link in claim.links)
        )
        for name, claim in read.items()
    }


def example_claim(name: str) -> Claim:
    """One example.

    Raises:
        NotFoundError: There is none of that name.
    """
    known = example_claims()
    if name not in known:
        raise NotFoundError(
            f"no example {name!r}", where="the claims in the package", fix=f"examples: {', '.join(known)}"
        )
    return known[name]
