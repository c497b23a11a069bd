"""Pages of packs: each check in words, receipt, comparison, preview and order, by those who may."""

from __future__ import annotations

import zipfile
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from pack_made import EPISODE, GOODS, mixed_lake
from whole_lake import Whole, home

from stopgap.api import Lake
from stopgap.base.clearance import viewed_by
from stopgap.base.marking import Marking, Tlp
from stopgap.evidence.checks import ALL_CHECKS
from stopgap.pages.packs.verification import TITLES
from stopgap.service.principal import PersonRole

HTML = {"accept": "text/html"}
PART = {**HTML, "hx-request": "true"}


def posted(client: Any, path: str, *, files: Any = None, **data: Any) -> Any:
    return client.post(path, data=data, files=files, headers=PART)


@pytest.mark.prove_only
def test_every_check_stands_on_the_page_with_the_result_that_the_api_gives(client_of, served: Whole) -> None:
    assert set(TITLES) == set(ALL_CHECKS)
    with viewed_by(None), home(served.folder / "home"):
        found = Lake(served.lake).packs.verify(served.pack)
    with home(served.folder / "home"):
        text = unescape(
            posted(
                client_of(served.lake), "/packs/verify", files={"pack": (served.pack.name, served.pack.read_bytes())}
            ).text
        )
    held = sum(check.result == "holds" for check in found.checks)
    assert f"{held} of {len(found.checks)} checks hold" in text
    for check in found.checks:
        place = text.index(TITLES[check.name])
        part = text[place : place + 600]
        assert f">{check.result}<" in part
        assert check.says in part
    assert ("Every check holds." in text) == found.holds


def test_a_changed_pack_is_refused_with_what_and_how_to_go_on(client_of, served: Whole, tmp_path: Path) -> None:
    changed = tmp_path / 'x"><img src=y onerror=alert(1)>.zip'
    with zipfile.ZipFile(served.pack) as source, zipfile.ZipFile(changed, "w") as target:
        for entry in source.infolist():
            content = source.read(entry)
            target.writestr(entry, content + b" " if entry.filename == "data/index.html" else content)
    client = client_of(served.lake)
    text = posted(client, "/packs/verify", files={"pack": (changed.name, changed.read_bytes())}).text
    assert "The pack is refused." in text
    assert ">fails<" in text
    assert "ask its maker" in unescape(text)
    assert "<img" not in text
    assert str(served.lake) not in text
    before = Lake(served.lake)
    with viewed_by(None):
        count = len(before.packs.received())
        refused = posted(client, "/packs/receive", files={"pack": ("p.zip", changed.read_bytes())})
        assert "The pack is refused." in refused.text
        assert len(before.packs.received()) == count


@pytest.mark.one_in(2)
@pytest.mark.parametrize("content", [b"", b"no pack", b"PK\x03\x04 torn"])
def test_what_is_no_pack_is_said_to_be_none(client_of, served: Whole, content: bytes) -> None:
    answer = posted(client_of(served.lake), "/packs/verify", files={"pack": ("p.zip", content)})
    assert "refused" in answer.text or "alert" in answer.text
    assert str(served.lake) not in answer.text


@pytest.mark.prove_only
def test_a_pack_is_received_once_and_compared_with_its_file(client_of, served: Whole, tmp_path: Path) -> None:
    lake = served.copied(tmp_path / "lake")
    (lake / "received" / "log.jsonl").unlink()
    client = client_of(lake)
    with home(served.folder / "home"):
        done = posted(client, "/packs/receive", files={"pack": ("partner.zip", served.pack.read_bytes())})
        assert done.status_code == 204, done.text
        page = done.headers["hx-redirect"]
        shown = client.get(page, headers=HTML).text
        assert "partner.zip" in shown
        sha256 = page.rpartition("/")[2]
        compared = posted(
            client, "/packs/compare", one=sha256, files={"other_file": ("partner.zip", served.pack.read_bytes())}
        )
        assert "They are the same pack, byte for byte" in compared.text
        alone = posted(client, "/packs/compare", one=sha256, other="")
        assert alone.status_code == 400
        path = posted(client, "/packs/compare", one=str(served.pack), other=sha256)
        assert path.status_code == 404


def _previewed(client: Any, **data: Any) -> tuple[str, str]:
    """Return who a marking admits, which is answered at once, and what the pack would hold, which its page loads."""
    first = posted(client, "/packs/preview", **data).text
    assert "hunter2" not in first
    later = unescape(first.split('hx-get="')[1].split('"')[0])
    return unescape(first), unescape(client.get(later, headers=PART).text)


