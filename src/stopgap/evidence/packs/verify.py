"""Verify a pack by named checks."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from stopgap.base.errors import RefusedError, StopgapError, UsageError
from stopgap.base.marking import CLEAR, Marking, Tlp, marking_of
from stopgap.base.progress import say
from stopgap.evidence import checks
from stopgap.evidence.archives.reading import Archive
from stopgap.evidence.checks import ALL_CHECKS, PackCheck, checked, first_failed, not_run, quoted
from stopgap.evidence.disclosure.graph import AggregateRelease, EvidenceGraph, Item
from stopgap.evidence.keys.signing_keys import PublicKey, read_public_key
from stopgap.evidence.keys.trust import KeyStanding, KeyState, TrustStore, outside_days, read_trust
from stopgap.evidence.packs.documents import EvidenceDocument, ItemEntry, fields_of, lock_sha256, owners_of
from stopgap.evidence.packs.members import FileTrust, active_faults, listed_members, member_faults
from stopgap.evidence.packs.pack_format import ContainerResult, container_checks
from stopgap.evidence.packs.pages import page_again, pages_of
from stopgap.evidence.packs.payload import safe_stem
from stopgap.evidence.packs.recompute import Again, make_again
from stopgap.evidence.packs.view import PackView, view_pack
from stopgap.lake.partner_evidence import MADE_AT_IS


@dataclass(frozen=True)
class Trust:
    """Keys that a user trusts: the trust store, whose revocations always apply, and keys from files, by fingerprint."""

    store: TrustStore
    given: Mapping[str, PublicKey]

    def key(self, fingerprint: str) -> PublicKey | None:
        if fingerprint in self.given:
            return self.given[fingerprint]
        found = self.store.find(fingerprint)
        return None if found is None else found.key

    def standing(self, fingerprint: str, *, on: str) -> KeyStanding:
        """Return the standing of a key on a day, by the trust store or else by the key files given."""
        known = self.store.standing(fingerprint, on=on)
        key = self.given.get(fingerprint)
        if key is None or known.state is not KeyState.UNKNOWN:
            return known
        return outside_days(key, f"the key {key.name}", on=on) or KeyStanding(
            KeyState.TRUSTED, f"the key {key.name}, of the file given, holds until {key.valid_to}"
        )


@dataclass(frozen=True)
class Verification:
    """Result of verifying a pack.

    Attributes:
        checks: All checks, in order.
        archive: The archive; ``None`` if it is not safe to read.
        evidence: Its table of contents; ``None`` if it cannot be read.
        again: Result of recomputing its numbers; ``None`` if they were not recomputed.
        on: Day on which the signer's key must hold (``YYYY-MM-DD``).
    """

    path: Path
    checks: tuple[PackCheck, ...]
    archive: Archive | None
    evidence: EvidenceDocument | None
    again: Again | None
    on: str

    @property
    def holds(self) -> bool:
        """Whether every check holds; those that the arguments of :func:`verify_pack` waive count as holding."""
        return all(check.holds for check in self.checks)

    @property
    def marking(self) -> Marking | None:
        """The marking stated in the pack; ``None`` if it is missing or invalid."""
        with contextlib.suppress(UsageError):  # what it says of its marking may be what is wrong with it
            return marking_of(self.evidence["marking"] if self.evidence else None, where=str(self.path))
        return None

    @property
    def failed(self) -> PackCheck | None:
        """The first check that does not hold."""
        return first_failed(self.checks)

    def view(self) -> PackView:
        """Return the content of the verified pack; RefusedError if a check does not hold."""
        failed = self.failed
        if failed is not None or self.archive is None:
            raise self.refusal()
        return view_pack(self.archive)

    @property
    def is_known(self) -> bool:
        """Whether its data are trusted: every check holds, except possibly those of its pages."""
        return all(check.holds or check.name in (checks.ACTIVE, checks.PAGES) for check in self.checks)

    def page(self) -> bytes:
        """Return the pack's ``index.html``, rebuilt here from its data instead of read from the pack.

        Raises:
            RefusedError: A check other than those of its pages does not hold, so its data are not trusted either.
        """
        if not self.is_known or self.archive is None:
            raise self.refusal()
        return page_again(view_pack(self.archive))

    def refusal(self) -> RefusedError:
        """Return the error that names the first failed check."""
        failed = self.failed
        assert failed is not None
        error = RefusedError(
            f"check {failed.name}: {failed.says}",
            where=str(self.path),
            fix=FIXES.get(failed.name, "ask its maker for another"),
            details=self.as_dict(),
        )
        if self.marking != CLEAR:
            error.marking = self.marking
        return error

    def as_dict(self) -> dict[str, Any]:
        evidence = fields_of(self.evidence or {})
        names = ("name", "episode", "as_of", "made_at", "marking", "origin", "software", "left_out")
        failed = self.failed
        return {
            "file": str(self.path),
            "holds": self.holds,
            "failed": None if failed is None else failed.name,
            "checks": [check.as_dict() for check in self.checks],
            "on": self.on,
            "files": {} if self.archive is None else listed_members(self.archive.names),
            **{name: evidence.get(name) for name in names},
            "made_at_is": MADE_AT_IS if evidence else None,
        }


FIXES = {
    checks.ARCHIVE: "do not unpack it; ask its maker for the pack as it was made",
    checks.LAYOUT: "ask its maker for the pack as it was made",
    checks.FILES: "files were added or taken away since it was signed: ask its maker for another",
    checks.HASHES: "a file was changed since it was signed: ask its maker for another",
    checks.SIGNATURE: "it was not signed by this key as it stands: ask its maker for another",
    checks.SIGNER: "compare the fingerprint with the signer over another channel, then stopgap keys trust FILE or --trust FILE",
    checks.MARKING: "its markings do not hold together: do not pass it on; ask its maker for another",
    checks.NAME: "it goes by the name of another pack: ask its maker which one this is",
    checks.NUMBERS: "a number does not follow from the rows: ask its maker",
    checks.MEMBERS: "a file is none that packs hold, so nothing is known of it: ask its maker for another",
    checks.ACTIVE: "do not open its files; read the page that stopgap pack verify --page FILE makes from the data",
    checks.PAGES: "do not read its pages; read the one that stopgap pack verify --page FILE makes from the data",
    checks.VERSIONS: "verify with the version of Stopgap that made it",
}
"""Name of a check -> advice to the user if it does not hold."""


def verify_pack(path: Path, trust: Trust, *, on: str, numbers: bool = True, reads_data: bool = False) -> Verification:
    """Verify a pack by all named checks.

    Args:
        on: Day on which the signer's key must hold (``YYYY-MM-DD``).
        numbers: Whether to recompute its numbers.
        reads_data: Whether only the pack's data will be read, not its pages. Then pages that another version of Stopgap
            made, and that cannot be compared, are listed and do not fail the verification.

    Raises:
        InputError: The file cannot be read or is not a pack.
    """
    say("checking hashes and signature")
    found = container_checks(path, public_key_for=trust.key)
    signer = _signer(found, trust, on)
    more: list[PackCheck] = [signer]
    again = None
    view = _view(found)
    if isinstance(view, str):
        more += [not_run(name, view) for name in ALL_CHECKS[ALL_CHECKS.index(checks.SIGNER) + 1 :]]
        if found.evidence is not None:
            more[1] = checked(checks.MARKING, [view], "")
    else:
        assert found.evidence is not None
        assert found.archive is not None
        predicate = found.envelope.statement.predicate if found.envelope else None
        marked = f"{view.marking.label}; {len(view.items())} items, none above it"
        more.append(checked(checks.MARKING, _asked(marking_faults, view, predicate), marked))
        more.append(checked(checks.NAME, name_faults(path, found.evidence), found.evidence["name"]))
        members = checked(checks.MEMBERS, _asked(member_faults, view), _members_say(view))
        # whoever signed it
        active = checked(checks.ACTIVE, _asked(active_faults, view), "no file does anything when it is opened")
        more += [members, active]
        is_sealed = found.holds and signer.holds
        if not is_sealed:
            more.append(not_run(checks.NUMBERS, "its statements are run only where the seal holds"))
        elif not numbers:
            more.append(PackCheck(checks.NUMBERS, True, "not asked for (--no-numbers)", ran=False))
        else:
            say("computing the numbers again")
            again = make_again(view)
            more.append(checked(checks.NUMBERS, again.faults, again.says))
        if not (is_sealed and members.holds):
            more.append(
                not_run(
                    checks.PAGES, "its pages are made again only where the seal holds, and of files that packs hold"
                )
            )
        else:
            say("making the pages again")
            pages = pages_of(view, found.archive).check(found.evidence["software"]["version"])
            more.append(replace(pages, holds=True) if reads_data and not pages.ran else pages)
        more.append(_versions(found.evidence))
    return Verification(path, (*found.checks, *more), found.archive, found.evidence, again, on)


def _asked(faults: Callable[..., Iterable[str]], view: PackView, *given: object) -> list[str]:
    """Run a check on an untrusted pack and return its faults; an exception counts as a fault."""
    try:
        return list(faults(view, *given))
    except StopgapError as error:
        return [f"{error.where}: {error.what}"]
    except Exception as error:  # the files are another's: whatever looking at them stumbles over is their fault
        return [f"a file cannot be looked at: {type(error).__name__}: {str(error)[:200]}"]


def _members_say(view: PackView) -> str:
    found = listed_members(view.names)
    made, data, said = (len(found[known.value]) for known in FileTrust)
    return f"{made} files are pages made again, {data} data, {said} said by their maker and not checked"


def _view(found: ContainerResult) -> PackView | str:
    """Return a view of the pack, or the reason why it cannot be opened."""
    if found.archive is None or found.evidence is None:
        return "the pack cannot be read"
    try:
        return view_pack(found.archive)
    except StopgapError as error:
        return error.what


def _signer(found: ContainerResult, trust: Trust, on: str) -> PackCheck:
    if found.envelope is None:
        return not_run(checks.SIGNER, "there is no signature")
    standing = trust.standing(found.envelope.keyid, on=on)
    return checked(checks.SIGNER, [] if standing.holds else [standing.why], standing.why)


_CANONICAL = re.compile(r"^.+_.+_.+_[0-9a-f]{8}_TLP-[A-Z-]+$")
_SHOWN = re.compile(r"TLP[-_: ]?(CLEAR|GREEN|AMBER[-_+ ]?STRICT|AMBER|RED)(?![A-Z])", re.IGNORECASE)


def name_faults(path: Path, evidence: EvidenceDocument) -> list[str]:
    """Return contradictions between the file's name, the pack's own name and its marking."""
    faults = []
    stem = path.stem if path.suffix.lower() == ".zip" else path.name
    if evidence["name"] != (own := _own_name(evidence)):
        faults.append(f"the pack calls itself {quoted(evidence['name'])}, and is {quoted(own)}")
    if _CANONICAL.match(stem) and stem != evidence["name"]:
        faults.append(f"the file goes by {quoted(stem)}, and is {quoted(evidence['name'])}")
    marking = marking_of(evidence["marking"], where="evidence.json")
    faults += [
        f"the file's name shows TLP:{shown.upper()}, the pack is {marking.label}"
        for shown in _SHOWN.findall(stem)
        if re.sub(r"[^A-Z]", "_", shown.upper()).replace("AMBERSTRICT", "AMBER_STRICT") != marking.tlp.name
    ]
    return faults


def _own_name(evidence: EvidenceDocument) -> str:
    """Return the name derived from a pack's content: episode, goods, vintage, id of the headline finding, marking."""
    parts = str(evidence["name"]).split("_")
    tlp = marking_of(evidence["marking"], where="evidence.json").tlp
    ids = {item["id"].rpartition(":")[2][:8] for item in evidence["items"] if item["kind"] in ("finding", "extract")}
    found = parts[-2] if len(parts) > 3 and parts[-2] in ids else "?"
    return "_".join(
        [safe_stem(evidence["episode"]), "_".join(parts[1:-3]), safe_stem(evidence["as_of"]), found, tlp.slug]
    )


