"""Lines of the report on quality, with economies by their names."""

from __future__ import annotations

import pytest

from stopgap.pages.data.quality import in_names


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("silent at the end: BRA X since 2022, ARE M since 2023 and 90 more",
         "silent at the end: Brazil (exports) since 2022, United Arab Emirates (imports) since 2023 and 90 more"),
        ("reports differ: TWN to HKG, exporter USD 2 bn", "reports differ: Taiwan to Hong Kong, exporter USD 2 bn"),
        ("UKR X RUS 84+85 from 2023", "Ukraine (exports to Russia) 84+85 from 2023"),
        ("CHN M KOR 854231", "China (imports from South Korea) 854231"),
        ("a line of HS6 codes, FOB and CIF", "a line of HS6 codes, FOB and CIF"),
    ],
)  # fmt: skip
def test_economies_of_the_report_on_quality_have_their_names(line: str, said: str) -> None:
    assert in_names(line) == said
