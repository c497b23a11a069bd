"""Commands that fetch from live services."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stopgap.cli.options import Answer, Format, FormatOption, LakeOption, OutputOption

if TYPE_CHECKING:
    from stopgap.intake.fetching import FetchResult
    from stopgap.sources.live.pieces import Piece, Query

fetch_app = typer.Typer(
    help="Figures from live services, loaded as one vintage; an interrupted fetch goes on where it stopped.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

ReporterOption = Annotated[
    str,
    typer.Option(
        "--reporter",
        metavar="NAMES",
        help="Who reports: economies in any spelling and groups (eu27), commas between, or all.",
        show_default=False,
    ),
]
PartnerOption = Annotated[
    str,
    typer.Option(
        "--partner",
        metavar="NAMES",
        help="With whom: economies, groups, W00 for the World, commas between, or all.",
    ),
]
CodesOption = Annotated[
    str,
    typer.Option(
        "--codes",
        metavar="CODES",
        help="Codes of goods and goods lists (by name or file), commas between.",
        show_default=False,
    ),
]
FromOption = Annotated[
    str, typer.Option("--from", metavar="PERIOD", help="First month or year.", show_default=False)
]
ToOption = Annotated[
    str, typer.Option("--to", metavar="PERIOD", help="Last month or year.", show_default=False)
]
FlowOption = Annotated[str, typer.Option("--flow", metavar="FLOWS", help="X, M, RX, RM, commas between.")]
FrequencyOption = Annotated[
    str | None,
    typer.Option(
        "--frequency",
        metavar="A|M",
        help="Years or months (default: years where --from is a year).",
        show_default=False,
    ),
]
BaseUrlOption = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        metavar="URL",
        help="Another place of the service: a mirror, or a gateway of your network; https, or this machine.",
        show_default=False,
    ),
]
AllowHttpOption = Annotated[
    bool,
    typer.Option(
        "--allow-http", help="Let --base-url be plain HTTP to another machine: it can be read on the way."
    ),
]
KeyEnvOption = Annotated[
    str | None,
    typer.Option(
        "--key-env",
        metavar="NAME",
        help="Environment variable that holds the key.",
        show_default=False,
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Show the requests; ask for nothing.")]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Drop what an interrupted fetch left, and ask for all of it.")
]
RejectsOption = Annotated[
    bool,
    typer.Option("--allow-rejects", help="Load the good rows where some are refused (default: load none)."),
]
WaitOption = Annotated[bool, typer.Option("--wait", help="Wait until a used-up quota is renewed.")]
TimeoutOption = Annotated[
    float | None,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        help="Silence after which a request counts as failed.",
        show_default=False,
        min=0.05,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    fetch_app.command("comtrade")(comtrade_command)
    fetch_app.command("eurostat")(eurostat_command)
    fetch_app.command("us-census")(us_census_command)
    fetch_app.command("hmrc")(hmrc_command)
    app.add_typer(fetch_app, name="fetch")


def comtrade_command(
    reporter: ReporterOption,
    codes: CodesOption,
    first: FromOption,
    last: ToOption,
    partner: PartnerOption = "all",
    flow: FlowOption = "X,M",
    frequency: FrequencyOption = None,
    base_url: BaseUrlOption = None,
    allow_http: AllowHttpOption = False,
    key_env: KeyEnvOption = None,
    dry_run: DryRunOption = False,
    fresh: FreshOption = False,
    allow_rejects: RejectsOption = False,
    wait: WaitOption = False,
    timeout: TimeoutOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Fetch from UN Comtrade; the key is read from $STOPGAP_COMTRADE_KEY.

    Example: stopgap fetch comtrade --reporter eu27,CHN --partner RUS --codes 854231 --from 2021 --to 2023
    """
    from stopgap.intake.fetching import make_query

    query = make_query(
        "comtrade",
        reporters=_names(reporter),
        partners=_names(partner),
        codes=_names(codes),
        first=first,
        last=last,
        flows=_names(flow),
        frequency=frequency,
    )
    _run(
        "comtrade",
        query,
        base_url,
        allow_http,
        key_env,
        dry_run,
        fresh,
        wait,
        allow_rejects,
        timeout,
        lake,
        form,
        output,
    )