def _versions(evidence: EvidenceDocument) -> PackCheck:
    """Check that Stopgap made the pack, and report where its version or locked dependencies differ."""
    made, own = evidence["software"], version("stopgap")
    if made["name"] != "stopgap":
        return checked(checks.VERSIONS, [f"it was made by {quoted(made['name'])}"], "")
    says = f"stopgap {made['version']}"
    if made["version"] != own:
        says += f", verified with {own}"
    if made["lock_sha256"] and lock_sha256() and made["lock_sha256"] != lock_sha256():
        says += "; its dependencies were locked otherwise"
    return checked(checks.VERSIONS, [], says)


def trusted(home: Path, files: Iterable[Path]) -> Trust:
    """Read the keys that a user trusts: the trust store, and the key files given.

    Raises:
        InputError: A file is not a public key.
        RefusedError: The trust store was changed after it was written.
    """
    return Trust(read_trust(home), {key.fingerprint: key for key in map(read_public_key, files)})


UNMARKED = ("evidence.json", "index.html", "ro-crate-metadata.json")
"""Files with fixed names, which cannot show a marking: the pack's own marking is inside them."""

_TEXT = (".sql", ".md", ".html", ".yml")


def marking_faults(view: PackView, predicate: Mapping[str, Any] | None) -> list[str]:
    """Return the faults found in the markings, one line each: not inherited, above the pack's own, or not shown.

    ``predicate`` holds the fields of the pack in the signed statement; ``None`` if there is no statement.
    """
    faults = []
    if predicate is not None and predicate.get("marking") != view.evidence["marking"]:
        faults.append("evidence.json is marked otherwise than the signed statement says")
    return [*faults, *_marked_items(view), *_marked_files(view)]


