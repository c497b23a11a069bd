"""Snapshot of a claim's goods lists at registration: version, hash and codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NotRequired, cast

from typing_extensions import TypedDict  # that of typing cannot be checked at run time before Python 3.12

from stopgap.base.documents import as_document
from stopgap.base.errors import InputError
from stopgap.claims.claim import Claim, NamedGoods
from stopgap.claims.testing.hypotheses import lists_of
from stopgap.codes.goods import GoodsItem, GoodsList, UnstableCode, describe, load_goods

Codes = list[list[str]]


class FixedGoodsEntry(TypedDict):
    """One goods list of a claim as the register and packs store it; fields are those of :class:`FixedGoods`."""

    named: str
    list: str
    breadth: str | None
    version: str
    title: str
    revision: str
    sha256: str
    codes: Codes
    unstable: NotRequired[list[list[str]]]  # absent where registered before lists had any


@dataclass(frozen=True)
class FixedGoods:
    """Snapshot of one of the goods lists of a claim.

    Attributes:
        named: The goods as the claim names them.
        list: Name of the list.
        breadth: ``narrow``, ``broad`` or ``None``.
        version: Version and hash: ``goods_version`` of a finding.
        revision: HS revision of the codes.
        sha256: Hash of the list.
        codes: Code and group of each item.
        unstable: Code, both revisions and reason of each unstable code.
    """

    named: str
    list: str
    breadth: str | None
    version: str
    title: str
    revision: str
    sha256: str
    codes: tuple[tuple[str, str], ...]
    unstable: tuple[tuple[str, str, str, str], ...] = ()

    @property
    def portable_names(self) -> tuple[str, str]:
        """Names of the list without a path: name alone, and name with hash in case other lists have the same name."""
        return self.list, f"{self.list}@{self.sha256[:12]}"

    def goods_list(self) -> GoodsList:
        """The goods list as registered, independent of its file; descriptions come from the nomenclature."""
        items = tuple(GoodsItem(code, describe(code, self.revision) or "", group) for code, group in self.codes)
        return GoodsList(
            name=self.list,
            version=self.version.rpartition("+")[0],
            title=self.title,
            revision=self.revision,
            items=items,
            source="the register of statements",
            terms="",
            note="as it was when the claim was registered",
            sha256=self.sha256,
            unstable=tuple(UnstableCode(*entry) for entry in self.unstable),
        )

    def as_dict(self) -> FixedGoodsEntry:
        document = as_document(self)
        if not self.unstable:  # events of lists without any stay as they were written before
            del document["unstable"]
        return cast(FixedGoodsEntry, document)


def fixed_from(document: FixedGoodsEntry) -> FixedGoods:
    """Convert a goods list from an event of the register."""
    return FixedGoods(
        named=document["named"],
        list=document["list"],
        breadth=document["breadth"],
        version=document["version"],
        title=document["title"],
        revision=document["revision"],
        sha256=document["sha256"],
        codes=tuple((str(code), str(group)) for code, group in document["codes"]),
        unstable=tuple((code, old, new, reason) for code, old, new, reason in document.get("unstable", [])),
    )


def own_lists(kept: Sequence[FixedGoods]) -> dict[str, str]:
    """Map goods named for a user's own list, as a portable claim names them, to the name of the list.

    It includes lists of the package named by their own name, which map to the same list anyway.
    """
    by_name: dict[str, list[FixedGoods]] = {}
    for each in kept:
        by_name.setdefault(each.named, []).append(each)
    return {
        name: found[0].list
        for name, found in by_name.items()
        if len(found) == 1 and found[0].breadth is None and name in found[0].portable_names
    }


def fix_goods(claim: Claim, before: Sequence[FixedGoods], *, where: str) -> tuple[Claim, tuple[FixedGoods, ...]]:
    """Bind the goods of a claim to goods lists; return claim and snapshots. ``where`` names the claim in messages.

    Goods that an earlier version of the claim has (``before``) keep their snapshot, unless the claim names the version
    that the list has now; InputError for any other version. Families without a list (weapons) stay unbound.
    """
    named: list[NamedGoods] = []
    fixed: dict[tuple[str, str], FixedGoods] = {}
    for goods in claim.goods:
        kept = tuple(each for each in before if each.named == goods.name)
        found = kept if kept and goods.version in (None, kept[0].version) else _now(goods.name)
        if goods.version is not None and (not found or found[0].version != goods.version):
            known = [each.version for each in (*kept[:1], *found[:1])]
            raise InputError(
                f"the list {goods.name} has no version {goods.version!r}",
                where=f"{where}, field goods.version",
                fix=f"leave version out, or write {' or '.join(dict.fromkeys(known))}"
                if known
                else "leave version out",
            )
        named.append(replace(goods, version=found[0].version if found else None))
        fixed.update({(each.named, each.list): each for each in found})
    return replace(claim, goods=tuple(named)), tuple(fixed.values())


def _now(named: str) -> tuple[FixedGoods, ...]:
    return tuple(
        FixedGoods(
            named=named,
            list=goods.name,
            breadth=breadth,
            version=goods.version_id,
            title=goods.title,
            revision=goods.revision,
            sha256=goods.sha256,
            codes=tuple((item.code, item.group) for item in goods.items),
            unstable=tuple((each.code, each.from_revision, each.to_revision, each.reason) for each in goods.unstable),
        )
        for goods, breadth in ((load_goods(name), breadth) for name, breadth in lists_of(named))
    )
