"""No reader passes over bytes in silence: put in, taken out or appended, they are refused, counted or told of."""

from __future__ import annotations

import dataclasses
import zlib

import pytest
from reader_samples import reader_samples
from unread import KINDS, Read, mutated, passed_over, read

from stopgap.sources.registry import sources

SEEDS = 1
"""Of each kind of change and sample; bench/prove_readers.py takes many."""


def test_every_registered_source_has_a_sample():
    ours = {source.name for source in sources() if type(source).__module__.startswith("stopgap.")}
    assert ours == {sample.source for sample in reader_samples().values()}


@pytest.mark.one_in(16)
@pytest.mark.parametrize("name", reader_samples())
def test_bytes_are_not_passed_over(tmp_path, name):
    sample = reader_samples()[name]
    sound = read(sample, sample.content, tmp_path)
    assert sound.said is not None, sound
    broken = []
    for place, kind in enumerate(KINDS):
        if kind not in ("append", "append itself") and (place + zlib.crc32(name.encode())) % 3:
            continue
        for seed in range(SEEDS):
            content = mutated(sample, kind, seed)
            if content == sample.content:
                continue
            fault = passed_over(sample, content, sound, read(sample, content, tmp_path))
            if fault:
                broken.append(f"{kind} {seed}: {fault}")
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("mapped json", b'\n{"rows": []}'),
        ("mapped json", b"junk"),
        ("comtrade json", b"[]"),
        ("us census", b"\n[]"),
        ("hmrc", b"{}"),
        ("comext, gzip", b"junk"),
        ("comext, gzip", b"\x00" * 20),
        ("comext, zip", b"junk"),
        ("mapped xlsx", b"junk"),
        ("eurostat workbook", b"junk"),
        ("mapped parquet", b"junk"),
        ("ofac sdn.csv", b'42,"UNREAD LLC",-0- \r\n'),
        ("ofac xml", b"<more/>"),
        ("un xml", b"text"),
        ("r frame, bzip2", b"junk"),
    ],
)
def test_what_stands_behind_the_end_is_refused(tmp_path, name, more):
    if name not in reader_samples():
        pytest.skip("R's reader is not installed")
    sample = reader_samples()[name]
    found = read(sample, sample.content + more, tmp_path)
    assert found.fault is None
    assert found.error is not None


@pytest.mark.parametrize("name", ["mapped xlsx", "comext, zip", "eurostat workbook"])
def test_what_stands_before_an_archive_or_between_its_files_is_refused(tmp_path, name):
    sample = reader_samples()[name]
    second = sample.content.index(b"PK\x03\x04", 4)
    for content in (sample.content[:second] + b"junk" + sample.content[second:], sample.content + sample.content):
        found = read(sample, content, tmp_path)
        assert found.fault is None
        assert found.error is not None


@pytest.mark.parametrize(("name", "place"), [("mapped parquet", -1), ("canonical parquet", -1)])
def test_a_parquet_file_behind_another_is_refused(tmp_path, name, place):
    sample = reader_samples()[name]
    found = read(sample, sample.content + sample.content, tmp_path)
    assert "belong to no column" in (found.error or "")


def test_the_judge_sees_what_is_passed_over():
    """Rows as those of the sound file, and bytes that say something else: that is what may not be."""
    sample = reader_samples()["mapped json"]
    sound = Read(said=["rows"])
    other = sample.content.replace(b'"partner": "RUS"', b'"partner": "KAZ"', 1)
    assert other != sample.content
    assert passed_over(sample, other, sound, sound) is not None
    assert passed_over(sample, sample.content + b"[]", sound, sound) is not None
    assert passed_over(sample, sample.content + b" \n", sound, sound) is None
    assert passed_over(sample, other, sound, dataclasses.replace(sound, said=["others"])) is None
    assert passed_over(sample, other, sound, Read(fault="ValueError: x")) is not None
