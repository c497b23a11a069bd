"""Portable form of a registered claim: goods lists, episode and text are named without file paths.

The register keeps a claim as its user wrote it, with the paths of the user's own files. Elsewhere a path is useless
and discloses folders and people, so a disclosed claim names a list by the list's own name (with version and hash) and
an episode by its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stopgap.base.errors import StopgapError
from stopgap.claims.claim import GoodsGroup, NamedGoods
from stopgap.claims.claim_file import claim_document
from stopgap.claims.register.events import RegisteredClaim, Version
from stopgap.claims.register.goods_snapshot import FixedGoods
from stopgap.codes.goods import FILE_SUFFIXES
from stopgap.panel.episodes import episode_names, load_episode

_SEPARATOR = re.compile(r"[\\/]+")


@dataclass(frozen=True)
class PortableClaim:
    """A claim for use outside this lake, with its newest version only.

    ``names`` maps every spelling of a file path that a text may contain to the name that replaces it.
    """

    entry: RegisteredClaim
    names: Mapping[str, str]

    def renamed(self, value: Any) -> Any:
        """Replace each path in the texts of a document by its name, at any depth."""
        return _renamed(value, self.names)


def portable_claim(entry: RegisteredClaim) -> PortableClaim:
    """Convert a registered claim to its portable form, without file paths; the words that it quotes are unchanged."""
    names: dict[str, str] = {}
    for version in entry.versions:  # texts about the claim, such as alerts, may be of an earlier one
        names |= _spelled(_names(version))
    current = entry.current
    labels = _names(current)
    claim, source = current.claim, current.claim.words.source
    claim = replace(
        claim,
        title=_renamed(claim.title, names),
        goods=tuple(
            NamedGoods(labels.get(each.name, each.name), _renamed(each.phrase, names), each.version)
            for each in claim.goods
        ),
        episode=labels.get(claim.episode, claim.episode) if claim.episode else None,
        degree=_renamed(claim.degree, names),
        words=replace(claim.words, source=_SEPARATOR.split(source)[-1] if source else source),
        note=_renamed(claim.note, names),
    )
    kept = tuple(replace(each, named=labels.get(each.named, each.named)) for each in current.goods)
    moved = replace(
        current, document=claim_document(claim), lists=tuple(each.as_dict() for each in kept), draft=None, before=None
    )
    return PortableClaim(replace(entry, versions=[moved]), names)


def _names(version: Version) -> dict[str, str]:
    """Map each file path in the claim to the name of the list or episode."""
    claim = version.claim
    found: dict[str, str] = {}
    taken = {str(group) for group in GoodsGroup} | {each.name for each in claim.goods if not _is_file(each.name)}
    for goods in claim.goods:
        if _is_file(goods.name) and goods.name not in found:
            found[goods.name] = _list_name(goods.name, version.goods, taken)
            taken.add(found[goods.name])
    if claim.episode and claim.episode not in episode_names():
        try:
            found[claim.episode] = load_episode(claim.episode).name
        except StopgapError:  # the file is gone, or is no episode any more
            found[claim.episode] = _stem(claim.episode)
    return found


def _is_file(name: str) -> bool:
    return name.lower().endswith(FILE_SUFFIXES) or _SEPARATOR.search(name) is not None


def _list_name(path: str, kept: Sequence[FixedGoods], taken: set[str]) -> str:
    fixed = next((each for each in kept if each.named == path), None)
    if fixed is None:
        return _stem(path)
    return next((name for name in fixed.portable_names if name not in taken), fixed.portable_names[-1])


def _stem(path: str) -> str:
    name = _SEPARATOR.split(path)[-1]
    return name.rpartition(".")[0] or name


def _spelled(names: Mapping[str, str]) -> dict[str, str]:
    """Map every spelling of each path to its name: as given, absolute, resolved, and from each of its folders on."""
    found: dict[str, str] = {}
    for path, name in names.items():
        for written in (path, str(Path(path).absolute()), str(Path(path).resolve())):
            starts = [0, *(each.end() for each in _SEPARATOR.finditer(written))]
            found |= {written[start:]: name for start in starts if written[start:]}
    return found


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str) and names:
        longest_first = sorted(names, key=len, reverse=True)
        # "x.csv" does not stand in "max.csv"
        written = "|".join((r"(?<![\w.-])" if path[0].isalnum() else "") + re.escape(path) for path in longest_first)
        return re.sub(rf"(?:{written})(?!\w)", lambda found: names[found[0]], value)
    if isinstance(value, dict):
        return {name: _renamed(each, names) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_renamed(each, names) for each in value)
    return value
