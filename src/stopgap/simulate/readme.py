"""Texts written with a simulated world: its episode file, README and example commands."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from stopgap.simulate.spec import KINDS

EPISODE_READS_MEASURES = True
"""Whether episode files know the field ``measures``; the one place to change when they do."""

MEASURES_FILE = "measures.csv"
"""Table of measures beside the episode: member, code, from, until, source."""

SIMULATED = (
    "Every figure here is simulated. The codes of economies and goods are real, so that real programs read the files; "
    "who plays which part was drawn by chance and says nothing of any economy, good, or trade."
)


def episode_name(truth: Mapping[str, Any]) -> str:
    """Return the short name of a simulated episode."""
    return f"simulated-{truth['spec']['kind']}-{truth['spec']['seed']}"


def episode_text(truth: Mapping[str, Any]) -> str:
    """Return the content of a world's ``episode.yml``."""
    episode, spec = truth["episode"], truth["spec"]
    (first, last), (start, end) = episode["baseline"], episode["after"]
    hubs = f"hubs: [{', '.join(episode['hubs'])}]\n" if episode["hubs"] else ""
    is_staged = EPISODE_READS_MEASURES and "measures" in episode
    measures = f"measures: {MEASURES_FILE}\n" if is_staged else ""
    return (
        f"# {SIMULATED}\n"
        f"name: {episode_name(truth)}\n"
        f"title: A simulated suspension of trade (kind {spec['kind']}, seed {spec['seed']})\n"
        f"target: {episode['target']}\n"
        "direction: exports-to-target\n"
        f"event: {episode['event']}\n"
        f"coalition: [{', '.join(episode['members'])}]\n"
        "goods: [goods.csv]\n"
        f"baseline: {{from: {first}, to: {last}, min_months: {spec['baseline_months']}}}\n"
        f"after: {{from: {start}, to: {end}}}\n"
        f"{hubs}{measures}"
        "placebo_targets: auto\n"
    )


SIMULATED_FIRMS = (
    "The companies of the declarations, of the list and of the register are simulated too: their names are put together from "
    "syllables by chance, and a likeness to a real firm is a coincidence."
)


def next_commands(folder: str, files: Sequence[str], declarations: Sequence[str] = ()) -> list[str]:
    """Return the commands that import and measure a simulated world, given its trade files in order and declarations.

    ``folder`` is the world's folder as typed in the shell; empty for the current folder.
    """
    at = f"{folder.rstrip('/')}/" if folder else ""
    lake = shlex.quote(f"{at}lake")
    is_released = files[0].startswith("release")
    groups = [[name] for name in files] if is_released else [list(files)]
    named = [" ".join(shlex.quote(at + name) for name in group) for group in groups]
    if len(files) > 3 and not is_released:
        named = [f"{shlex.quote(at) if at else ''}trade-*.csv.gz"]
    imports = [f"stopgap import {names} --lake {lake}" for names in named]
    if declarations:
        declared = " ".join(shlex.quote(at + name) for name in declarations)
        imports += [
            f"stopgap import {declared} --map {shlex.quote(at + 'declarations.yml')} --lake {lake}",
            f"stopgap import {shlex.quote(at + 'listed.csv')} --source list --lake {lake}",
        ]
    episode = shlex.quote(at + "episode.yml")
    commands = [*imports, f"stopgap measure {episode} --lake {lake}"]
    if declarations:
        register = shlex.quote(at + "register.csv")
        commands.append(f"stopgap exposure {episode} --register {register} --lake {lake}")
    return commands


def _declared_rows(declared: Mapping[str, Any] | None) -> str:
    """Return the README's table rows about the declaration files; empty where there are none."""
    if not declared:
        return ""
    files = declared["files"]
    return (
        f"| {files[0]}{f' … {files[-1]}' if len(files) > 1 else ''} | {declared['lines']:,} lines of customs declarations |\n"
        "| declarations.yml | the mapping that reads them |\n"
        "| listed.csv | a simulated list of companies |\n"
        "| register.csv | days on which companies were registered |\n"
    )


def readme_text(truth: Mapping[str, Any], files: Sequence[str]) -> str:
    """Return the content of a world's ``README.md``."""
    spec, episode = truth["spec"], truth["episode"]
    declared = truth.get("declarations")
    measures = "measures" in episode
    staged = f"| {MEASURES_FILE} | from when each member's measure on each good is in force |\n" if measures else ""
    commands = "\n".join(next_commands("", files, declared["files"] if declared else ()))
    about = f"{SIMULATED} {SIMULATED_FIRMS}" if declared else SIMULATED
    order = (
        "\nThe releases are to be imported one after another: each brings a month, and revises the two before it.\n"
        if files[0].startswith("release")
        else ""
    )
    return f"""# A simulated world of trade

{about}

Kind `{spec["kind"]}`: {KINDS[spec["kind"]][0]}. Seed {spec["seed"]}. {truth["rows"]:,} rows in UN Comtrade's current layout:
{spec["economies"]} economies, {spec["goods"]} goods of six digits ({spec["sanctioned_goods"]} of them on the list),
{"years" if spec["annual"] else "months"} {episode["baseline"][0]} to {episode["after"][1]}. Exports are FOB, imports CIF, in US dollars.
Target {episode["target"]}; event {episode["event"]}.

| file | holds |
|---|---|
| {files[0]}{f" … {files[-1]}" if len(files) > 1 else ""} | the figures |
| episode.yml | the episode: target, coalition, hubs, windows |
| goods.csv | the goods list |
{staged}\
| truth.json | what was planted, and what a measure should find |
{_declared_rows(declared)}{order}
In this folder:

```sh
{commands}
```

`truth.json` then tells what should be found: `loss.realised_share` is the loss as it stands in the rows (and
`loss.expected_share` without the noise of single months), `backfill.net_ratio` the planted dollars by the realised loss.
"""
