"""Exchange rates: direction, coverage, and a user's table."""

from __future__ import annotations

from pathlib import Path

import pytest

from stopgap.base.errors import InputError
from stopgap.codes.fx import annual_rates, load_rates, monthly_rates


def rate(currency: str, month: str) -> float:
    found = [r["usd_per_unit"] for r in monthly_rates().to_pylist() if (r["currency"], r["month"]) == (currency, month)]
    assert len(found) == 1
    return float(found[0])


def test_a_euro_cost_more_than_a_dollar_in_january_2022() -> None:
    assert rate("EUR", "2022-01") == pytest.approx(1 / 0.8836, rel=1e-12)


@pytest.mark.parametrize(
    ("currency", "month", "usd"),
    [
        ("GBP", "2022-01", 1.356),
        ("AUD", "2011-07", 1.078),
        ("NZD", "2022-01", 0.674),
        ("JPY", "2022-01", 1 / 114.8),
        ("CNY", "2022-01", 1 / 6.356),
        ("KRW", "2022-01", 1 / 1196.0),
        ("CHF", "2022-01", 1.088),
    ],
)
def test_known_months(currency: str, month: str, usd: float) -> None:
    assert rate(currency, month) == pytest.approx(usd, rel=2e-3)


def test_the_crown_keeps_its_peg_to_the_euro_in_every_month() -> None:
    # Would fail from the month on in which one of the two series turned round.
    table = monthly_rates().to_pylist()
    euro = {r["month"]: r["usd_per_unit"] for r in table if r["currency"] == "EUR"}
    crown = {r["month"]: r["usd_per_unit"] for r in table if r["currency"] == "DKK"}
    assert euro.keys() == crown.keys()
    assert all(7.40 < euro[month] / crown[month] < 7.50 for month in euro)


def test_the_lira_is_absent_rather_than_guessed() -> None:
    currencies = set(monthly_rates()["currency"].to_pylist())
    assert {"EUR", "CNY", "JPY", "GBP", "KRW", "INR", "TWD", "HKD"} <= currencies
    assert not currencies & {"TRY", "RUB", "USD"}


def test_annual_rates_are_means_of_full_years() -> None:
    annual = {(r["currency"], r["year"]): r["usd_per_unit"] for r in annual_rates().to_pylist()}
    by_hand = sum(rate("EUR", f"2021-{month:02}") for month in range(1, 13)) / 12
    assert annual["EUR", 2021] == pytest.approx(by_hand, rel=1e-12)
    last = max(month for month in monthly_rates()["month"].to_pylist())
    assert not last.endswith("-12")
    assert ("EUR", int(last[:4])) not in annual, "a year with fewer than twelve months"


def test_a_users_table(tmp_path: Path) -> None:
    file = tmp_path / "lira.csv"
    file.write_text("month,currency,usd_per_unit\n2023-02,TRY,0.0530\n2023-01,TRY,0.0532\n", encoding="utf-8-sig")
    assert load_rates(file).to_pylist() == [
        {"currency": "TRY", "month": "2023-01", "usd_per_unit": 0.0532},
        {"currency": "TRY", "month": "2023-02", "usd_per_unit": 0.0530},
    ]


@pytest.mark.parametrize(
    ("content", "what", "where"),
    [
        ("currency,month\nTRY,2023-01\n", "no column usd_per_unit", "line 1"),
        ("currency,month,usd_per_unit\nlira,2023-01,0.05\n", "'lira' is not a currency", "line 2"),
        ("currency,month,usd_per_unit\nTRY,2023-13,0.05\n", "'2023-13' is not a month", "line 2"),
        ("currency,month,usd_per_unit\nTRY,2023-01,0.05\nTRY,2023-02,0\n", "'0' is not a positive rate", "line 3"),
        ('currency,month,usd_per_unit\nTRY,2023-01,"0,05"\n', "'0,05' is not a positive rate", "line 2"),
        ("currency,month,usd_per_unit\nTRY,2023-01,inf\n", "'inf' is not a positive rate", "line 2"),
        ("currency,month,usd_per_unit\nTRY,2023-01,1\nTRY,2023-01,1\n", "TRY 2023-01 stands twice", "rates.csv"),
        ("currency,month,usd_per_unit\n", "has no rows", "rates.csv"),
    ],
)
def test_what_is_wrong_with_a_users_table(tmp_path: Path, content: str, what: str, where: str) -> None:
    file = tmp_path / "rates.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=what.replace("'", ".")) as caught:
        load_rates(file)
    assert where in caught.value.where
    assert caught.value.fix


def test_a_table_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: no file"):
        load_rates(tmp_path / "none.csv")
    (tmp_path / "b.csv").write_bytes(b"currency,month,usd_per_unit\n\xff\xfe,2023-01,1\n")
    with pytest.raises(InputError, match="UTF-8"):
        load_rates(tmp_path / "b.csv")
