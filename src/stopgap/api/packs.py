"""Evidence packs of the Python API: create, verify, export, receive and compare."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, overload

from stopgap.api.asked import asked_of
from stopgap.api.keys import KeyHolder
from stopgap.api.results import MarkedList, marked
from stopgap.base.paths import need_input
from stopgap.base.person import named_person
from stopgap.base.settings import load_settings
from stopgap.evidence.exchange.request import ExportRequest
from stopgap.evidence.packs.request import (
    FolderRequest,
    PackRequest,
    PreviewRequest,
    ReceiveRequest,
    TrustRequest,
    VerifyRequest,
)
from stopgap.lake.store import now

if TYPE_CHECKING:
    from stopgap.evidence.compare.results import Comparison
    from stopgap.evidence.exchange.export_file import ExportedFile
    from stopgap.evidence.packs.create import MadePack
    from stopgap.evidence.packs.inbox import ReceivedFolder
    from stopgap.evidence.packs.preview import PackPreview
    from stopgap.evidence.packs.receive import Received, ShownPack
    from stopgap.evidence.packs.verify import Trust, Verification
    from stopgap.lake.partner_evidence import ReceivedPack


class Packs(KeyHolder):
    """Evidence packs. Called, it lists those that were received."""

    def _trust(self, request: TrustRequest) -> Trust:
        """Whom the user trusts, by the store and the files given."""
        from stopgap.evidence.packs.verify import trusted

        return trusted(self.home, map(Path, request.trust))

    @asked_of(PackRequest)
    def create(self, episode: str, request: PackRequest) -> MadePack:
        """A signed evidence pack of an episode: findings, statements and verdicts, alerts, brief, and what it takes to check them.

        Nothing above the marking goes in.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            RefusedError: Something is above the marking, or the key may not sign.
            NotFoundError: Unknown episode, goods list, vintage, claim or key.
            MissingDataError: The lake lacks the figures.
            InputError: An attachment cannot be read.
            UsageError: No passphrase.
        """
        from stopgap.evidence.keys.own_keys import signing_key
        from stopgap.evidence.packs.create import create_pack
        from stopgap.evidence.packs.gathering import pack_options

        options = pack_options(request)
        home = self.home if request.home is None else Path(request.home)
        secret = self._passphrase(request, f"passphrase of {request.key}")
        signer = signing_key(home, request.key, secret, on=now()[:10])
        with self._reading():
            made = create_pack(
                self.path, episode, options, signer=signer, output=Path(request.output), progress=self._say
            )
        return marked(made, options.audience)  # nothing above it is in a pack

    @asked_of(PreviewRequest)
    def preview(self, episode: str, request: PreviewRequest) -> PackPreview:
        """What a pack of an episode would hold at a marking, what would be withheld and why; nothing is made.

        Args:
            episode: Built-in name, or path of an episode file.

        Raises:
            RefusedError: It cannot be told whether something above the marking would be given away, or no figures are left.
            NotFoundError: Unknown episode, goods list, vintage or claim.
            MissingDataError: The lake lacks the figures.
        """
        from stopgap.base.marking import strictest
        from stopgap.evidence.markings.reads import with_reads
        from stopgap.evidence.packs.gathering import pack_options
        from stopgap.evidence.packs.preview import preview_pack

        with self._reading():
            found = preview_pack(self.path, episode, pack_options(request.of_pack()))
            named = strictest(each.effective for each in (*found.released, *found.withheld))
            return marked(found, with_reads(strictest([named, found.audience])))

    @asked_of(VerifyRequest)
    def verify(self, pack: str | Path, request: VerifyRequest) -> Verification:
        """What the checks say of a pack, each by name; no network and no lake is needed.

        Args:
            pack: The file.

        Raises:
            InputError: There is no such file, it is no pack at all, or a file is no public key.
            RefusedError: The trust store is not as it was written.
        """
        from stopgap.evidence.packs.verify import verify_pack as verify

        with self._reading():
            found = verify(
                _pack_at(pack),
                self._trust(request),
                on=request.on or now()[:10],
                numbers=not request.no_numbers,
                reads_data=request.page is not None,
            )
        if request.page is not None and found.is_known:
            from stopgap.briefs.formats.files import write_files

            write_files({Path(request.page): found.page()})
        return found

    @asked_of(ExportRequest)
    def export(self, pack: str | Path, request: ExportRequest) -> ExportedFile:
        """Write what a pack holds in a form that other programmes read. The pack is verified first.

        Args:
            pack: The file.

        Raises:
            RefusedError: A check of the pack does not hold, or the file cannot be written.
            UsageError: Another form.
            InputError: There is no such file, or it is no pack at all.
        """
        from stopgap.evidence.exchange.export_file import export_pack

        with self._reading():
            on = request.on or now()[:10]
            return export_pack(_pack_at(pack), str(request.as_form), Path(request.output), self._trust(request), on=on)

    @asked_of(ReceiveRequest)
    def receive(self, pack: str | Path, request: ReceiveRequest) -> Received:
        """Verify a partner's pack and file it under its origin, beside one's own evidence and never in it.

        Args:
            pack: The file.

        Raises:
            RefusedError: A check does not hold, and the lake is as it was; or the lake cannot be written.
            InputError: There is no such file, it is no pack at all, or the log of received packs is damaged.
        """
        from stopgap.evidence.markings.reads import RECEIVED, with_reads
        from stopgap.evidence.packs.receive import receive_pack

        with self._reading():
            received = receive_pack(
                self.path,
                _pack_at(pack),
                self._trust(request),
                on=request.on or now()[:10],
                when=now(),
                who=named_person(request.by),
                older=request.older,
            )
            return marked(received, with_reads(received.pack.marking, covers=(RECEIVED,)))

    @asked_of(FolderRequest)
    def receive_from(self, folder: str | Path, request: FolderRequest) -> ReceivedFolder:
        """Take every pack that lies in a folder; one bad pack does not stop the others.

        Args:
            folder: The folder.

        Raises:
            RefusedError: The log of received packs is not as it was written.
            InputError: It is damaged, or the folder cannot be read.
        """
        import time

        from stopgap.evidence.markings.reads import with_reads
        from stopgap.evidence.packs.inbox import FolderInbox, ReceivedFolder, receive_from
        from stopgap.evidence.packs.receive import marking_of_packs

        inbox = FolderInbox(Path(folder), request.settle, time.sleep)
        with self._reading():
            outcomes = receive_from(
                self.path,
                inbox,
                self._trust(request),
                on=request.on or now()[:10],
                when=now,
                who=named_person(request.by),
                older=request.older,
            )
            found = ReceivedFolder(Path(folder), tuple(outcomes), inbox.passed_over())
            return marked(found, with_reads(marking_of_packs(found.filed)))

    @overload
    def received(self) -> MarkedList[ReceivedPack]: ...

    @overload
    def received(self, pack: str) -> ShownPack: ...

    def received(self, pack: str | None = None) -> MarkedList[ReceivedPack] | ShownPack:
        """The packs that were received, in the order in which they came; or what is in one.

        Args:
            pack: Its name, the name it came by, or the first digits of its SHA-256.

        Raises:
            NotFoundError: There is none of this name.
            UsageError: There are several.
            InputError: Its stored file is missing or was changed.
            RefusedError: The log is not as it was written.
        """
        from stopgap.evidence.markings.reads import RECEIVED, with_reads
        from stopgap.evidence.packs.receive import marking_of_packs, show_received
        from stopgap.lake.partner_evidence import read_received

        with self._reading():
            if pack is not None:
                shown = show_received(self.path, pack)
                return marked(shown, with_reads(shown.pack.marking, covers=(RECEIVED,)))
            packs = read_received(self.path)
            return MarkedList(packs, with_reads(marking_of_packs(packs)))

    def compare(
        self, one: str | Path, other: str | Path, *, trust: Sequence[str | Path] = (), on: str | None = None
    ) -> Comparison:
        """Where the figures of two packs differ, and why. Files are verified first.

        Args:
            one: Path of a pack; or a received one by its name or the first digits of its SHA-256.
            other: Likewise.
            trust: Public key files of signers, beside the keys that the user trusts.
            on: Day on which the signers' keys must hold; today where ``None``.

        Raises:
            RefusedError: A check does not hold.
            NotFoundError: There is no such file and no such received pack.
            UsageError: Several received packs go by the name, or a day that is none.
            InputError: A file is no pack, or a stored pack is damaged.
        """
        from stopgap.evidence.compare.run import compare

        request = TrustRequest(trust=tuple(trust), on=on)
        with self._reading():
            return compare(self.path, str(one), str(other), self._trust(request), on=request.on or now()[:10])

    __call__ = received


def _pack_at(pack: str | Path) -> Path:
    return need_input(Path(pack), "the pack", suffixes=(".zip",))


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
    return verify(_pack_at(path), trusted(folder, map(Path, trust)), on=on or now()[:10], reads_data=reads_data)
