"""Names the locked runtime dependencies whose licence asks for more than a notice, and whether NOTICE names them.

    python tools/check_licences.py

It reads the names in requirements/run.txt and requirements/drafting.txt and the licence that each installed package states, and leaves with 1 where
NOTICE, or that of packages/drafting, does not name one of them, or a package states no licence. A package that may be taken under a permissive licence too is
none of them (MPL or GPL *or* MIT); one that is under both is (MPL *and* MIT).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCK, NOTICE = ROOT / "requirements" / "run.txt", ROOT / "NOTICE"
LOCKS = {LOCK: NOTICE, ROOT / "requirements" / "drafting.txt": ROOT / "packages" / "drafting" / "NOTICE"}
"""Each lock file, and the notice that names what it holds."""

COPYLEFT = re.compile(
    r"\b(?:[AL]?GPL|MPL|EPL|EUPL|CDDL|CPL|OSL|MS-RL|SSPL|CeCILL|CC-BY-SA|Sleepycat)|GNU |Mozilla Public|Affero|Eclipse Public",
    re.IGNORECASE,
)


def locked(lock: str) -> list[str]:
    """Names of the packages in a lock file, each once."""
    return list(dict.fromkeys(re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)))


def licence_of(package: metadata.PackageMetadata) -> str:
    """The licence that a package states: its expression, else its classifiers and the first line of its text."""
    if expression := package.get("License-Expression"):
        return str(expression)
    named = [
        line.rpartition("::")[2].strip()
        for line in package.get_all("Classifier") or []
        if line.startswith("License ::")
    ]
    text = next(iter(str(package.get("License") or "").strip().splitlines()), "")
    return " AND ".join(dict.fromkeys(filter(None, (*named, text))))


def is_copyleft(licence: str) -> bool:
    """Whether every choice that a licence leaves asks for more than a notice.

    >>> is_copyleft("MPL-1.1 OR GPL-2.0-only"), is_copyleft("MPL-2.0 OR MIT"), is_copyleft("MPL-2.0 AND (Apache-2.0 OR MIT)")
    (True, False, True)
    """
    while inner := re.search(r"\(([^()]*\b(?:OR|AND)\b[^()]*)\)", licence):
        licence = licence[: inner.start()] + ("GPL" if is_copyleft(inner[1]) else "MIT") + licence[inner.end() :]
    return all(
        any(COPYLEFT.search(part) for part in re.split(r"\bAND\b", choice)) for choice in re.split(r"\bOR\b", licence)
    )


def faults(lock: str, notice: str) -> Iterator[str]:
    """What NOTICE lacks, one line each; packages for other systems, which are not installed here, are passed over."""
    for name in locked(lock):
        try:
            licence = licence_of(metadata.metadata(name))
        except metadata.PackageNotFoundError:
            continue
        if not licence:
            yield f"{name} states no licence"
        elif is_copyleft(licence) and not re.search(rf"^\s*{re.escape(name)}\b", notice, re.MULTILINE | re.IGNORECASE):
            yield f"{name} is under {licence}; NOTICE does not name it"


def main() -> None:
    """Say what is missing."""
    found = [
        fault for lock, notice in LOCKS.items() for fault in faults(lock.read_text("utf-8"), notice.read_text("utf-8"))
    ]
    print("\n".join(found) or "NOTICE names every locked dependency that asks for more than a notice")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
