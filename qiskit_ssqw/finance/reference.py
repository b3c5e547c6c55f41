"""What an expected payoff is without any grid: in closed form, or by simulation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qiskit_ssqw import _validation as check
from qiskit_ssqw._deprecation import warn_deprecated
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.markets.base import PriceDistribution


@dataclass(frozen=True)
class Reference:
    """A classical value of an expected payoff without any grid."""

    value: float
    standard_error: float
    """0 for a closed form."""
    method: str


_REPLICATES = 8
_SMALLEST = 1e-12
"""A Sobol sequence may contain 0, whose normal quantile is infinite."""
_FEWEST_POINTS, _MOST_POINTS = 2**13, 2**18
"""Points of one replicate."""
_MOST_AT_ONCE = 2**22
"""Numbers that are drawn at once, 32 MiB: the points of a path of many steps come in parts."""


def reference_value(
    payoff: Payoff,
    market: PriceDistribution,
    *,
    num_steps: int | None = None,
    standard_error: float = 0.0,
    seed: int | None = None,
) -> Reference:
    """Expected payoff in closed form where there is one, else by simulation.

    The simulation takes eight scrambled Sobol sequences (Owen 1997), whose means tell the standard
    error; what a single sample can add, the range of the payoff over the number of samples, is the
    least that it can be. It doubles them until the error is small enough, from 65,536 samples up
    to 2 million.

    Args:
        payoff: Any payoff of the market's prices at maturity, or of its path.
        market: The market. Before the payoff it is taken, too, with a ``DeprecationWarning``.
        num_steps: Number of times of the path, if the payoff is one of a path.
        standard_error: What the standard error may be; 0 for as small as the most samples give.
        seed: Seed of the simulation.

    Raises:
        TypeError: An argument has the wrong type.
        ValueError: The payoff needs a path and ``num_steps`` is not given, it takes another number
            of prices, it is a Greek in another market, or paths of several assets are asked for.
    """
    check.seed(seed)
    if isinstance(payoff, PriceDistribution) and isinstance(market, Payoff):
        warn_deprecated("reference_value(market, payoff) will go: give the payoff first")
        payoff, market = market, payoff
    check.instance(payoff, Payoff, "payoff")
    check.instance(market, PriceDistribution, "market")
    check.at_least_zero(standard_error, "standard_error")
    if num_steps is None and payoff.needs_path:
        raise ValueError(f"the {payoff.name} is paid on a path: give num_steps")
    payoff.check_market(market)
    if num_steps is not None:
        check.integer(num_steps, "num_steps", minimum=1)
    known = payoff.closed_form(market, num_steps)
    if known is not None:
        return Reference(known, 0.0, market.label)
    from scipy.special import ndtri
    from scipy.stats.qmc import Sobol

    width = market.num_normals(num_steps)
    seeds = np.random.SeedSequence(seed).spawn(_REPLICATES)
    sequences = [Sobol(width, seed=np.random.default_rng(each)) for each in seeds]
    sums, points, error = np.zeros(_REPLICATES), 0, np.inf
    low, high = np.inf, -np.inf
    most = 2 ** max(0, (_MOST_AT_ONCE // width).bit_length() - 1)
    while points < _MOST_POINTS and error > standard_error:
        more = points or _FEWEST_POINTS
        part = min(more, most)
        for index, sequence in enumerate(sequences):
            for _ in range(more // part):
                normals = ndtri(np.clip(sequence.random(part), _SMALLEST, 1 - _SMALLEST))
                payments = payoff(market.prices_of(normals, num_steps))
                sums[index] += payments.sum()
                low, high = min(low, payments.min()), max(high, payments.max())
        points += more
        error = float(np.std(sums / points, ddof=1) / np.sqrt(_REPLICATES))
        error = max(error, float(high - low) / (_REPLICATES * points))
    method = f"Monte Carlo, {_REPLICATES * points:,} samples"
    return Reference(float(sums.mean() / points), error, method)
