"""Pages of a pack: made again from its data, and none that runs anything is accepted, whoever signed it."""

from __future__ import annotations

import json
import random
import zipfile
from itertools import islice
from pathlib import Path

import pytest
from claims_made import made_claim
from examples import examples
from pack_made import GOODS, ON, WHEN, key, open_lake, packed, trust_in
from page_faults import EVIDENCE, PAGE, SNIPPETS, changed_packs, does_something, mutated_pages, signed_again

from stopgap.claims.claim import SourceLink
from stopgap.claims.register.register import register_claim
from stopgap.evidence.active.html import html_faults
from stopgap.evidence.archives.writing import in_order, write_archive
from stopgap.evidence.packs.members import MEMBERS, FileTrust, member_of
from stopgap.evidence.packs.pack_format import evidence_bytes
from stopgap.evidence.packs.receive import receive_pack
from stopgap.evidence.packs.verify import Verification, verify_pack

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference" / "packs.md"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("pages")
    made = packed(open_lake(folder), folder / "p.zip", parts=())
    with zipfile.ZipFile(made.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def verified(files: dict[str, bytes], path: Path, *, reads_data: bool = False) -> Verification:
    path.write_bytes(write_archive({name: files[name] for name in in_order(files)}))
    return verify_pack(path, trust_in(key()), on=ON, reads_data=reads_data)


def failing(found: Verification) -> set[str]:
    return {check.name for check in found.checks if not check.holds}


def of_version(files: dict[str, bytes], number: str, page: bytes | None = None) -> dict[str, bytes]:
    """As another version of Stopgap would have made and signed it."""
    evidence = json.loads(files[EVIDENCE])
    evidence["software"]["version"] = number
    changed = {**files, EVIDENCE: evidence_bytes(evidence)}
    return signed_again({**changed, **({} if page is None else {PAGE: page})}, key().private)


@pytest.mark.prove_only
def test_a_pack_signed_again_as_it_was_holds(files: dict[str, bytes], tmp_path: Path) -> None:
    assert failing(verified(signed_again(files, key().private), tmp_path / "a.zip")) == set()


@pytest.mark.prove_only
def test_names_from_right_to_left_and_hidden_signs_are_no_active_content(tmp_path: Path) -> None:
    """They are isolated in pages, and shown as escapes."""
    lake = open_lake(tmp_path)
    title = "شركة النجوم \u202e<b>=1+1 “[x](javascript:1)”"
    claim = made_claim(GOODS, title=title, chain=(SourceLink("الجريدة", "report"),))
    register_claim(lake, claim, who="tester", when=WHEN)
    made = packed(lake, tmp_path / "p.zip", parts=("claims", "brief"))
    found = verify_pack(made.path, trust_in(key()), on=ON)
    assert found.failed is None, found.failed
    with zipfile.ZipFile(made.path) as archive:
        page = archive.read(PAGE).decode()
    assert "<bdi>شركة النجوم" in page
    assert "\u202e" not in page
    assert "<b>" not in page


def test_a_script_in_the_page_of_a_trusted_signer_fails_by_name(files: dict[str, bytes], tmp_path: Path) -> None:
    page = files[PAGE].replace(b"</body>", b"<script>alert(1)</script></body>")
    found = verified(signed_again({**files, PAGE: page}, key().private), tmp_path / "a.zip")
    assert failing(found) == {"active", "pages"}
    with pytest.raises(Exception, match="check active"):
        receive_pack(
            tmp_path / "lake", tmp_path / "a.zip", trust_in(key()), on=ON, when=f"{ON}T12:00:00Z", who="Jane Roe"
        )
    assert not list((tmp_path / "lake").rglob("*.zip"))


def test_a_page_that_says_something_else_fails_by_name(files: dict[str, bytes], tmp_path: Path) -> None:
    page = files[PAGE].replace(b"million a year", b"billion a year", 1)
    assert page != files[PAGE]
    assert failing(verified(signed_again({**files, PAGE: page}, key().private), tmp_path / "a.zip")) == {"pages"}


@pytest.mark.prove_only
@pytest.mark.in_parts
def test_every_change_of_a_trusted_signer_fails_by_name(files: dict[str, bytes], tmp_path: Path) -> None:
    for changed in islice(changed_packs(files, key().private, random.Random(7)), examples(60)):
        found = verified(changed.files, tmp_path / "a.zip")
        assert failing(found) & set(changed.checks), (changed.kind, [each.says for each in found.checks])


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_no_page_with_active_content_passes(snippet: str, files: dict[str, bytes]) -> None:
    page = files[PAGE].decode()
    assert list(html_faults(page.encode())) == []
    for place in ("</body>", "<h1>", "</title>", "</style>"):
        assert list(html_faults(page.replace(place, snippet + place, 1).encode())), (snippet, place)


@pytest.mark.in_parts
def test_what_another_parser_finds_active_is_found(files: dict[str, bytes]) -> None:
    page = files[PAGE].decode()
    for kind, changed in islice(mutated_pages(page, random.Random(3)), examples(1500)):
        assert changed != files[PAGE]
        if does_something(changed):
            assert list(html_faults(changed)), (kind, does_something(changed))


def test_pages_of_another_version_are_not_trusted_and_its_data_are(files: dict[str, bytes], tmp_path: Path) -> None:
    page = files[PAGE].replace(b"A page cannot vouch", b"No page can vouch")
    other = of_version(files, "0.0.9", page)
    found = verified(other, tmp_path / "a.zip")
    assert failing(found) == {"pages"}
    [check] = [each for each in found.checks if each.name == "pages"]
    assert (check.result, check.ran) == ("not trusted", False)
    assert "another version" in check.says
    assert "index.html" in check.details[0] or any("index.html" in each for each in check.details)
    with pytest.raises(Exception, match="check pages"):
        found.view()
    read = verified(other, tmp_path / "a.zip", reads_data=True)
    assert read.holds
    assert b"A page cannot vouch" in read.page()
    assert b"stopgap 0.0.9" in read.page()
    received = receive_pack(
        tmp_path / "lake", tmp_path / "a.zip", trust_in(key()), on=ON, when=f"{ON}T12:00:00Z", who="Jane Roe"
    )
    assert received.pack.untrusted
    assert any("not trusted" in line for line in received.lines())


def test_active_content_of_another_version_is_refused_all_the_same(files: dict[str, bytes], tmp_path: Path) -> None:
    page = files[PAGE].replace(b"</body>", b"<img src=x onerror=alert(1)></body>")
    found = verified(of_version(files, "9.0", page), tmp_path / "a.zip", reads_data=True)
    assert failing(found) == {"active"}


def test_every_file_of_a_pack_has_a_class_and_the_docs_name_it(files: dict[str, bytes]) -> None:
    assert [name for name in files if member_of(name) is None] == []
    for name in ("data/README.md", "data/a.html", "data/brief/a.html", "data/findings/TLP-CLEAR_a.html", "x", "data/"):
        assert member_of(name) is None
    text = " ".join(DOCS.read_text("utf-8").split())
    for member in MEMBERS:
        assert member.why in text, member.why
    assert all(known.value in text for known in FileTrust)
