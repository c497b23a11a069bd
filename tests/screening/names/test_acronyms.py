"""Acronyms: which words of a name they may stand for."""

from __future__ import annotations

from stopgap.screening.names.acronyms import acronym_letters, runs, sorted_letters
from stopgap.screening.names.company_name import read_name


def keys(name: str) -> set[str]:
    return {sorted_letters(run.letters) for run in runs(read_name(name))}


def stands_for(acronym: str, name: str) -> bool:
    return sorted_letters(acronym_letters(acronym.lower())) in keys(name)


def test_english_initials_with_the_company_that_was_taken_off() -> None:
    assert stands_for("BTPC", "Bank Tamar Printing Company")


def test_russian_initials_of_an_english_name() -> None:
    assert stands_for("KRET", "Concern Radio-Electronic Technologies")
    assert stands_for("VMZ", "Volsk Mechanical Plant")  # Volskii mekhanicheskii zavod
    assert stands_for("UOMZ", "Ural Optical-Mechanical Plant")
    assert stands_for("NIISU", "Research Institute of Communications Control")  # nauchno-issledovatelskii …


def test_letters_in_translation_change_their_order() -> None:
    assert stands_for("TSKB", "Bureau Central Kalitva") == (sorted_letters("ckb") in keys("Bureau Central Kalitva"))
    assert acronym_letters("tskb") == "ckb"
    assert acronym_letters("shch") == "s"


def test_a_run_within_a_name_needs_three_words() -> None:
    found = keys("Alfa Beta Gamma Delta")
    assert sorted_letters("abg") in found
    assert sorted_letters("ab") not in found
    assert sorted_letters("ab") in keys("Alfa Beta")
    assert keys("Alfa") == set()