@pytest.mark.prove_only
def test_the_preview_says_what_the_api_says(client_of, tmp_path: Path) -> None:
    lake, receipt = mixed_lake(tmp_path)
    asked = {"episode": EPISODE, "marking": "GREEN", "goods": GOODS, "parts": ["claims", "alerts"]}
    first, text = _previewed(client_of(lake), **asked, passphrase="hunter2")
    assert "TLP:GREEN" in first
    assert "figures are measured" in first
    with viewed_by(None):
        found = Lake(lake).packs.preview(EPISODE, marking="GREEN", goods=GOODS, without=("exposure", "brief"))
    assert found.refusal is not None
    assert found.refusal in text
    assert f"Would be released ({len(found.released)})" in text
    assert f"Would be withheld ({len(found.withheld)})" in text
    assert all(item.title in text for item in (*found.released, *found.withheld))
    assert "it is marked above the pack" in text
    assert receipt
    first, named = _previewed(client_of(lake), **{**asked, "marking": "RED", "releasable_to": "deu, fra"})
    assert "TLP:RED" in first
    assert "may go to France and Germany, and to no other economy" in named
    assert "The pack can be made as it is asked for." in named


def test_a_pack_is_ordered_as_a_job_without_its_passphrase(client_of, small_lake: Path, tmp_path: Path) -> None:
    with home(tmp_path / "home"):
        client = client_of(small_lake)
        jobs = client.app.state.service.jobs
        jobs.workers.stop(within_s=0)
        done = posted(
            client,
            "/packs",
            episode=EPISODE,
            marking="GREEN",
            key="liaison",
            goods=GOODS,
            passphrase="five words that nobody knows",
        )
        assert done.status_code == 204, done.text
        id = done.headers["hx-redirect"].rpartition("/")[2]
        job = client.get(f"/api/v1/jobs/{id}").json()
        assert job["request"] == {
            "episode": EPISODE,
            "options": {
                "marking": "GREEN",
                "key": "liaison",
                "goods": GOODS,
                "without": ["claims", "alerts", "exposure", "brief"],
                "with_parts": [],
            },
        }
        assert "five words" not in client.get(f"/me/jobs/{id}", headers=HTML).text
        folder = jobs.settings.home
        assert not [path for path in folder.rglob("*") if path.is_file() and b"five words that" in path.read_bytes()]
        jobs.cancel(jobs.queue.get(id))
        assert not list(folder.rglob("sealed"))


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("role", "path", "data"),
    [
        (PersonRole.VIEWER, "/packs", {"episode": EPISODE, "marking": "CLEAR", "key": "k"}),
        (PersonRole.VIEWER, "/packs/receive", {}),
        (PersonRole.ANALYST, "/packs", {"episode": EPISODE, "marking": "CLEAR", "key": "k", "redact": "true"}),
    ],
)
def test_who_may_not_is_refused(client_of, served: Whole, role: PersonRole, path: str, data: dict[str, str]) -> None:
    client = client_of(served.lake, role, Marking(Tlp.RED))
    files = {"pack": ("p.zip", served.pack.read_bytes())} if path.endswith("receive") else None
    answer = posted(client, path, files=files, **data)
    assert answer.status_code == 403
    assert "may not" in answer.text


def test_a_viewer_sees_no_button_for_what_the_role_may_not(client_of, served: Whole) -> None:
    client = client_of(served.lake, PersonRole.VIEWER, Marking(Tlp.RED))
    assert "/packs/new" not in client.get("/packs", headers=HTML).text
    assert "/packs/receive" not in client.get("/packs/check", headers=HTML).text
    assert client.get("/packs/new", headers=HTML).status_code == 403
    analyst = client_of(served.lake, PersonRole.ANALYST, Marking(Tlp.GREEN)).get("/packs/new", headers=HTML).text
    assert 'name="redact"' not in analyst
    assert "TLP:GREEN" in analyst
    assert "TLP:AMBER" not in analyst


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "no-such-episode"])
def test_names_are_never_paths(client_of, served: Whole, name: str) -> None:
    client = client_of(served.lake)
    assert posted(client, "/packs/preview", episode=name, marking="CLEAR").status_code == 404
    assert posted(client, "/packs", episode=EPISODE, marking="CLEAR", key="k", goods=name).status_code in (400, 404)