def eurostat_command(
    codes: CodesOption,
    first: FromOption,
    last: ToOption,
    reporter: ReporterOption = "eu27",
    partner: PartnerOption = "all",
    flow: FlowOption = "X,M",
    frequency: FrequencyOption = None,
    base_url: BaseUrlOption = None,
    allow_http: AllowHttpOption = False,
    dry_run: DryRunOption = False,
    fresh: FreshOption = False,
    allow_rejects: RejectsOption = False,
    timeout: TimeoutOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Fetch from Eurostat's Comext (DS-045409): EU members' trade by HS and CN code.

    Example: stopgap fetch eurostat --reporter DEU,FRA --partner RUS --codes 854231 --from 2023-01 --to 2023-06
    """
    from stopgap.intake.fetching import make_query

    query = make_query(
        "eurostat",
        reporters=_names(reporter),
        partners=_names(partner),
        codes=_names(codes),
        first=first,
        last=last,
        flows=_names(flow),
        frequency=frequency,
    )
    _run(
        "eurostat",
        query,
        base_url,
        allow_http,
        None,
        dry_run,
        fresh,
        False,
        allow_rejects,
        timeout,
        lake,
        form,
        output,
    )


def us_census_command(
    codes: CodesOption,
    first: FromOption,
    last: ToOption,
    partner: PartnerOption = "all",
    flow: FlowOption = "X,M",
    base_url: BaseUrlOption = None,
    allow_http: AllowHttpOption = False,
    key_env: KeyEnvOption = None,
    dry_run: DryRunOption = False,
    fresh: FreshOption = False,
    allow_rejects: RejectsOption = False,
    wait: WaitOption = False,
    timeout: TimeoutOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Fetch US trade by month; the key is read from $STOPGAP_CENSUS_KEY.

    Example: stopgap fetch us-census --partner RUS,KGZ --codes 854231 --from 2023-01 --to 2023-06 --flow X
    """
    from stopgap.intake.fetching import make_query

    query = make_query(
        "us-census",
        partners=_names(partner),
        codes=_names(codes),
        first=first,
        last=last,
        flows=_names(flow),
    )
    _run(
        "us-census",
        query,
        base_url,
        allow_http,
        key_env,
        dry_run,
        fresh,
        wait,
        allow_rejects,
        timeout,
        lake,
        form,
        output,
    )


def hmrc_command(
    codes: CodesOption,
    first: FromOption,
    last: ToOption,
    partner: PartnerOption = "all",
    flow: FlowOption = "X,M",
    base_url: BaseUrlOption = None,
    allow_http: AllowHttpOption = False,
    dry_run: DryRunOption = False,
    fresh: FreshOption = False,
    allow_rejects: RejectsOption = False,
    timeout: TimeoutOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Fetch UK trade from HMRC, by month and CN8 code.

    Example: stopgap fetch hmrc --partner RUS,KGZ --codes 8542 --from 2023-01 --to 2023-06
    """
    from stopgap.intake.fetching import make_query

    query = make_query(
        "hmrc",
        partners=_names(partner),
        codes=_names(codes),
        first=first,
        last=last,
        flows=_names(flow),
    )
    _run(
        "hmrc",
        query,
        base_url,
        allow_http,
        None,
        dry_run,
        fresh,
        False,
        allow_rejects,
        timeout,
        lake,
        form,
        output,
    )


def _names(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _run(
    service: str,
    query: Query,
    base_url: str | None,
    allow_http: bool,
    key_env: str | None,
    dry_run: bool,
    fresh: bool,
    wait: bool,
    allow_rejects: bool,
    timeout: float | None,
    lake: Path | None,
    form: Format,
    output: Path | None,
) -> None:
    from stopgap.base.settings import load_settings
    from stopgap.cli.output import emit
    from stopgap.cli.progress import shown_progress
    from stopgap.evidence.markings.provenance import marking_of_receipts
    from stopgap.intake.fetching import fetch, plan
    from stopgap.sources.live.transport import Bounds

    pieces = plan(service, query, key_env=key_env, base_url=base_url, allow_http=allow_http)
    if dry_run:
        emit(_plan_answer(service, pieces), form, output)
        return
    _warn_of_plain_http(service, base_url, allow_http=allow_http)
    folder = load_settings(lake=lake).lake
    with shown_progress() as progress:
        result = fetch(
            folder,
            service,
            query,
            base_url=base_url,
            allow_http=allow_http,
            key_env=key_env,
            fresh=fresh,
            wait=wait,
            allow_rejects=allow_rejects,
            bounds=Bounds(connect_s=min(timeout, 15.0), read_s=timeout) if timeout else None,
            progress=progress,
        )
    answer = _answer(service, result)
    answer.marking = marking_of_receipts(folder, result.imported.receipts)
    emit(answer, form, output)


def _warn_of_plain_http(service: str, base_url: str | None, *, allow_http: bool) -> None:
    """Say before the first request, and not only after the last, that it can be read on the way."""
    from stopgap.cli.telling import tell
    from stopgap.intake.fetching import fetch_place
    from stopgap.sources.live.addresses import in_clear_warning
    from stopgap.sources.live.registry import get_service

    place = fetch_place(get_service(service), base_url, allow_http=allow_http)
    if place.is_in_clear:
        tell(f"warning: {in_clear_warning(place, 'asked')}")


def _answer(service: str, result: FetchResult) -> Answer:
    import pyarrow as pa

    document = result.as_dict()
    shown = (
        "source", "vintage", "rows_read", "rows_loaded", "rows_missing", "rows_replaced", "rows_withdrawn",
        "pieces", "pieces_reused", "pieces_empty", "requests", "retries", "quota_left",
    )  # fmt: skip
    title = f"vintage {document['vintage']}, fetched from {service}"
    if document["already_loaded"]:
        title = f"fetched from {service}: the same bytes as in {document['vintage']}, nothing changed"
    warnings: Sequence[str] = [*result.warnings, *result.imported.warnings]
    table = pa.Table.from_pylist([{name: document[name] for name in shown}])
    return Answer(document, table, title, [f"note: {warning}" for warning in warnings])


def _plan_answer(service: str, pieces: Sequence[Piece]) -> Answer:
    import pyarrow as pa

    rows = [
        {
            "piece": number,
            "periods": _span(piece.periods),
            "reporters": len(piece.reporters) or None,
            "partners": len(piece.partners) or None,
            "flows": ",".join(piece.flows),
            "codes": len(piece.codes),
            "asks_for": piece.label,
        }
        for number, piece in enumerate(pieces, 1)
    ]
    return Answer(
        {"service": service, "requests": len(pieces), "pieces": rows},
        pa.Table.from_pylist(rows),
        f"{len(pieces):,} requests to {service} (none was sent); – stands for all",
        ["a reply that is cut at the service's limit takes further requests"],
    )


def _span(periods: Sequence[str]) -> str:
    return periods[0] if len(periods) == 1 else f"{periods[0]} to {periods[-1]}"
