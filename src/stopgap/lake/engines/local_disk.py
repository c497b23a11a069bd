"""Whether a file stands on a disk of this machine, or elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_LOCAL = frozenset({"ext2", "ext3", "ext4", "xfs", "f2fs", "overlay", "tmpfs"})


def is_on_local_disk(path: Path) -> bool:
    """Return whether a path is on a file system that is known to be local; ``False`` wherever that is not known."""
    try:
        device = os.stat(path).st_dev
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    number = f"{os.major(device)}:{os.minor(device)}"
    # 30 27 259:1 / /data rw,relatime shared:1 - ext4 /dev/vda rw
    types = {after.split()[0] for line in lines if line.split()[2] == number and (after := line.partition(" - ")[2])}
    return bool(types) and types <= _LOCAL
