"""The sensitivity of a price to today's price, as a payoff."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.payoffs.base import Payoff
from qiskit_ssqw.finance.payoffs.greeks import sensitivity
from qiskit_ssqw.finance.payoffs.piecewise_linear import PiecewiseLinear
from qiskit_ssqw.markets.black_scholes import Market

DeltaMethod = Literal["pathwise", "digital", "bump", "likelihood-ratio"]


def delta(
    payoff: Payoff,
    spot: float | None = None,
    *,
    method: DeltaMethod = "pathwise",
    bump: float = 0.01,
    asset: int | None = None,
    market: Market | None = None,
) -> Payoff:
    """Return a payoff whose expectation is the derivative with respect to the spot.

    It is priced like any other payoff, with the same loader, and discounted likewise. Method
    ``"digital"`` is the exception: qiskit-finance's delta is an undiscounted probability.

    Args:
        payoff: The contract.
        spot: Price today of the asset, for ``"pathwise"`` and ``"bump"``.
        method: ``"pathwise"``: ``f'(S) S / spot``, right for a log-normal price and a payoff
            without jumps (Broadie and Glasserman 1996). ``"digital"``: ``f'(S)``, for a call the
            probability of ending above the strike, which qiskit-finance's ``EuropeanCallDelta``
            returns and which is no derivative. ``"bump"``: the
            central difference ``(f(S (1 + h)) - f(S (1 - h))) / (2 h spot)``; a log-normal price
            scales with the spot, so one loader and one payoff circuit serve both bumps. It takes
            any payoff, of several assets too; where the payoff jumps or bends, a bump has to
            reach over several cells of the grid. ``"likelihood-ratio"``: as for `gamma`, of any
            payoff of one price, jumps included.
        bump: The relative bump ``h``, of method ``"bump"``.
        asset: Which of several assets is bumped; by default all prices are, as those of a path,
            which all scale with the spot.
        market: The Black-Scholes market, of method ``"likelihood-ratio"`` only.

    Raises:
        TypeError: The method needs a piecewise linear payoff, a spot or a market, and has none, or
            it is given one that it does not need.
        ValueError: ``method`` is an unknown word, ``spot`` or ``bump`` out of range, the payoff
            jumps and its delta is asked for pathwise, or the market has several assets.

    Examples:
        >>> from qiskit_ssqw.finance import Call, delta
        >>> delta(Call(1.9), 2.0)([1.8, 2.2]).round(9).tolist()
        [0.0, 1.1]
    """
    check.one_of(method, get_args(DeltaMethod), "method")
    bump = check.open_unit_interval(bump, "bump")
    if method == "likelihood-ratio":
        if market is None or spot is not None:
            raise TypeError(
                f'method "{method}" needs the market, and no spot, got {market!r} and {spot!r}'
            )
        return sensitivity(payoff, market, "delta", method)
    if market is not None:
        raise TypeError(f'method "{method}" needs the spot, not the market, got {market!r}')
    if method != "bump" and not isinstance(payoff, PiecewiseLinear):
        raise TypeError(
            f'method "{method}" needs a piecewise linear payoff, got {payoff!r}: use method="bump"'
        )
    if isinstance(payoff, PiecewiseLinear) and method == "digital":
        return payoff.derivative()
    if spot is None:
        raise TypeError(f'method "{method}" needs the spot, got None')
    today = check.positive(spot, "spot")
    if isinstance(payoff, PiecewiseLinear) and method == "pathwise":
        return _pathwise(payoff, today)
    if asset is not None and check.integer(asset, "asset", minimum=0) and payoff.num_values == 1:
        raise ValueError(f"the {payoff.name} takes one price, so asset must be 0, got {asset}")
    return _Bumped(payoff, today, bump, asset)


@dataclass(frozen=True)
class _Bumped(Payoff):
    """Central difference of a payoff whose prices scale with the spot."""

    payoff: Payoff
    spot: float
    bump: float
    asset: int | None

    @property
    def name(self) -> str:
        return f"delta of {self.payoff.name}"

    @property
    def num_values(self) -> int | None:
        return self.payoff.num_values

    @property
    def needs_path(self) -> bool:
        return self.payoff.needs_path

    def pay(self, values: Array) -> Array:
        scaled = np.ones(values.shape[1:])
        if self.asset is not None and values.ndim == 2:
            if self.asset >= values.shape[1]:
                raise ValueError(f"asset must be below {values.shape[1]}, got {self.asset}")
            scaled = np.eye(values.shape[1])[self.asset]
        up = self.payoff(values * (1 + self.bump * scaled))
        down = self.payoff(values * (1 - self.bump * scaled))
        return (up - down) / (2 * self.bump * self.spot)

    def check_grid(self, values: Array, spot: float | None = None) -> None:
        self.payoff.check_grid(values, spot)


def _pathwise(payoff: PiecewiseLinear, spot: float) -> PiecewiseLinear:
    strikes, slopes = np.array(payoff.breakpoints), np.array(payoff.slopes)
    starts = np.append(strikes[:1], strikes)
    if payoff.jumps:
        raise ValueError(
            f'the {payoff.name} jumps, and its pathwise delta misses the jump: use method="bump"'
        )
    return PiecewiseLinear(
        strikes, slopes / spot, slopes * starts / spot, f"delta of {payoff.name}"
    )
