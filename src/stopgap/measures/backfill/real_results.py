"""Result of backfill at constant prices: gains and losses at baseline unit values, beside the nominal ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RealSide:
    """A change in dollars a year split in quantity and price; positive is loss for the coalition, gain for the others.

    ``change = quantity effect + price effect + not adjusted``, exactly.

    Attributes:
        change_usd: The nominal change.
        at_baseline_prices_usd: Change of quantity at the baseline's unit values; what the real ratio sums.
        quantity_effect_usd: Change of quantity at the mean of both unit values (Bennet).
        price_effect_usd: Change of unit values at the mean of both quantities.
        not_adjusted_usd: Change of cells without quantity on all of their trade, or without any baseline unit value.
        new_at_baseline_prices_usd: Part of ``at_baseline_prices_usd`` in cells without baseline trade, valued at the
            good's mean baseline unit value at the target.
        adjusted_share: Share of both windows' trade that is adjusted; ``None`` without trade.
    """

    change_usd: float
    at_baseline_prices_usd: float
    quantity_effect_usd: float
    price_effect_usd: float
    not_adjusted_usd: float
    new_at_baseline_prices_usd: float
    adjusted_share: float | None


@dataclass(frozen=True)
class RealSupplier:
    """One economy's change, after minus baseline, in the sign of its own change; as in :class:`RealSide`."""

    supplier: str
    is_member: bool
    change_usd: float
    at_baseline_prices_usd: float
    price_effect_usd: float
    not_adjusted_usd: float
    adjusted_share: float | None


@dataclass(frozen=True)
class UnitValue:
    """A good's mean unit value at the target over all suppliers with quantities, and the one unit it is counted in.

    ``adjusted_share`` is the share of both windows' trade at the target that is adjusted.
    """

    good: str
    unit: str
    baseline_usd_per_unit: float | None
    after_usd_per_unit: float | None
    adjusted_share: float | None


@dataclass(frozen=True)
class RealBackfill:
    """Backfill at the baseline's unit values, over the trade for which quantities exist in both windows.

    Attributes:
        ratio: Suppliers' gains by the coalition's loss, both at baseline unit values; signed, uncapped. ``None`` if
            that loss is not above 0.
        reason: Why there is no ratio.
        nominal_ratio: The gross ratio over the same cells.
        trimmed_ratio: ``ratio`` without months whose unit value is more than threefold off the median of their
            supplier's good, and cells whose unit value moved more than threefold against the median cell.
        outlying_usd: Trade of both windows left out for it.
        loss_usd: The coalition's loss at baseline unit values.
        gain_usd: The suppliers' gain at baseline unit values.
        price_effect_loss_usd: Part of the nominal loss that is a change of unit values (Bennet).
        price_effect_gain_usd: The same of the nominal gain.
        share_of_value_with_quantities: Share of both windows' trade that is adjusted, members and suppliers together.
        loss: All parts of the loss.
        gain: All parts of the gain.
        by_supplier: Each economy; largest real change first.
        unit_values: Each good, sorted.
    """

    ratio: float | None = None
    reason: str | None = None
    nominal_ratio: float | None = None
    trimmed_ratio: float | None = None
    outlying_usd: float = 0.0
    loss_usd: float | None = None
    gain_usd: float | None = None
    price_effect_loss_usd: float | None = None
    price_effect_gain_usd: float | None = None
    share_of_value_with_quantities: float | None = None
    loss: RealSide | None = None
    gain: RealSide | None = None
    by_supplier: tuple[RealSupplier, ...] = ()
    unit_values: tuple[UnitValue, ...] = ()

    def lines(self) -> list[str]:
        """Return the line of text on real backfill; empty if there is none."""
        if self.loss_usd is None or self.gain_usd is None:
            return []
        share = self.share_of_value_with_quantities
        ratio = f"undefined ({self.reason})" if self.ratio is None else f"{self.ratio:.1%}"
        beside = "" if self.nominal_ratio is None else f", nominal over the same trade {self.nominal_ratio:.1%}"
        trimmed = "" if self.trimmed_ratio is None else f", trimmed {self.trimmed_ratio:.1%}"
        return [
            f"real backfill {ratio}: gains USD {self.gain_usd:,.0f} by loss USD {self.loss_usd:,.0f} at baseline unit "
            f"values{beside}{trimmed}; {0.0 if share is None else share:.1%} of the value has quantities"
        ]
