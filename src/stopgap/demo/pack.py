"""The demo's evidence pack, signed with a public demonstration key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from stopgap.base.atomic_files import write_whole
from stopgap.base.marking import CLEAR, Marking
from stopgap.briefs.model import BriefModel
from stopgap.evidence.keys.signing_keys import make_key
from stopgap.evidence.packs.create import MadePack, Say, create_pack
from stopgap.evidence.packs.gathering import BRIEF, CLAIMS, PackOptions
from stopgap.panel.prepare import MeasureOptions

NAME = "stopgap-demo"
SEED = hashlib.sha256(b"the key of Stopgap's demo: anybody can sign with it").digest()
"""Of a private key that is no secret: what it signs shows how packs work, and proves nothing of who made them."""

VALID = ("2026-01-01", "2099-12-31")


@dataclass(frozen=True)
class DemoPack:
    """A pack and the public key to check it with.

    Attributes:
        made: The pack.
        key: File of the public key.
    """

    made: MadePack
    key: Path

    @property
    def command(self) -> str:
        """What checks it."""
        return f"stopgap pack verify {self.made.path} --trust {self.key}"


def demo_pack(
    lake: Path, model: BriefModel, measured: MeasureOptions, marking: Marking, directory: Path, progress: Say | None
) -> DemoPack:
    """Make the pack of a demo's lake.

    Args:
        lake: Folder of the lake.
        model: What the demo's brief says.
        measured: As the brief's headline was asked for.
        marking: Of all that the demo wrote.
        directory: Folder for the pack and its key.
        progress: Told what is done.

    Raises:
        RefusedError: A folder cannot be written.
    """
    signer, public = make_key(NAME, seed=SEED, valid_from=VALID[0], valid_to=VALID[1])
    options = PackOptions(marking, measured, parts=(CLAIMS, BRIEF))
    bare = replace(model, alerts=(), statements=(), marking=CLEAR)
    made = create_pack(
        lake, model.episode_name, options, signer=signer, output=directory, progress=progress, model=bare
    )
    key = directory / f"{NAME}.pub.json"
    write_whole(key, public.file_text)
    return DemoPack(made, key)
