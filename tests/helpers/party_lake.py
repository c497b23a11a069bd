"""A lake for the pages on companies and alerts: lists, declarations of an episode, months and alerts; all made up, some hostile."""

from __future__ import annotations

from pathlib import Path

from alert_lake import Figures, release
from exposure_lake import declare, line
from screen_lake import LISTED, load

from stopgap.base.clearance import whole_lake
from stopgap.measures.alerts.log import writing_log

SCRIPT = "<script>document.title='run'</script>"
HOSTILE = f"{SCRIPT} Trading \u202eLTD 🚢"
EPISODE = "russia-2022"
MORE = ('H1,"<script>document.title=\'run\'</script> Holding OOO","""><img src=x onerror=alert(1)>",Company,RUS,',)


def make_party_lake(folder: Path) -> Path:
    """Make it in an empty folder, and return it."""
    with whole_lake():
        lake = declare(folder, [*_lines()], name="declared")
        load(lake, folder / "lists", (*LISTED, *MORE), day="2024-06-01")
        _months(lake)
        _alerts(lake)
    return lake


def _lines() -> list[dict[str, object]]:
    day = {"declaration_date": "2023-06-15"}
    return [
        line(1, **day, invoice_value=900_000, sender_name="Northwind Trading LLC", sender_country="TUR", departure_country="TUR"),
        line(2, **day, invoice_value=400_000),
        line(3, **day, invoice_value=50_000, sender_name=HOSTILE, sender_country=""),
        line(4, **day, invoice_value=""),
    ]  # fmt: skip


def _months(lake: Path) -> None:
    figures = Figures(months=60)
    figures.set("CHN", "854231", 58, 12)
    release(lake, figures.rows(0, 59), "months")


def _alerts(lake: Path) -> None:
    """Put three alerts in the log: two of one month, and one of another month in hostile words."""
    with writing_log(lake) as log:
        for number, (supplier, month, words) in enumerate(
            (("CHN", "2024-11", "Processors"), ("TUR", "2024-11", "Memories"), ("IND", "2024-10", SCRIPT))
        ):
            log.append([_raised(f"a-000000000{number}", supplier, month, words, stake=9e6 - number * 1e6)])


def _raised(id: str, supplier: str, month: str, words: str, *, stake: float) -> dict[str, object]:
    signal = {
        "kind": "one-month", "month": month, "began": month, "value_usd": stake + 1e6, "expected_usd": 1e6,
        "band_usd": [0.5e6, 2e6], "ratio": (stake + 1e6) / 1e6, "p_value": 0.001, "q_value": 0.02,
        "value_at_stake_usd": stake, "vintage": "v1",
    }  # fmt: skip
    sql = (
        "SELECT period, reporter, partner, good, value_usd FROM trade WHERE partner = 'RUS' AND frequency = 'M' "
        f"AND reporter = '{supplier}' AND good = '854231' AND period <= DATE '{month}-01' ORDER BY period"
    )
    alert = {
        **signal, "supplier": supplier, "destination": "RUS", "good": "854231", "broke": None, "common_factor": 1.0,
        "history_months": 36, "explanation": f"In {month}, exports of {words} stood out. The figures do not say why.",
        "episode": EPISODE, "target": "RUS", "goods": "chips", "goods_version": "2026-11", "revision": "HS2022",
        "role": "other", "route": "direct", "good_description": words, "unit": "USD per month", "queries": [sql],
    }  # fmt: skip
    return {"event": "raised", "id": id, "when": "2024-12-20T10:00:00Z", "alert": alert, "signal": signal}
