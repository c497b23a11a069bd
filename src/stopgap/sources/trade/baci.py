"""Source for BACI, CEPII's reconciled trade by exporter, importer and HS6: one file for each year and nomenclature."""

from __future__ import annotations

import re

from stopgap.base.errors import InputError
from stopgap.sources.base import Reading
from stopgap.sources.files.file_head import FileHead
from stopgap.sources.mappings.spec import Spec
from stopgap.sources.mappings.tabular import Tabular

COLUMNS = {"t", "i", "j", "k", "v", "q"}
"""Header of BACI's files: year, exporter, importer, good, value in thousand dollars, weight in tonnes."""

CODE_FILES = (
    ({"country_code", "country_name", "country_iso3"}, "the partners' numbers"),
    ({"country_code", "country_name_full", "iso_3digit_alpha"}, "the partners' numbers"),
    ({"code", "description"}, "goods and their wording"),
)
"""Header and content of the files of codes in BACI's archives, which hold no figures."""

BESIDE = {"bec", "country_iso2", "country_name_abbreviation", "iso_2digit_alpha"}
"""Further columns that a file of codes may have; a file with any other column is not BACI's."""


class Baci(Tabular):
    """Source for BACI: one figure for each exporter, importer and good, reconciled from both countries' reports."""

    name = "baci"
    title = "BACI (CEPII): reconciled annual trade by exporter, importer and HS6"
    how = "cepii.fr, BACI, one archive for each HS revision; unpack it and take the years you need"
    terms = "CEPII, BACI; Etalab Open Licence 2.0; cite Gaulier and Zignago (2010)"
    parser = "baci/1"
    bundles = True
    takes = ("revision",)

    def recognises(self, head: FileHead) -> bool:
        """Recognise BACI by its six one-letter columns, and its files of codes too, so that the error can name them."""
        return set(head.columns) == COLUMNS or _codes_in(head.columns) is not None

    def spec(self, reading: Reading) -> Spec:
        """Return the mapping for BACI's columns.

        Every figure is an estimate: CEPII removes freight and insurance from imports and weights the two reports by the
        reliability of each reporter.

        Raises:
            InputError: It is a file of codes, or neither its name nor the user states the HS revision.
        """
        codes = _codes_in(reading.head.columns)
        if codes is not None:
            raise InputError(
                f"the file is a list of codes ({codes}), not figures of trade",
                where=f"{reading.name}: {', '.join(reading.head.columns)[:200]}",
                fix="leave it out: the codes are known; import the files BACI_HSxx_Yxxxx_Vxxxxxx.csv",
            )
        return self.spec_of(
            url="https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37",
            format="csv",
            missing=["NA"],
            frequency="A",
            period={"column": "t", "format": "YYYY"},
            reporter={"column": "i", "scheme": "comtrade"},
            partner={"column": "j", "scheme": "comtrade"},
            flow={"value": "X"},
            good={"column": "k", "pad": "6"},
            revision={"value": reading.told.revision or _revision(reading.name)},
            value={"column": "v", "scale": 1000, "zero": "reported"},
            valuation={"value": "FOB"},
            net_kg={"column": "q", "scale": 1000},
            is_estimated={"value": True},
        )


def _codes_in(columns: tuple[str, ...]) -> str | None:
    """Return which codes a file lists (for messages); None if it is not a file of codes."""
    return next((what for names, what in CODE_FILES if names <= set(columns) <= names | BESIDE), None)


def _revision(name: str) -> str:
    """Return the HS revision from a file's name (``HS2017`` for ``BACI_HS17_…``); InputError if it has none."""
    found = re.search(r"(?i)baci_hs(\d{2})_", name)
    if found is None:
        raise InputError(
            "the file does not say which HS revision its codes are of, and neither does its name",
            where=name,
            fix="give the file the name it had (BACI_HS17_Y2022_V202401b.csv), or say it: --revision HS2017",
        )
    return f"HS{'19' if found[1] > '50' else '20'}{found[1]}"
