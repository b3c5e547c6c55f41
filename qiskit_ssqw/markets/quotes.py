"""From option quotes to the distribution of the price that they imply."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from qiskit_ssqw import _validation as check
from qiskit_ssqw.markets import black
from qiskit_ssqw.markets.arbitrage import largest_arbitrage
from qiskit_ssqw.markets.density_fit import smoothest_density
from qiskit_ssqw.markets.option_quotes import OptionQuotes, read_quotes
from qiskit_ssqw.markets.plausibility import warn_of_typos
from qiskit_ssqw.markets.quoted_prices import QuotedPrices


def from_option_quotes(
    strikes: ArrayLike,
    *,
    calls: ArrayLike | None = None,
    puts: ArrayLike | None = None,
    volatilities: ArrayLike | None = None,
    forward: float,
    maturity: float,
    rate: float = 0.0,
    tolerance: ArrayLike | None = None,
) -> QuotedPrices:
    """The distribution of the price at maturity that European options imply.

    Of all densities that price every option to the tolerance it is the smoothest, nearly: the
    logarithm's third derivative is as small as it can be, so quotes of one volatility give the
    log-normal price of Black and Scholes. It is positive and has the forward as its mean, so there
    is no arbitrage among its prices. No quote tells what lies beyond the outer strikes: two
    standard deviations at the money further out, tails are log-normal, as wide as the quotes
    suggest, and beyond 40 there is nothing.

    Args:
        strikes: Increasing and positive, at least 3, shape ``(n,)``.
        calls: Prices of calls today: what is paid now, not at maturity. ``rate=0`` takes them
            as undiscounted.
        puts: Prices of puts today, instead.
        volatilities: Implied annual volatilities, instead.
        forward: Forward price of the underlying at maturity.
        maturity: Time to maturity in years.
        rate: Annual risk-free rate, continuously compounded.
        tolerance: How far from each quote the result may be, in the unit of the quotes, a number
            or one per strike: half the bid-ask spread, or half the last digit. By default 1e-4 of
            the forward's present value, or 0.001 of volatility. Quotes that are exact deserve
            less.

    Returns:
        What `TargetDistribution.from_market` takes.

    Raises:
        TypeError: There is more or less than one kind of quotes, or something is no number.
        ValueError: A number is impossible, strikes are too few or out of order, or the quotes
            admit arbitrage beyond the tolerance: the message says where, and by how much.

    Warns:
        MarketWarning: A volatility, rate or maturity is possible, but probably a percentage or a
            number of days.

    Examples:
        >>> from qiskit_ssqw.finance import from_option_quotes
        >>> smile = from_option_quotes(
        ...     [80, 90, 100, 110, 120],
        ...     volatilities=[0.27, 0.23, 0.2, 0.185, 0.18],
        ...     forward=100,
        ...     maturity=0.25,
        ... )
        >>> print(f"{smile.implied_volatility(95):.3f} {smile.cdf(80):.3f}")
        0.213 0.036
    """
    forward, maturity = check.positive(forward, "forward"), check.positive(maturity, "maturity")
    rate = check.number(rate, "rate")
    discount = check.positive(float(np.exp(-rate * maturity)), "the discount")
    kinds = {"calls": calls, "puts": puts, "volatilities": volatilities}
    quotes = read_quotes(
        strikes, kinds, tolerance, forward=forward, maturity=maturity, discount=discount
    )
    arbitrage = largest_arbitrage(quotes)
    scale = _scale(quotes)
    warn_of_typos(scale / np.sqrt(maturity), rate, maturity)
    unit = forward * discount
    density, errors = smoothest_density(
        np.log(quotes.strikes / forward) / scale,
        quotes.option_values,
        quotes.tolerances / unit,
        scale,
    )
    found = QuotedPrices(rate, maturity, quotes, density, unit * errors, arbitrage)
    found.check_errors()
    return found


def _scale(quotes: OptionQuotes) -> float:
    """Implied standard deviation of the option out of the money that is worth most.

    Raises:
        ValueError: None is worth anything.
    """
    values = quotes.option_values
    worth = int(np.argmax(values))
    ratio = quotes.strikes[worth] / quotes.forward
    scale = float(black.implied_std(ratio, values[worth]))
    if not scale > 0:
        raise ValueError(
            f"quotes must tell a volatility, got {quotes.quoted[worth]:g} at strike "
            f"{quotes.strikes[worth]:g}, with no value but the intrinsic one"
        )
    return scale
