"""A reply that repeats the key, however spelled, is not kept, and no message shows it."""

from __future__ import annotations

import random
from pathlib import Path

import key_echoes
import pytest
from live_calls import KEY_ENV, SMALL, StillClock, chips, fetch, fetched, left_in, not_loaded
from loopback import Loopback

from stopgap.base.errors import InputError, RefusedError, StopgapError, UnreachableError, UsageError
from stopgap.sources.live.key import WITHHELD, Key, KeySearch, fault_of_key
from stopgap.sources.live.retry import Patience

KEY = "7f3a91c2d4e5b60812ab34cd56ef7890"
CASES = 400
ALL = [*key_echoes.SPELLINGS, *key_echoes.LONG_SPELLINGS, *key_echoes.HALVES]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_ENV, KEY)


def shows_key(text: str) -> bool:
    """Whether a text has the key, or eight of its characters in a row."""
    low = text.lower()
    return Key(KEY, "KEY").is_in(text) or any(KEY[at : at + 8] in low for at in range(len(KEY) - 7))


def one_piece() -> object:
    return chips(first="2022", last="2022", codes=["854231"], flows=["X"])


@pytest.mark.parametrize("fault", ["spelled", "spelled-gzip", "spelled-refusal"])
@pytest.mark.parametrize("spelling", ALL)
def test_a_reply_that_repeats_the_key_is_not_kept(
    spelling: str, fault: str, comtrade: Loopback, tmp_path: Path
) -> None:
    said: list[str] = []
    with pytest.raises(StopgapError) as caught:
        fetched(
            comtrade.always(f"{fault}:{spelling}"), tmp_path, one_piece(), key_env=KEY_ENV, patience=Patience(tries=2),
            progress=lambda text, share: said.append(text),
        )  # fmt: skip
    assert KEY in comtrade.calls[0].headers["ocp-apim-subscription-key"]
    if fault != "spelled-refusal":
        assert isinstance(caught.value, InputError | UnreachableError)
        assert "repeats the key" in caught.value.what
    error = caught.value
    files = left_in(tmp_path)
    shown = [*said, str(error), repr(error.__dict__), *files, *files.values()]
    assert not [text for text in shown if shows_key(text)]
    assert not [name for name in files if name.endswith((".part", ".json")) and "request" not in name]
    assert not (tmp_path / "receipts").exists()


def test_the_key_in_a_header_is_not_taken_for_a_quota(comtrade: Loopback, tmp_path: Path) -> None:
    result = fetched(
        comtrade.always("spelled-header:as it is"), tmp_path, one_piece(), key_env=KEY_ENV, load=not_loaded
    )
    assert result.quota_left is None


def test_a_refusal_that_shows_a_part_of_the_key_is_told_without_it(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"invalid key \[key\]… \(\[key\]\)") as caught:
        fetched(comtrade.always("shown-in-part"), tmp_path, one_piece(), key_env=KEY_ENV)
    assert not shows_key(str(caught.value))


def test_a_reply_compressed_within_itself_is_not_kept(comtrade: Loopback, tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="no text"):
        fetched(comtrade.always("packed"), tmp_path, one_piece(), key_env=KEY_ENV, patience=Patience(tries=2))
    assert not [name for name in left_in(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("seed", range(CASES // 100))
def test_random_echoes_are_found(seed: int) -> None:
    for number in range(100):
        chance = random.Random(f"{seed}/{number}")
        echo = key_echoes.random_echo(chance)
        assert key_echoes.is_found(echo, chance), (number, echo.kind, echo.spelling, echo.frame)


def test_ordinary_replies_are_not_taken_for_echoes() -> None:
    for number in range(CASES):
        chance = random.Random(number)
        kind = list(key_echoes.KEYS)[number % len(key_echoes.KEYS)]
        key = key_echoes.random_key(kind, chance)
        body = key_echoes.normal_reply(chance)
        assert not KeySearch(Key(key, "KEY").spelled).finds(body)


def test_a_message_that_repeats_the_key_in_a_spelling_is_withheld() -> None:
    key = Key(KEY, "KEY")
    assert key.scrub(f"no access for {KEY}") == "no access for [key]"
    assert key.scrub(f"no access for {KEY.upper()}, sorry") == "no access for [key], sorry"
    assert key.scrub("no access for " + key_echoes.spelled(KEY, "entities").decode()) == WITHHELD
    assert key.scrub("Try again in 5 seconds.") == "Try again in 5 seconds."


@pytest.mark.parametrize(
    "value",
    ["a", "abc", "1234567", "aB3-xY7", "two words", "--------------", "%61%62%63%64%65", "85423100", "1" * 19, "é" * 20, "a" * 513],
)  # fmt: skip
def test_what_occurs_in_ordinary_replies_is_no_key(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert fault_of_key(value) is not None
    monkeypatch.setenv(KEY_ENV, value)
    with pytest.raises(UsageError, match="is no key") as caught:
        fetch(tmp_path, "comtrade", one_piece(), base_url="http://127.0.0.1:1", key_env=KEY_ENV)
    assert len(value) < 4 or value not in str(caught.value)


@pytest.mark.parametrize("value", [KEY, "abcdefgh", "1" * 20, "9f-8e-7d-6c", "Zz9/+=%41abcdef"])
def test_what_is_a_key(value: str) -> None:
    assert fault_of_key(value) is None


def test_nothing_is_written_to_the_log(
    us_census: Loopback, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client warns of odd headers, and its lines hold the address with the key in it."""
    with caplog.at_level("DEBUG"):
        fetched(
            us_census.always("odd-header"), tmp_path, chips("us-census"), "us-census", key_env=KEY_ENV, load=not_loaded,
            clock=StillClock(), bounds=SMALL,
        )  # fmt: skip
    assert dict(us_census.calls[0].params)["key"] == KEY
    assert not shows_key(caplog.text)
    assert "Failed to parse headers" not in caplog.text
