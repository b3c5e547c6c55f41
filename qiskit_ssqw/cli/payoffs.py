"""Payoffs of the command line: the contracts that strikes define, by the words of their names."""

from __future__ import annotations

import argparse
import re
from inspect import Parameter, signature
from typing import Any

from qiskit_ssqw._lazy import homes_of

_PACKAGE = "qiskit_ssqw.finance.payoffs"

PAYOFFS = {
    re.sub(r"\B(?=[A-Z])", "-", name).lower(): name
    for name, home in homes_of(_PACKAGE).items()
    if home == f"{_PACKAGE}.vanilla"
}
"""Public names by their words, such as ``digital-call``; nothing is imported for them."""

REFERENCE_STRIKE = [1.896]
"""That of the call of qiskit-finance's tutorial."""


def complete_strikes(options: argparse.Namespace) -> None:
    """Check the strikes, or take one at the money.

    Raises:
        ValueError: There are too many or too few, one is not positive, or the spot is missing.
    """
    from qiskit_ssqw import _validation as check

    if options.payoff == "share":
        if options.strike is not None:
            raise ValueError("a share has no strike: leave out --strike, or give --payoff")
        return
    if options.spot is not None and options.model != "bachelier":
        check.positive(options.spot, "spot")
    for strike in options.strike or ():
        if not strike > 0 and options.model != "bachelier":
            raise ValueError(f"strike must be positive, got {strike:g}")
    if options.strike is not None and options.spot is None:
        raise ValueError(
            "--strike needs the price today of the same underlying: give --spot too, or --csv"
        )
    needed = _num_strikes(_kind(options))
    if options.strike is None and needed > 1:
        raise ValueError(f"--payoff {options.payoff} needs its strikes: give --strike")
    if options.strike is None:
        options.strike = REFERENCE_STRIKE if options.spot is None else [options.spot]
    if len(options.strike) != needed:
        raise ValueError(
            f"--payoff {options.payoff} takes {needed} strike(s), got {len(options.strike)}"
        )


def payoff_of(options: argparse.Namespace) -> Any:
    """What is paid or, by a share that is held, lost."""
    from qiskit_ssqw.finance import FunctionPayoff

    if options.payoff == "share":
        spot = options.spot
        return FunctionPayoff(lambda prices: spot - prices, label="fall of the share")
    return _kind(options)(*options.strike)


def _kind(options: argparse.Namespace) -> Any:
    from qiskit_ssqw.finance import payoffs

    return getattr(payoffs, PAYOFFS[options.payoff])


def _num_strikes(kind: Any) -> int:
    parameters = signature(kind).parameters.values()
    return sum(each.kind is Parameter.POSITIONAL_OR_KEYWORD for each in parameters)
