"""Whatever is wrong with a container is named by the check that should, and nothing is written meanwhile."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections import defaultdict

import container_faults as faults
import pytest
from container_faults import GOOD, Fault, found, missed, verified, watched
from rocrate.rocrate import ROCrate
from sealed_samples import OTHER, OURS, PAYLOAD, RECEIPT, evidence, item, known, sealed

from stopgap.base.errors import InputError, UsageError
from stopgap.evidence.archives.writing import write_archive, write_archive_to
from stopgap.evidence.checks import ALL_CHECKS, CONTAINER_CHECKS, PackCheck, checked, first_failed, not_run, quoted
from stopgap.evidence.packs.pack_format import container_checks, evidence_bytes, sealed_pack

PEAK_BYTES = 64 << 20
SLOW_S = 5.0


def check_of(path, *keys):
    return container_checks(path, public_key_for=known(*keys))


@pytest.fixture
def pack(tmp_path):
    path = tmp_path / "pack.zip"
    write_archive_to(sealed(), path)
    return path


def test_a_pack_as_it_was_made_holds(pack):
    result = check_of(pack, OURS)
    assert [check.name for check in result.checks] == list(CONTAINER_CHECKS) == list(ALL_CHECKS[:5])
    assert result.holds, result.checks
    assert result.evidence == evidence()
    assert result.envelope.keyid == OURS.fingerprint
    assert result.archive.read("data/index.html") == PAYLOAD["index.html"]
    assert first_failed(result.checks) is None


def test_archives_of_tests_are_those_of_packs():
    assert write_archive(sealed()) == GOOD
    assert write_archive(sealed()) == write_archive(sealed(payload=dict(reversed(PAYLOAD.items()))))


def test_contents_from_files_make_the_same_pack(tmp_path):
    payload = {}
    for number, (name, content) in enumerate(PAYLOAD.items()):
        (tmp_path / str(number)).write_bytes(content)
        payload[name] = tmp_path / str(number)
    assert write_archive(sealed(payload=payload)) == GOOD


def test_a_key_that_is_not_known_leaves_the_signature_unasked(pack):
    result = check_of(pack, OTHER)
    signature = result.checks[4]
    assert (signature.ran, signature.holds) == (False, False)
    assert "not known" in signature.says
    assert [check.holds for check in result.checks[:4]] == [True] * 4


def test_checks_that_cannot_be_asked_say_so(tmp_path):
    (tmp_path / "cut.zip").write_bytes(GOOD[:-1])
    result = check_of(tmp_path / "cut.zip", OURS)
    assert [(check.ran, check.holds) for check in result.checks] == [(True, False), *[(False, False)] * 4]
    assert all(check.says.startswith("not run: ") for check in result.checks[1:])
    assert (result.archive, result.evidence, result.envelope, result.holds) == (None, None, None, False)
    write_archive_to({"bagit.txt": b"x"}, tmp_path / "bare.zip")
    assert [check.ran for check in check_of(tmp_path / "bare.zip", OURS).checks] == [True, True, True, False, True]


def test_what_is_not_there_is_no_pack(tmp_path):
    with pytest.raises(InputError) as missing:
        check_of(tmp_path / "gone.zip", OURS)
    assert missing.value.exit_code == 3


KINDS = defaultdict(list)
for each in faults.few():
    KINDS[each.kind].append(each)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_fault_is_named_and_writes_nothing_elsewhere(tmp_path, kind):
    for fault in KINDS[kind]:
        is_caught_safely(fault, tmp_path)


def test_bombs_and_crowds_of_files_are_named_at_once(tmp_path):
    for fault in faults.bombs(zeros=64 << 20, many=70_000):
        is_caught_safely(fault, tmp_path)


def is_caught_safely(fault: Fault, folder):
    """The check that should names it; nothing is written but in a private folder, nor left there; it is quick and small."""
    private = folder / "private"
    private.mkdir(exist_ok=True)
    path = folder / "pack.zip"
    path.write_bytes(fault.data)
    tracemalloc.start()
    began = time.perf_counter()
    with watched(private) as written:
        result, failed = verified(fault, path)
    took, peak = time.perf_counter() - began, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not missed(fault, failed), (failed, fault.check, result and result.checks)
    assert all(name.startswith(f"{private}/") for name in written), written
    assert list(private.iterdir()) == []
    assert peak < PEAK_BYTES
    assert took < SLOW_S


def test_writing_is_seen_where_there_is_some(tmp_path, pack):
    """Without this the test above could pass because nothing is watched."""
    with watched(tmp_path) as written:
        assert check_of(pack, OURS).holds
        (tmp_path / "elsewhere").mkdir()
    assert len(written) > len(sealed())
    assert str(tmp_path / "elsewhere") in written


@pytest.mark.one_in(4)
@pytest.mark.parametrize("series", ["byte_changes", "truncations", "content_changes"])
def test_single_bytes_are_named(tmp_path, series):
    """Every 53rd place; all of them in bench/prove_pack_faults.py."""
    count = 0
    for fault in getattr(faults, series)(step=53):
        _, failed = found(fault, tmp_path / "pack.zip")
        assert not missed(fault, failed), (failed, fault)
        count += 1
    assert count > 150


def test_a_fault_that_is_none_would_be_seen(tmp_path):
    """Without this, faults could be counted as caught whatever is found."""
    _, failed = found(Fault("none", GOOD, "archive"), tmp_path / "pack.zip")
    assert failed == []
    assert missed(Fault("none", GOOD, "archive"), failed)
    assert missed(Fault("none", GOOD, "files", alone=True), ["files", "hashes"])


def test_messages_carry_nothing_that_a_terminal_obeys(tmp_path):
    evil = "data/\x1b[2J\u202eevil"
    data = faults.raw_zip([*faults.entries_of(faults.FILES), faults.Entry(evil)])
    (tmp_path / "evil.zip").write_bytes(data)
    check = check_of(tmp_path / "evil.zip", OURS).checks[0]
    assert check.says.isprintable()
    assert '"data/\\u001b[2J\\u202eevil"' in check.says
    assert quoted("x" * 200) == '"' + "x" * 120 + '"…'


def test_long_lists_of_faults_are_cut_and_counted():
    check = checked("files", [str(number) for number in range(60)], "good")
    assert (check.holds, check.says, len(check.details), check.details[-1]) == (False, "0", 51, "and 10 more")
    assert checked("files", [], "good") == PackCheck("files", True, "good")
    assert first_failed([not_run("a", "x"), check]) is check
    assert first_failed([not_run("a", "x")]).says == "not run: x"
    assert check.as_dict()["details"][0] == "0"


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"format": "x"}, "not of the format"),
        ({"origin": {"name": "x", "fingerprint": "y"}}, "not the key that signs"),
        ({"items": [item("a", "finding", files=["gone"])]}, "listed and not there"),
        ({"more": 1}, "nothing else"),
    ],
)
def test_a_table_of_contents_that_is_wrong_is_not_sealed(changed, says):
    with pytest.raises(UsageError, match=says):
        sealed_pack(PAYLOAD, {**evidence(), **changed}, signer=OURS)


def test_what_is_made_here_may_not_be_given():
    with pytest.raises(UsageError, match="is made here"):
        sealed_pack({**PAYLOAD, "evidence.json": b""}, evidence(), signer=OURS)


def crate_of(files=None):
    return ROCrate(json.loads((files or sealed())["data/ro-crate-metadata.json"]))


def test_the_crate_says_what_came_of_what():
    crate = crate_of()
    finding = crate.get("#item-finding:sha256:1a2b3c4d")
    receipt = crate.get(f"#item-{RECEIPT}")
    step = finding["prov:wasGeneratedBy"]
    assert [entity.id for entity in finding["prov:wasDerivedFrom"]] == [receipt.id, "#item-receipt:gone@v2"]
    assert step["prov:used"][0] is receipt
    assert "prov:Activity" in step.type
    assert {"prov:Entity"} <= set(finding.type) & set(receipt.type)
    assert finding["prov:wasAttributedTo"]["identifier"] == OURS.fingerprint
    assert "prov:wasDerivedFrom" not in receipt
    assert crate.get("#item-receipt:gone@v2")["description"] == "Not in this pack."


def test_the_crate_describes_files_maker_and_access():
    crate = crate_of()
    files = {entity.id: entity for entity in crate.data_entities}
    assert len(files) == len(PAYLOAD) + 1
    csv = files["numbers/TLP-GREEN_goods.csv"]
    assert (csv["encodingFormat"], csv["contentSize"]) == ("text/csv", str(len(PAYLOAD["numbers/TLP-GREEN_goods.csv"])))
    assert (
        files["attachments/TLP-GREEN_%C3%9Cbersicht%20von%20M%C3%A4rz.txt"]["name"]
        == "TLP-GREEN_Übersicht von März.txt"
    )
    root = crate.root_dataset
    assert root["conditionsOfAccess"] == "TLP:GREEN"
    assert root["author"]["name"] == OURS.name
    assert root["license"]["name"].startswith("TLP:GREEN: limited disclosure")
    making = root["prov:wasGeneratedBy"]
    assert making.type == ["CreateAction", "prov:Activity"]
    assert making["instrument"]["softwareVersion"] == "0.1.0"
    assert making["endTime"] == "2026-07-01T12:00:00Z"


def test_every_term_of_the_crate_is_one_of_its_context():
    """So no property is lost to readers of JSON-LD: RO-Crate's own terms, as its library carries them, or PROV's."""
    from rocrate.vocabs import RO_CRATE

    terms = set(RO_CRATE["@context"])
    prov = {"prov:" + name for name in (
        "Entity", "Activity", "Agent", "used", "wasDerivedFrom", "wasGeneratedBy", "wasAttributedTo", "wasAssociatedWith",
    )}  # fmt: skip
    document = json.loads(sealed()["data/ro-crate-metadata.json"])
    assert document["@context"][1] == {"prov": "http://www.w3.org/ns/prov#"}
    ids = {entity["@id"] for entity in document["@graph"]}
    for entity in document["@graph"]:
        kinds = entity["@type"] if isinstance(entity["@type"], list) else [entity["@type"]]
        assert set(kinds) <= terms | prov
        assert set(entity) - {"@id", "@type"} <= terms | prov
        for value in entity.values():
            for reference in value if isinstance(value, list) else [value]:
                if isinstance(reference, dict):
                    assert reference["@id"] in ids or reference["@id"].startswith("https://w3id.org/ro/crate/")


def test_the_table_of_contents_has_one_form():
    text = evidence_bytes(evidence()).decode()
    assert text.endswith("}\n")
    assert text.startswith('{\n "as_of": "v3",\n')
    with pytest.raises(ValueError, match="Out of range"):
        evidence_bytes({"x": float("nan")})
