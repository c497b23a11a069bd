"""The command that tests claims against the figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stopgap.cli.options import Answer, AsOfOption, Format, FormatOption, LakeOption, OutputOption

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from stopgap.claims.testing.results import TestedClaim
    from stopgap.claims.testing.run import ClaimTestOptions

_PAGES = (".html", ".pdf")
_SHOWN = ("id", "verdict", "estimate", "ci95", "gross", "threshold", "coverage", "unit", "decides")
_CLAIMS = ("claim_id", "verdict", "before", "actor", "action", "target", "title")


def register(claims_app: typer.Typer) -> None:
    """Add the command to the group."""
    claims_app.command("test")(claims_test_command)


def claims_test_command(
    claim: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CLAIM",
            help="Id of a registered claim, or its beginning, or a claim file (YAML).",
            show_default=False,
        ),
    ] = None,
    test_all: Annotated[bool, typer.Option("--all", help="Every registered claim.")] = False,
    episode: Annotated[
        str | None,
        typer.Option(
            "--episode",
            metavar="EPISODE",
            help="Test on this episode (default: the claim's own, or the one that fits).",
            show_default=False,
        ),
    ] = None,
    by_month: Annotated[
        bool, typer.Option("--by-month", help="Also as it would have been, month by month.")
    ] = False,
    as_of: AsOfOption = None,
    lake: LakeOption = None,
    form: FormatOption = Format.TABLE,
    output: OutputOption = None,
) -> None:
    """Test claims against the figures: borne out, partly, not borne out, or cannot be tested, and why.

    With --output FILE.html or FILE.pdf the file has a page for each claim, and the answer is printed.

    Example: stopgap claims test c-0123456789 --by-month
    """
    from stopgap.base.errors import UsageError
    from stopgap.base.settings import load_settings
    from stopgap.claims.testing.run import ClaimTestOptions
    from stopgap.cli.marked import note_name
    from stopgap.cli.output import emit
    from stopgap.cli.telling import tell
    from stopgap.evidence.markings.reads import VERDICTS, marking_of_tests

    given = claim or []
    if test_all == bool(given):
        raise UsageError(
            "no claim is named" if not given else "--all and a claim exclude each other",
            where="CLAIM",
            fix="name a registered claim or a claim file, or give --all",
        )
    folder = load_settings(lake=lake).lake
    options = ClaimTestOptions(episode=episode, as_of=as_of, by_month=by_month)
    wanted = None if test_all else given
    page: Path | None = None
    if output is not None and output.suffix.lower() in _PAGES:
        from stopgap.briefs.claims.pages import write_pages

        results = [(each, each.as_dict()) for each in write_pages(folder, wanted, output, options)]
        tell(f"page: {output}")
        page, output = output, None
    else:
        results = _results(folder, wanted, options)
    answer = _many(results) if len(results) != 1 or test_all else _one(*results[0])
    answer.marking, answer.covers = marking_of_tests(folder, results), VERDICTS
    note_name(page, answer.marking)
    emit(answer, form, output)


def _results(
    lake: Path, given: list[str] | None, options: ClaimTestOptions
) -> list[tuple[TestedClaim, dict[str, Any]]]:
    """Each claim tested, and its JSON, in the order given."""
    from stopgap.claims.testing.verdict_log import retest, verdict_for

    if given is None:
        return [(each.tested, each.as_dict()) for each in retest(lake, None, options)]
    return [verdict_for(lake, name, options) for name in given]


def _one(tested: TestedClaim, document: dict[str, Any]) -> Answer:
    import pyarrow as pa

    title = f"{tested.claim_id}, {tested.claim.title}: {tested.verdict}"
    notes = [tested.because]
    if tested.tested_part and tested.tested_part != tested.verdict:
        notes.append(f"of the part that can be tested: {tested.tested_part}")
    if document.get("changed"):
        notes.append(f"with {document['before']['as_of']} it was: {document['before']['verdict']}")
    if tested.since:
        notes.append(f"by month: {tested.since}")
    notes += [f"{each.id}: {each.because}" for each in tested.hypotheses if each.because != tested.because]
    notes += [f"cannot be tested: {each}" for each in tested.cannot if each != tested.because]
    notes += [f"would change it: {each}" for each in tested.would_change]
    notes.append(
        f"episode {tested.episode or 'none'}, vintage {tested.as_of}, "
        f"coverage {'not known' if tested.coverage is None else f'{tested.coverage:.1%}'}, "
        f"findings {', '.join(tested.finding_ids) or 'none'}"
    )
    notes += [f"note: {each}" for each in tested.warnings]
    if tested.months:
        interval = pa.list_(pa.float64())
        schema = pa.schema(
            [("month", pa.string()), ("verdict", pa.string()), ("estimate", pa.float64()), ("ci95", interval)]
        )
        return Answer(document, pa.Table.from_pylist(document["months"], schema=schema), title, notes)
    return Answer(document, _hypotheses(document["hypotheses"]), title, notes, _SHOWN)


def _hypotheses(rows: Sequence[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    text = ("id", "verdict", "statement", "measure", "unit", "goods", "goods_version", "breadth", "route", "report",
            "valuation", "finding_id", "because", "fix")  # fmt: skip
    numbers = ("estimate", "gross", "threshold", "coverage")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in text),
            *((name, pa.float64()) for name in numbers),
            ("ci95", pa.list_(pa.float64())),
            ("decides", pa.bool_()),
        ]
    )
    return pa.Table.from_pylist([{name: row[name] for name in schema.names} for row in rows], schema=schema)


def _many(results: Sequence[tuple[TestedClaim, dict[str, Any]]]) -> Answer:
    import pyarrow as pa

    documents = [document for _, document in results]
    names = (*_CLAIMS, "tested_part", "episode", "as_of", "because", "since", "alert")
    rows = [
        {
            **{name: document.get(name) for name in names},
            "before": (document.get("before") or {}).get("verdict"),
        }
        for document in documents
    ]
    schema = pa.schema([*((name, pa.string()) for name in names), ("coverage", pa.float64())])
    rows = [{**row, "coverage": document["coverage"]} for row, document in zip(rows, documents, strict=True)]
    changed = [document for document in documents if document.get("changed")]
    title = f"{'1 claim' if len(results) == 1 else f'{len(results)} claims'} tested"
    notes = [f"{tested.claim_id}: {tested.because}" for tested, _ in results]
    notes += [
        f"{each['claim_id']} changed: {each['before']['verdict']} before, {each['verdict']} now"
        for each in changed
    ]
    return Answer({"claims": documents}, pa.Table.from_pylist(rows, schema=schema), title, notes, _CLAIMS)
