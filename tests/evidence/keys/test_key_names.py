"""What keys are called, and fingerprints in both forms."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stopgap.base.errors import UsageError
from stopgap.evidence.keys.names import (
    check_days,
    check_name,
    check_text,
    fingerprint_of,
    said_fingerprint,
    spoken,
    two_years_after,
)

RFC_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


class TestFingerprint:
    def test_is_the_hash_of_the_32_bytes(self) -> None:
        assert fingerprint_of(RFC_KEY) == "sha256:" + hashlib.sha256(RFC_KEY).hexdigest()

    @pytest.mark.parametrize(
        ("number", "end"),
        [
            (0, "00000 00000"),
            (161, "00000 00161"),  # 0xa1
            (12345 * 100_000 + 67890, "12345 67890"),
            (10**60 + 7, "00000 00007"),  # the 61st digit is not read
            # 2^256 - 1 = 115792089237316195423570985008687907853269984665640564039457584007913129639935
            (2**256 - 1, "31296 39935"),
        ],
    )
    def test_is_spoken_as_its_last_sixty_digits(self, number: int, end: str) -> None:
        groups = spoken(f"sha256:{number:064x}").split(" ")
        assert len(groups) == 12
        assert all(len(group) == 5 and group.isdigit() for group in groups)
        assert " ".join(groups[-2:]) == end

    def test_of_the_standards_first_key_as_another_calculator_has_it(self) -> None:
        # printf … | xxd -r -p | sha256sum, then bc: the number mod 10^60
        assert fingerprint_of(RFC_KEY) == "sha256:21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9"
        assert spoken(fingerprint_of(RFC_KEY)) == (
            "43784 88985 22043 89401 86851 50966 57447 05613 11816 57942 02430 42745"
        )

    @given(st.binary(min_size=32, max_size=32), st.sampled_from([" ", "  ", "-", "\n", ""]))
    def test_is_taken_in_both_forms_however_it_is_spaced(self, raw: bytes, gap: str) -> None:
        fingerprint = fingerprint_of(raw)
        assert said_fingerprint(spoken(fingerprint).replace(" ", gap)) == spoken(fingerprint)
        digits = fingerprint.removeprefix("sha256:")
        assert said_fingerprint(gap.join([digits[:20].upper(), digits[20:]])) == fingerprint
        assert said_fingerprint(f" {fingerprint} ") == fingerprint

    @pytest.mark.parametrize(
        "text", ["", "12345", "1" * 59, "1" * 61, "a" * 63, "g" * 64, "sha256:", "١" * 60, "sha512:" + "a" * 64]
    )
    def test_that_is_none_is_refused(self, text: str) -> None:
        with pytest.raises(UsageError, match="no fingerprint"):
            said_fingerprint(text)


class TestNames:
    @pytest.mark.parametrize("name", ["a", "7", "fra-liaison", "a.b_c-d", "a" * 64, "console", "com10", "a..b"])
    def test_that_may_be(self, name: str) -> None:
        assert check_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "", ".a", "-a", "_a", "A", "Ann", "a b", "a/b", "..", "a\\b", "a" * 65, "a.", "é", "ａ", "a\n", "a\x00",
            "con", "con.x", "nul", "prn.pub", "aux", "com1", "lpt9.a", "a‮b", "\N{GRINNING FACE}", "a:b", "~a", "\ud800",
        ],
    )  # fmt: skip
    def test_that_may_not(self, name: str) -> None:
        with pytest.raises(UsageError) as caught:
            check_name(name)
        caught.value.what.encode("ascii")  # can be printed anywhere

    @given(st.text(max_size=70))
    def test_what_passes_is_a_file_name_everywhere(self, name: str) -> None:
        try:
            check_name(name)
        except UsageError:
            return
        assert name.isascii()
        assert name == name.lower()
        assert not set(name) & set('/\\:*?"<>| ')

    @pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\x1b[31m", "a‮b", "a⁦b", "x" * 501, "\ud800"])
    def test_reasons_that_cannot_be_printed_are_refused(self, text: str) -> None:
        with pytest.raises(UsageError):
            check_text(text, where="--why")

    def test_reasons_may_be_in_any_script(self) -> None:
        assert check_text("ноутбук потерян, فُقِدَ الحاسوب", where="--why")

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("2026-02-30", "2027-01-01"),
            ("20260101", "2027-01-01"),
            ("2026-01-01", "2026-W50-1"),
            ("2026-01-02", "2026-01-01"),
            ("", "2026-01-01"),
            ("2026-1-1", "2026-01-01"),
            ("２026-01-01", "2027-01-01"),
        ],
    )
    def test_days_that_cannot_be(self, first: str, last: str) -> None:
        with pytest.raises(UsageError):
            check_days(first, last)

    def test_a_key_may_hold_for_one_day(self) -> None:
        check_days("2026-01-01", "2026-01-01")

    @pytest.mark.parametrize(
        ("day", "later"), [("2026-07-01", "2028-07-01"), ("2024-02-29", "2026-02-28"), ("2026-02-28", "2028-02-28")]
    )
    def test_two_years_later(self, day: str, later: str) -> None:
        assert two_years_after(day) == later
