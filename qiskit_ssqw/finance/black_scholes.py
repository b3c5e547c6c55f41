"""The Black-Scholes price, the classical answer to compare with."""

from __future__ import annotations

from math import exp, log, sqrt

from qiskit_ssqw import _validation as check


def black_scholes_call(
    spot: float,
    strike: float,
    volatility: float,
    rate: float,
    maturity: float,
    *,
    discounted: bool = True,
) -> float:
    """Price a European call (Black and Scholes 1973).

    Args:
        spot: Price of the underlying today.
        strike: Strike price.
        volatility: Annual volatility (standard deviation of the logarithm over a year).
        rate: Annual risk-free rate, continuously compounded.
        maturity: Time to maturity in years.
        discounted: Whether to return the price today or, undiscounted, the expected payoff.

    Raises:
        ValueError: ``spot``, ``strike``, ``volatility`` or ``maturity`` is not positive.

    Examples:
        >>> from qiskit_ssqw.finance import black_scholes_call
        >>> round(black_scholes_call(2.0, 1.896, 0.4, 0.05, 40 / 365, discounted=False), 6)
        0.170627
    """
    from scipy.special import ndtr

    spot, strike = check.positive(spot, "spot"), check.positive(strike, "strike")
    maturity = check.positive(maturity, "maturity")
    std = check.positive(volatility, "volatility") * sqrt(maturity)
    try:
        growth = exp(check.number(rate, "rate") * maturity)
    except OverflowError:
        raise ValueError(f"rate times maturity is too large, got {rate * maturity:g}") from None
    upper = log(spot * growth / strike) / std + std / 2
    payoff = spot * growth * float(ndtr(upper)) - strike * float(ndtr(upper - std))
    return payoff / growth if discounted else payoff
