"""Prices of several assets that know nothing of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._display import Row
from qiskit_ssqw.markets.base import PriceDistribution


@dataclass(frozen=True, eq=False)
class IndependentPrices(PriceDistribution):
    """Independent prices at one maturity, discounted at one rate.

    Args:
        parts: The prices of each asset or, of a market of several, of some.

    Raises:
        ValueError: There are no parts, or they differ in rate or maturity.
    """

    parts: tuple[PriceDistribution, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise ValueError("independent prices need at least one part, got none")
        for name in ("rate", "maturity"):
            given = [getattr(part, name) for part in self.parts]
            if any(value != given[0] for value in given):
                raise ValueError(f"all parts must have the same {name}, got {given}")

    @property
    def label(self) -> str:
        return ", ".join(dict.fromkeys(part.label for part in self.parts))

    @property
    def rate(self) -> Any:
        return self.parts[0].rate

    @property
    def maturity(self) -> Any:
        return self.parts[0].maturity

    @property
    def spot(self) -> Any:
        spots = [part.spot for part in self.parts]
        return None if None in spots else tuple(np.concatenate([np.atleast_1d(s) for s in spots]))

    @property
    def positive(self) -> bool:  # type: ignore[override]
        return all(part.positive for part in self.parts)

    @property
    def num_assets(self) -> int:
        return sum(part.num_assets for part in self.parts)

    @property
    def discount(self) -> float:
        return self.parts[0].discount

    @property
    def marginals(self) -> Sequence[PriceDistribution]:
        return [each for part in self.parts for each in part.marginals]

    @property
    def forward(self) -> float:
        return self._only.forward

    def cdf(self, prices: Array) -> Array:
        return self._only.cdf(prices)

    def partial_mean(self, prices: Array) -> Array:
        return self._only.partial_mean(prices)

    def prices_of(self, normals: Array, num_steps: int | None = None) -> Array:
        self.num_normals(num_steps)
        columns, first = [], 0
        for part in self.parts:
            columns.append(part.prices_of(normals[:, first : first + part.num_assets]))
            first += part.num_assets
        return np.column_stack(columns)

    @property
    def _only(self) -> PriceDistribution:
        if len(self.parts) > 1:
            raise ValueError(f"this is known of one asset, got {self.num_assets}: see marginals")
        return self.parts[0]

    def _heading(self) -> str:
        return f"{self.num_assets} independent prices"

    def _rows(self) -> list[Row]:
        return [row for part in self.parts for row in part._rows()]
