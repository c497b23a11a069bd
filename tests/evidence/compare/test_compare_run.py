"""Which packs may be compared: files that verify, and packs that were received."""

from __future__ import annotations

import pytest
from party_packs import EXPORTS, FRANCE_PUBLIC, JAPAN, ON, WHEN, WHO, Party, resealed, trust

from stopgap.base.errors import InputError, NotFoundError, RefusedError
from stopgap.evidence.compare.run import compare
from stopgap.evidence.packs.receive import receive_pack


@pytest.fixture(scope="module")
def packs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packs")
    party = Party(folder / "france")
    party.load(EXPORTS)
    resealed(party.pack(folder / "france.zip"), folder / "japan.zip", signer=JAPAN)
    return folder


@pytest.mark.prove_only
def test_a_file_and_a_received_pack(packs, tmp_path):
    lake, trusted = tmp_path / "lake", trust(tmp_path)
    done = receive_pack(lake, packs / "japan.zip", trusted, on=ON, when=WHEN, who=WHO)
    for wanted in (done.pack.name, "japan.zip", done.pack.sha256[:12]):
        comparison = compare(lake, str(packs / "france.zip"), wanted, trusted, on=ON)
        assert comparison.agrees
        assert (comparison.one.origin, comparison.other.origin) == ("fra-liaison", "jpn-liaison")
    done.path.write_bytes(b"changed")
    with pytest.raises(InputError, match="was changed since"):
        compare(lake, str(packs / "france.zip"), "japan.zip", trusted, on=ON)


def test_what_does_not_verify_is_not_compared(packs, tmp_path):
    with pytest.raises(RefusedError) as told:
        compare(
            tmp_path / "lake",
            str(packs / "france.zip"),
            str(packs / "japan.zip"),
            trust(tmp_path, FRANCE_PUBLIC),
            on=ON,
        )
    assert told.value.details["failed"] == "signer"


@pytest.mark.prove_only
def test_what_is_not_there_is_named(packs, tmp_path):
    with pytest.raises(NotFoundError, match=r"no file at x\.zip"):
        compare(tmp_path / "lake", str(packs / "france.zip"), "x.zip", trust(tmp_path), on=ON)
