"""Sources of other packages: found by entry point, checked by the kit, and never able to break ours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular
from stopgap.sources.testkit import assert_source, check_source
from stopgap.sources.trade.canonical import Canonical

SAMPLE = """utopia_month,partner,flow,hs,utopia_value,kg
202401,RUS,exports,854231,100.25,10
202401,CHN,exports,10121,50.5,0
202402,RUS,imports,854231,7,
"""

MODULE = """
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular


class Utopia(Tabular):
    name = "utopia-customs"
    title = "Utopia's customs"
    how = "customs.example.org"
    terms = "open data"
    parser = "utopia-customs/1"

    def recognises(self, head):
        return {"utopia_month", "utopia_value"} <= set(head.columns)

    def spec(self, reading):
        return Spec.model_validate(SPEC)


SPEC = {
    "source": "utopia-customs",
    "frequency": "M",
    "period": {"column": "utopia_month", "format": "YYYYMM"},
    "reporter": {"value": "NZL"},
    "partner": {"column": "partner", "scheme": "iso3"},
    "flow": {"column": "flow", "map": {"exports": "X", "imports": "M"}},
    "good": {"column": "hs", "pad": "6"},
    "revision": {"by_year": "HS"},
    "value": {"column": "utopia_value", "currency": "USD", "zero": "reported"},
    "net_kg": {"column": "kg"},
}


class Impostor(Utopia):
    name = "comtrade"


class Nameless(Utopia):
    title = ""
"""

ENTRY_POINTS = """[stopgap.sources]
utopia-customs = utopia_stopgap:Utopia
broken = utopia_stopgap_missing:Broken
comtrade = utopia_stopgap:Impostor
nameless = utopia_stopgap:Nameless
number = utopia_stopgap:SPEC
"""


class Careless(Tabular):
    """Takes every CSV, and reads the flow from a column that need not be there."""

    name = "careless"
    title = "anything"
    how = "anywhere"
    terms = "none"
    parser = "careless"

    def recognises(self, head: FileHead) -> bool:
        return True

    def spec(self, reading: Reading) -> Spec:
        if len(reading.head.start) < 100:
            raise KeyError("flow")
        return Spec.model_validate(
            {
                "source": "careless",
                "frequency": "M",
                "period": {"column": "utopia_month"},
                "reporter": {"value": "NZL"},
                "partner": {"column": "partner"},
                "flow": {"value": "X"},
                "good": {"column": "hs"},
                "revision": {"by_year": "HS"},
                "value": {"column": "utopia_value", "zero": "reported"},
            }
        )


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.csv"
    path.write_text(SAMPLE, encoding="utf-8")
    return path


@pytest.fixture
def installed(tmp_path: Path) -> dict[str, str]:
    """Another package, as pip leaves it, on the path of a new process."""
    site = tmp_path / "site"
    info = site / "utopia_stopgap-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "utopia_stopgap.py").write_text(MODULE, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: utopia-stopgap\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(site), "STOPGAP_LAKE": str(tmp_path / "lake")}


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stopgap", *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.prove_only
def test_another_packages_source_is_listed_recognised_and_loaded(installed: dict[str, str], sample: Path) -> None:
    listed = run(installed, "sources", "--format", "csv")
    assert "utopia-customs" in listed.stdout
    assert "nameless" not in listed.stdout

    loaded = run(installed, "import", str(sample))
    assert loaded.returncode == 0, loaded.stderr
    shown = run(installed, "query", "SELECT good, value_usd, net_kg FROM trade ORDER BY value_usd", "--format", "csv")
    assert shown.stdout.splitlines()[1:] == ["854231,7.0,", "010121,50.5,", "854231,100.25,10.0"]


def test_a_source_that_cannot_be_used_is_named_and_harms_nothing(installed: dict[str, str]) -> None:
    told = run(installed, "doctor", "--format", "csv").stdout
    assert "source broken of utopia-stopgap: ModuleNotFoundError" in told
    assert "source comtrade of utopia-stopgap: the name 'comtrade' is taken" in told
    assert "source nameless of utopia-stopgap: it lacks title" in told
    assert "source number of utopia-stopgap: TypeError" in told
    shown = run(installed, "sources", "show", "comtrade")
    assert shown.returncode == 0
    assert "UN Comtrade" in shown.stdout


@pytest.mark.prove_only
def test_the_kit_on_the_command_line(installed: dict[str, str], sample: Path) -> None:
    good = run(installed, "sources", "check", "utopia-customs", str(sample), "--total", "157.75")
    assert good.returncode == 0, good.stdout + good.stderr
    bad = run(installed, "sources", "check", "utopia-customs", str(sample), "--total", "157.76")
    assert bad.returncode == 3
    assert "the values add up to the total" in bad.stderr


def test_the_kit_finds_what_is_wrong(sample: Path) -> None:
    failed = {check.name for check in check_source(Careless(), sample) if not check.holds}
    assert {
        "its parser has a version",
        "a table of something else is no figures to it",
        "the first 30% of the sample do not break it",
    } <= failed


def test_the_kit_says_all_that_fails_at_once(sample: Path) -> None:
    with pytest.raises(AssertionError, match=r"parser has a version[\s\S]*do not break it"):
        assert_source(Careless(), sample)


def test_our_own_table_passes(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "period,frequency,reporter,partner,flow,good,revision,value_usd,valuation,source\n"
        "2022-01-01,A,CHN,RUS,X,854231,HS2022,10.5,FOB,here\n"
        "2022-01-01,A,TUR,RUS,X,854231,HS2022,2.25,FOB,here\n",
        encoding="utf-8",
    )
    assert_source(Canonical(), path, total=12.75)
