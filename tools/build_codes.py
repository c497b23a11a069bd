"""Writes the code tables that the package carries, from the reference files beside the repository.

Run by a maintainer: ``python tools/build_codes.py``. It prints what it wrote;
the same inputs give the same bytes. ``groups.csv`` and the lists of our own
groups of goods are kept by hand and not touched.
"""

from __future__ import annotations

from codes_build.areas import build_areas
from codes_build.common import REFERENCE
from codes_build.concordance import build_concordance
from codes_build.elasticities import build_elasticities
from codes_build.goods import build_goods
from codes_build.nomenclature import build_nomenclature
from codes_build.rates import build_rates
from codes_build.sources import build_sources


def main() -> None:
    """Writes every table in turn."""
    if not REFERENCE.exists():
        raise SystemExit(f"the reference files are not at {REFERENCE}")
    builders = (
        build_areas,
        build_rates,
        build_nomenclature,
        build_concordance,
        build_elasticities,
        build_goods,
        build_sources,
    )
    for build in builders:
        for line in build():
            print(line)


if __name__ == "__main__":
    main()
