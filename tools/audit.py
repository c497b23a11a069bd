"""Audit what Stopgap depends on: what is installed is what is locked, and no locked version has a known vulnerability.

    python tools/audit.py

Vulnerabilities are asked of the package index by pip-audit. Where that cannot be reached, as on a closed network, it is
said how many packages were not audited, and the run does not fail for it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("run.txt", "drafting.txt")


def locked(lock: Path) -> dict[str, str]:
    """Return the packages of a lock file that apply here, each with its version."""
    from packaging.requirements import Requirement

    found = {}
    for line in re.sub(r"\\\n\s*", " ", lock.read_text("utf-8")).splitlines():
        text = line.partition(" --hash")[0].strip()
        if text and not text.startswith(("#", "-")):
            asked = Requirement(text)
            if asked.marker is None or asked.marker.evaluate():
                [pinned] = asked.specifier
                found[asked.name] = pinned.version
    return found


def differing(packages: dict[str, str]) -> list[str]:
    """Return the packages whose installed version is not the locked one."""
    found = []
    for name, wanted in packages.items():
        try:
            there = version(name)
        except PackageNotFoundError:
            there = "missing"
        if there != wanted:
            found.append(f"{name}: locked {wanted}, installed {there}")
    return found


def vulnerable(lock: Path) -> tuple[list[str], int, int]:
    """Return the known vulnerabilities of a lock file, how many packages were audited, and how many could not be."""
    asked = subprocess.run(
        [sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip", "--format", "json",
         "--progress-spinner", "off", "--timeout", "5"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    try:
        rows = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], 0, len(locked(lock))
    faults = [f"{row['name']} {row['version']}: {each['id']}" for row in rows for each in row.get("vulns", ())]
    skipped = sum("skip_reason" in row for row in rows)
    return faults, len(rows) - skipped, skipped


def main() -> int:
    faults: list[str] = []
    audited = skipped = 0
    for name in LOCKS:
        lock = ROOT / "requirements" / name
        faults += differing(locked(lock))
        found, known, unknown = vulnerable(lock)
        faults, audited, skipped = faults + found, audited + known, skipped + unknown
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"dependencies: {audited} audited, {skipped} not (no advisories to be had), {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