def _marked_items(view: PackView) -> Iterator[str]:
    known = {item["id"]: item for item in view.items()}
    try:
        graph = EvidenceGraph((_LEFT_OUT, *(_in_graph(item, known) for item in known.values())))
    except (StopgapError, KeyError, TypeError) as error:
        yield quoted(error.what if isinstance(error, StopgapError) else str(error), 300)
        return
    for refused in graph.refused_releases:
        yield f"the release of {quoted(refused.item)} has no effect: {refused.why}"
    for name, item in known.items():
        said, found = view.marking_of(item), graph.effective[name]
        if found != said:
            brings = "its release" if graph.is_released(name) else "what it rests on"
            yield f"{quoted(name)} is marked {said.label}; by {brings} it is {found.label}"
        if not said.fits(view.marking):
            yield f"{quoted(name)} is marked {said.label} in a pack marked {view.marking.label}"
        stray = [each for each in item["inputs"] if each not in known]
        if stray:
            yield f"{quoted(name)} rests on {quoted(stray[0])}, which is not in the pack"


_LEFT_OUT = Item("", "receipt", "what was left out", Marking(Tlp.RED, frozenset()))
"""Withheld input of a released item: marked stricter than anything in the pack, else no release was needed."""


def _in_graph(item: ItemEntry, known: Collection[str]) -> Item:
    """Convert an item of the table of contents into an item of the evidence graph."""
    own = None if item["own_marking"] is None else marking_of(item["own_marking"], where=item["id"])
    inputs = tuple(dict.fromkeys(each for each in item["inputs"] if each in known))
    given = item["release"]
    if given is None:
        return Item(item["id"], item["kind"], item["title"], own, inputs)
    release = AggregateRelease(
        str(given["id"]), str(given["item"]), marking_of(given["marking"], where=item["id"]),
        str(given["who"]), str(given["when"]), str(given["why"]),
    )  # fmt: skip
    return Item(item["id"], item["kind"], item["title"], own, (*inputs, _LEFT_OUT.id), release, is_aggregate=True)


