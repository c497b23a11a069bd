"""An exposure as FollowTheMoney entities, one JSON object a line: what Aleph and its like open."""

from __future__ import annotations

from pathlib import Path

from stopgap.base.atomic_files import write_whole
from stopgap.base.errors import InputError
from stopgap.briefs.formats.follow_the_money import ftm_lines
from stopgap.screening.exposure.results import ExposureFinding


def write_ftm(finding: ExposureFinding, path: Path) -> int:
    """Write the companies and pairs of a finding; how many entities.

    Raises:
        InputError: The file cannot be written.
    """
    lines = ftm_lines(finding)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, "".join(f"{line}\n" for line in lines))
    except OSError as error:
        raise InputError(
            f"the file cannot be written: {error.strerror}", where=str(path), mend="choose another --ftm"
        ) from error
    return len(lines)
