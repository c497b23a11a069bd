"""`stopgap fetch` as users and programs call it; the network between: proxies and certificates."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_calls import KEY, KEY_ENV, SMALL, StillClock, chips, fetch, fetched, not_loaded
from loopback import Loopback

from stopgap.base.errors import UnreachableError, UsageError
from stopgap.cli.main import run
from stopgap.sources.live.pieces import Piece, chunks, fitted

WANTED = ("--partner", "RUS", "--codes", "854231,854232", "--from", "2022", "--to", "2023")
COMTRADE = ("fetch", "comtrade", "--reporter", "Germany", *WANTED)


def test_a_fetch_as_json(comtrade: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run([*COMTRADE, "--base-url", comtrade.url, "--lake", str(tmp_path), "--format", "json"])
    shown = capsys.readouterr()
    document = json.loads(shown.out)
    assert (code, document["vintage"], document["rows_loaded"]) == (0, "v1", 8)
    assert (document["pieces"], document["requests"], document["pieces_reused"], document["retries"]) == (2, 2, 0, 0)
    assert document["quota_left"] is None
    assert "already_loaded" in document


def test_a_fetch_as_a_table(comtrade: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*COMTRADE, "--base-url", comtrade.url, "--lake", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "vintage v1, fetched from comtrade" in shown
    assert "asked without a key" in shown
    assert run([*COMTRADE, "--base-url", comtrade.url, "--lake", str(tmp_path)]) == 0
    assert "nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "requests"),
    [
        (COMTRADE, 2),
        (("fetch", "eurostat", "--codes", "854231", "--from", "2022-01", "--to", "2022-12"), 2),
        (("fetch", "us-census", "--codes", "854231", "--from", "2022-01", "--to", "2022-12"), 2),
        (("fetch", "hmrc", "--codes", "854231", "--from", "2022-01", "--to", "2022-12", "--flow", "X"), 1),
    ],
)
def test_a_dry_run_asks_for_nothing(
    words: tuple[str, ...], requests: int, comtrade: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run([*words, "--dry-run", "--base-url", comtrade.url, "--lake", str(tmp_path / "lake"), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    assert (code, document["requests"]) == (0, requests)
    assert not comtrade.calls
    assert not (tmp_path / "lake").exists()
    assert run([*words, "--dry-run"]) == 0
    assert "none was sent" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["json", "table"])
def test_an_error_is_told_as_everywhere(
    form: str, comtrade: Loopback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    comtrade.always("status:403 Out of call volume quota. Quota will be replenished in 03:14:17.")
    code = run([*COMTRADE, "--base-url", comtrade.url, "--lake", str(tmp_path), "--format", form])
    shown = capsys.readouterr()
    assert code == 6
    if form == "json":
        error = json.loads(shown.out)["error"]
        assert (error["code"], error["quota_left"]) == (6, 0)
        assert error["resets_at"].endswith("Z")
    else:
        assert [line.split(":")[0].strip() for line in shown.err.splitlines()][1:] == ["where", "fix"]


@pytest.mark.parametrize("fault", ["echo", "echo-data", "echo-error", "status:401 no", "redirect", None])
@pytest.mark.parametrize("form", ["json", "table"])
def test_no_output_shows_the_key(
    fault: str | None, form: str, us_census: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setenv(KEY_ENV, KEY)
    monkeypatch.setenv("STOPGAP_DEBUG", "1")
    us_census.faults = lambda count, call: fault
    words = ["--codes", "854231", "--from", "2022-01", "--to", "2022-02", "--key-env", KEY_ENV]
    place = ["--base-url", us_census.url, "--lake", str(tmp_path), "--format", form]
    run(["fetch", "us-census", *words, "--dry-run", "--format", form])
    code = run(["fetch", "us-census", *words, *place]) if fault else 0
    shown = capsys.readouterr()
    assert (code != 0) == (fault is not None)
    files = [path.read_text("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert not [text for text in (shown.out, shown.err, *files) if "canary" in text]


class TestProxies:
    def test_the_environment_s_proxy_is_used_and_its_password_told_to_it_alone(
        self, comtrade: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("http_proxy", comtrade.url.replace("http://", "http://ann:secret%21@"))
        monkeypatch.delenv("no_proxy")
        fetch(
            tmp_path,
            "comtrade",
            chips(),
            base_url="http://stats.invalid",
            allow_http=True,
            clock=StillClock(),
            load=not_loaded,
        )
        assert len(comtrade.calls) == 2
        assert comtrade.calls[0].headers["host"] == "stats.invalid"
        assert comtrade.calls[0].headers["proxy-authorization"] == "Basic YW5uOnNlY3JldCE="

    def test_a_dead_proxy_is_told_without_its_password(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "http://ann:secret@127.0.0.1:9")
        monkeypatch.delenv("no_proxy")
        with pytest.raises(UnreachableError, match="cannot be reached") as caught:
            fetch(
                tmp_path,
                "comtrade",
                chips(),
                base_url="http://stats.invalid",
                allow_http=True,
                clock=StillClock(),
                bounds=SMALL,
            )
        assert "secret" not in str(caught.value)

    def test_another_kind_of_proxy_is_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
        monkeypatch.delenv("no_proxy")
        with pytest.raises(UsageError, match="not an HTTP proxy"):
            fetch(tmp_path, "comtrade", chips(), base_url="http://stats.invalid", allow_http=True, clock=StillClock())


class TestCertificates:
    @pytest.fixture
    def authority(self, tmp_path: Path) -> Path:
        """A certificate for 127.0.0.1 that no system trusts, and its key, in one file."""
        place = tmp_path / "own.pem"
        command = [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=127.0.0.1",
            "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(place), "-out", str(tmp_path / "cert.pem"),
        ]  # fmt: skip
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("no openssl to make a certificate with")
        place.write_text(place.read_text() + (tmp_path / "cert.pem").read_text())
        return place

    def test_one_that_is_not_trusted_and_one_that_is_named(
        self, authority: Path, comtrade: Loopback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(authority)
        comtrade.wrap(context)
        url = comtrade.url.replace("http:", "https:")
        more: dict[str, Any] = {"base_url": url, "clock": StillClock(), "bounds": SMALL, "load": not_loaded}
        with pytest.raises(UnreachableError, match=r"certificate of 127\.0\.0\.1.* is not trusted") as caught:
            fetch(tmp_path / "lake", "comtrade", chips(), **more)
        assert "SSL_CERT_FILE" in caught.value.fix
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
        assert fetch(tmp_path / "lake", "comtrade", chips(), **more).pieces == 2


def test_help_is_quick_and_imports_no_client() -> None:
    code = (
        "import sys; from stopgap.cli.app import app; print([n for n in ('urllib3', 'truststore') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


STEPS = st.lists(st.integers(0, 99), unique=True, max_size=4).map(lambda numbers: tuple(map(str, numbers)))


@settings(deadline=None, max_examples=60)
@given(
    st.builds(Piece, periods=STEPS, codes=STEPS, partners=STEPS, flows=STEPS, reporters=STEPS),
    st.integers(1, 40),
    st.integers(1, 4),
)
def test_pieces_make_up_the_box_and_do_not_overlap(box: Piece, limit: int, most: int) -> None:
    def cells(piece: Piece) -> set[tuple[str, ...]]:
        axes = (piece.periods, piece.codes, piece.partners, piece.flows, piece.reporters)
        found: set[tuple[str, ...]] = {()}
        for steps in axes:
            found = {(*cell, step) for cell in found for step in steps or ("all",)}
        return found

    pieces = fitted(chunks(box, "codes", most), lambda piece: len(cells(piece)) <= limit)
    covered = [cell for piece in pieces for cell in cells(piece)]
    assert len(covered) == len(set(covered))
    assert set(covered) == cells(box)
    assert len({piece.id for piece in pieces}) == len(pieces)
    assert all(len(cells(piece)) <= limit for piece in pieces)


def test_an_unknown_reporter_of_a_service_is_told(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no code for CSK"):
        fetched(comtrade, tmp_path, chips("eurostat", partners=["CSK"]), "eurostat")