def _marked_files(view: PackView) -> Iterator[str]:
    owners = owners_of(view.evidence)
    for path in view.files():
        if path in UNMARKED:
            continue
        if path not in owners:
            yield f"{quoted(path)} belongs to no item, so nothing says how it is marked"
            continue
        allowed = [view.marking_of(item) for item in owners[path]]
        slug = re.match(r"(?:.*/)?(TLP-[A-Z-]+)_", path)
        if slug is None or slug[1] not in {each.tlp.slug for each in allowed}:
            yield f"the name of {quoted(path)} does not show the marking of its item, {allowed[0].label}"
        if not path.startswith("attachments/"):  # they stay as they are
            yield from _marked_inside(view, path, allowed)
    if "index.html" in view.files() and view.marking.label not in _text(view, "index.html"):
        yield f"index.html does not show the pack's marking, {view.marking.label}"


def _marked_inside(view: PackView, path: str, allowed: list[Marking]) -> Iterator[str]:
    labels = {each.label for each in allowed}
    if path.endswith(".json"):
        try:
            document = json.loads(_text(view, path))
            said = marking_of(document.get("marking"), where=path).label if isinstance(document, dict) else ""
        except (ValueError, RecursionError, StopgapError) as error:
            yield f"{quoted(path)} says nothing of its marking: {str(error)[:120]}"
            return
        if said not in labels:
            yield f"{quoted(path)} says {said or 'no marking'}; its item is {sorted(labels)[0]}"
    elif path.endswith(".parquet"):
        said = (view.table(path).schema.metadata or {}).get(b"marking", b"").decode(errors="replace")
        if said not in labels:
            yield f"the metadata of {quoted(path)} say {said or 'no marking'}; its item is {sorted(labels)[0]}"
    elif path.endswith(_TEXT) and not any(label in _text(view, path) for label in labels):
        yield f"{quoted(path)} does not show its marking, {sorted(labels)[0]}"


def _text(view: PackView, path: str) -> str:
    return view.read(f"data/{path}").decode("utf-8", errors="replace")
