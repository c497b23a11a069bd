"""An exposure made for tests of what is written of it; every company is made up."""

from __future__ import annotations

from dataclasses import replace

from stopgap.screening.exposure.results import (
    CompanyExposure,
    CoShipper,
    DeclarationSource,
    ExposureCoverage,
    ExposureFinding,
    GoodCarried,
    ListHit,
    Merging,
    Official,
    PairExposure,
    PartyTotal,
    RoutedThroughHubs,
    SearchedLists,
    Spelled,
    Total,
)

ROUTED = RoutedThroughHubs(60e6, 0.3, 40e6, 1e6)
HIT = ListHit(
    "E-7", "made-up-list", "2024-03-01", "Vagadote House", "VAGADOTE ELECTRONICS", "Vagadote Electronics Ltd", 0.97
)


def company(number: int, party: str = "exporter", **changes: object) -> CompanyExposure:
    made = CompanyExposure(
        rank=number,
        party=party,
        role={"exporter": "supplier", "consignee": "end user"}.get(party, party),
        company=f"co-{party[:2]}{number:010}",
        name="Vagadote Electronics Ltd",
        economy="CHN",
        identifiers=("9100000001",),
        value_usd=200e6 / number,
        share=1 / number,
        lines=10,
        lines_without_value=1,
        first_seen="2023-02-01",
        last_seen="2023-11-30",
        seen_before_event=False,
        goods=(GoodCarried("854231", "1", 200e6 / number, 10),),
        routed=ROUTED,
        founded_on="2022-04-01",
        founded_by="identifier",
        newly_founded=True,
        hits=(),
        co_shippers=(),
        merged_by="identifier",
        merge_score=None,
        spellings=(
            Spelled("Vagadote Electronics Ltd", "itself", None, 8),
            Spelled("瓦加多特电子", "identifier", None, 2),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def exposed(**changes: object) -> ExposureFinding:
    first, second = (company(1), company(2, name="Lobahari Trading", economy="ARE", role="intermediary", hits=(HIT,)))
    shared = CoShipper(second.company, second.name, 2, 1, 0, 0.5)
    buyer = company(
        1, "importer", name="ООО «Лоримена»", economy="RUS", role="importer", newly_founded=None, founded_on=None
    )
    pairs = (
        PairExposure(
            first.company, first.name, buyer.company, buyer.name, 200e6, 10, 1, "2023-02-01", "2023-11-30",
            ("854231",), ROUTED,
        ),
        PairExposure(
            None, None, "co-elsewhere", "Пример", 0.0, 2, 2, "2023-05-01", "2023-05-01", ("854231",),
            RoutedThroughHubs(0.0, None, 0.0, 0.0),
        ),
    )  # fmt: skip
    made = ExposureFinding(
        episode="russia-2022",
        target="RUS",
        direction="exports-to-target",
        goods="machinery-electronics",
        goods_version="1+abc",
        as_of="v3",
        event="2022-02",
        window=("2023-01", "2023-12"),
        total=Total(300e6, 25, 3, ROUTED),
        parties=(
            PartyTotal("exporter", 2, 300e6, 2, 300e6, 2, 0.0, 1),
            PartyTotal("importer", 1, 290e6, 1, 290e6, 5, 10e6, 0),
        ),
        companies=(replace(first, co_shippers=(shared,)), second, buyer),
        pairs=pairs,
        hubs=(),
        coverage=ExposureCoverage(
            (DeclarationSource("customs-lines", "declaration", True, 30, 27, 310e6, "2021-01-02", "2023-12-30"),),
            ("2023-01",), (), 0, 0, 5, 10, 3, Official(300e6, 1e9, 0.3, 2, 12, 0.0),
        ),
        merging=Merging("similar", 5, 3, 0, 0, 0, 0, 0.95),
        screened=SearchedLists((("made-up-list", "2024-03-01"),), 3, 1),
        warnings=("3 of 25 lines state no value: they are counted, and add no dollars",),
        queries=("SELECT 1", "SELECT 2", "SELECT 3"),
    )  # fmt: skip
    return replace(made, **changes).sealed()  # type: ignore[arg-type]
