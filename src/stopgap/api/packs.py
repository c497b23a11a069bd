"""Evidence packs: make one, check one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from stopgap.api.reader import Reader
from stopgap.api.results import marked
from stopgap.base.settings import load_settings
from stopgap.lake.store import now
from stopgap.panel.prepare import measure_options

if TYPE_CHECKING:
    from stopgap.evidence.packs.create import MadePack
    from stopgap.evidence.packs.verify import Verification


class Packs(Reader):
    """Evidence packs."""

    def create(
        self,
        episode: str,
        *,
        marking: str,
        releasable_to: Sequence[str] | None = None,
        key: str,
        passphrase: str,
        output: str | Path,
        goods: str | None = None,
        baseline: str | None = None,
        after: str | None = None,
        as_of: str | None = None,
        parts: Sequence[str] | None = None,
        redact: bool = False,
        home: str | Path | None = None,
    ) -> MadePack:
        """A signed evidence pack of an episode; see ``stopgap pack create --help``.

        Args:
            episode: Built-in name or path.
            marking: Level of the pack (``GREEN``).
            releasable_to: Economies that it goes to (ISO3).
            key: Name of one's key.
            passphrase: Opens it.
            output: File, or a folder in which the pack gets the name that says what it is.
            goods: Goods list.
            baseline: Window, ``FROM:TO``.
            after: Window.
            as_of: Vintage or day.
            parts: Of ``claims``, ``alerts``, ``brief`` and ``decisions``; the first three where ``None``.
            redact: Leave out what is above the marking, and say so.
            home: Folder of the keys; the user's own where ``None``.

        Raises:
            RefusedError: Something is above the marking, or the key may not sign.
            NotFoundError: Unknown episode, goods list, vintage or key.
        """
        from stopgap.base.marking import parse_marking
        from stopgap.evidence.keys.own_keys import signing_key
        from stopgap.evidence.packs.create import create_pack
        from stopgap.evidence.packs.gathering import USUAL_PARTS, PackOptions

        options = PackOptions(
            parse_marking(marking, releasable_to),
            measure_options(goods=goods, baseline=baseline, after=after, as_of=as_of),
            parts=USUAL_PARTS if parts is None else tuple(parts),
            redact=redact,
        )
        folder = load_settings().home if home is None else Path(home)
        signer = signing_key(folder, key, passphrase, on=now()[:10])
        with self._reading():
            made = create_pack(self.path, episode, options, signer=signer, output=Path(output))
        return marked(made, options.audience)


def verify_pack(
    path: str | Path,
    *,
    trust: Sequence[str | Path] = (),
    on: str | None = None,
    home: str | Path | None = None,
    reads_data: bool = False,
) -> Verification:
    """What the checks say of an evidence pack; see ``stopgap pack verify --help``.

    Args:
        path: The pack.
        trust: Public key files of signers, beside the keys that the user trusts.
        on: Day on which the signer's key must hold; today where ``None``.
        home: Folder of the keys; the user's own where ``None``.
        reads_data: Whether its data alone will be read: pages that another version made, which cannot be compared, then
            keep nothing from holding.

    Raises:
        InputError: There is no such file, it is no pack at all, or a file is no public key.
    """
    from stopgap.evidence.packs.verify import trusted
    from stopgap.evidence.packs.verify import verify_pack as verify

    folder = load_settings().home if home is None else Path(home)
    return verify(Path(path), trusted(folder, map(Path, trust)), on=on or now()[:10], reads_data=reads_data)
