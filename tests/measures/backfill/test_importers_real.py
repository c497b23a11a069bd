"""Substitute suppliers on real figures: the European Union's imports of wood, 2018 to 2022, as its members report them."""

import pytest
from demo_lake import SHARED

from stopgap.intake.importing import import_paths
from stopgap.intake.request import ImportRequest
from stopgap.measures.backfill.run import measure
from stopgap.panel.prepare import measure_options

WOOD = SHARED / "trade/comtradr-vignettes/vignette_data_4.rda"
HEADINGS = [f"44{number:02d}" for number in range(1, 22)]
EPISODE = """
name: wood-by-suppliers
title: Who replaced Russian wood in the European Union
target: RUS
direction: imports-from-target
role: suppliers-to-coalition
event: 2022-04
coalition: [eu27]
goods: [headings.csv]
baseline: {from: 2018-01, to: 2021-12, min_months: 24}
after: {from: 2022-01, to: 2022-12}
hubs: [KAZ, KGZ]
"""


@pytest.fixture(scope="module")
def table():
    if not WOOD.exists():
        pytest.skip("../shared/data is not here")
    pyreadr = pytest.importorskip("pyreadr", reason="R data need the extra stopgap[r]")
    [frame] = pyreadr.read_r(str(WOOD)).values()
    return frame


@pytest.fixture(scope="module")
def found(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("wood")
    (folder / "headings.csv").write_text("code,description\n" + "".join(f"{code},Wood\n" for code in HEADINGS))
    (folder / "wood.yml").write_text(EPISODE)
    import_paths(folder / "lake", [WOOD], ImportRequest())
    return measure(folder / "lake", str(folder / "wood.yml"), measure_options(), keep=False)


@pytest.mark.prove_only
def test_loss_and_gains_match_sums_over_the_table(found, table):
    """Every member reported every year, so a window's mean is a plain mean of yearly sums."""
    wood = table[table.cmd_code.isin(HEADINGS) & (table.reporter_iso != table.partner_iso)]
    yearly = wood.groupby(["partner_iso", "ref_year"]).primary_value.sum().unstack(fill_value=0.0)
    yearly.columns = yearly.columns.astype(int)
    before, after = yearly[[2018, 2019, 2020, 2021]].mean(axis=1), yearly[2022]
    assert found.suspended.baseline_usd == pytest.approx(before["RUS"], rel=1e-9)
    assert found.suspended.after_usd == pytest.approx(after["RUS"], rel=1e-9)
    shown = {row.supplier: (row.baseline_usd, row.after_usd) for row in found.suppliers}
    for name in ("UKR", "BLR", "CHN", "BRA", "NOR", "TUR", "KAZ", "KGZ"):
        assert shown[name] == pytest.approx((before[name], after[name]), rel=1e-9), name
    members = set(table.reporter_iso)
    assert not members & set(shown)
    inside = wood[wood.partner_iso.isin(members)].groupby("ref_year").primary_value.sum()
    inside.index = inside.index.astype(int)
    assert found.within_coalition.after_usd == pytest.approx(inside[2022], rel=1e-9)


def test_the_known_shape(found):
    """Imports from Russia and Belarus fell; Kazakhstan and Kyrgyzstan, next door, began to sell."""
    assert found.suspended.loss_usd > 0
    suppliers = {row.supplier: row for row in found.suppliers}
    assert suppliers["BLR"].gain_usd < 0
    assert suppliers["KAZ"].after_usd > 50 * suppliers["KAZ"].baseline_usd
    assert suppliers["KGZ"].kind == "entrant"
    assert found.coverage.missing_reporters == ()
    assert found.counterfactual.reason is not None  # the lake holds no trade between others
