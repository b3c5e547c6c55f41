"""What a command computes: from its options to a market, a loader and a price."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from inspect import Parameter, signature
from pathlib import Path
from typing import Any

from qiskit_ssqw.cli.arguments import MOST_QUBITS, PAYOFFS

REFERENCE = {
    "spot": 2.0,
    "strike": [1.896],
    "volatility": 0.4,
    "rate": 0.05,
    "maturity": 40 / 365,
}
"""The call of qiskit-finance's tutorial on European options."""

DEFAULT_WINDOW = 252

_OF_HISTORY = ("column", "window", "periods_per_year", "decimal", "day_first")


@dataclass(frozen=True)
class Usage:
    """What a history was used for."""

    history: Any
    """The part of it that gave the volatility, or all."""
    spot: bool
    volatility: bool
    periods_per_year: float | None
    """``None`` if the volatility was given."""


@dataclass(frozen=True)
class Job:
    """What was computed, and what there was to say about it."""

    model: Any
    result: Any
    usage: Usage | None
    warnings: list[str]


def run(options: argparse.Namespace) -> Job:
    """Price what the options ask for, and draw it if they ask for it.

    Args:
        options: They are completed on the way: from the history, or from the reference call.

    Raises:
        ValueError: An option is refused, before any fit.
        OSError: The history cannot be read, or the picture not be written.
    """
    caught: list[str] = []
    with _collecting(caught):
        usage = _complete(options)
        payoff = _payoff(options)
        target = _target(options)
        axes = None if options.plot is None else _axes_for(options.plot)
        model, result = _price(payoff, target, options)
        if axes is not None:
            _plot(model, result, axes, options.plot)
    return Job(model, result, usage, caught)


@contextmanager
def _collecting(messages: list[str]) -> Iterator[None]:
    """Collect what warnings say, once each, but for what the report tells or users cannot help."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # qiskit-algorithms 0.4 uses classes that Qiskit deprecated.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        yield
    from qiskit_ssqw.finance import PriceAccuracyWarning

    told = (each for each in caught if not issubclass(each.category, PriceAccuracyWarning))
    messages += dict.fromkeys(str(each.message) for each in told)


def _complete(options: argparse.Namespace) -> Usage | None:
    """Fill in what was not given."""
    usage = _read_history(options)
    _complete_strikes(options)
    for name, value in REFERENCE.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.qubits > MOST_QUBITS:
        raise ValueError(f"--qubits must be at most {MOST_QUBITS}, got {options.qubits}")
    return usage


def _complete_strikes(options: argparse.Namespace) -> None:
    for strike in options.strike or ():
        if not strike > 0:
            raise ValueError(f"strike must be positive, got {strike:g}")
    if options.strike is not None and options.spot is None:
        raise ValueError(
            "--strike needs the price today of the same underlying: give --spot too, or --csv"
        )
    if options.strike is None and options.payoff.endswith(("spread", "butterfly")):
        raise ValueError(f"--payoff {options.payoff} needs its strikes: give --strike")
    if options.strike is None and options.spot is not None:
        options.strike = [options.spot]


def _read_history(options: argparse.Namespace) -> Usage | None:
    """Take spot and volatility from the file, unless they are given."""
    if options.csv is None:
        for name in _OF_HISTORY:
            if getattr(options, name) is not None:
                word = name.replace("_", "-")
                raise ValueError(f"--{word} describes a price history: give --csv too")
        return None
    if options.window is not None and options.window < 2:
        raise ValueError(f"--window must be at least 2, got {options.window}")
    from qiskit_ssqw.finance import read_history

    history = read_history(
        options.csv, options.column, decimal=options.decimal, day_first=options.day_first
    )
    spot, volatility = options.spot is None, options.volatility is None
    if spot:
        options.spot = float(history.prices[-1])
    if not volatility:
        return Usage(history, spot, False, None)
    used = history.latest(options.window or min(DEFAULT_WINDOW, history.num_returns))
    periods = options.periods_per_year
    if periods is None:
        periods = used.periods_per_year
    options.volatility = used.volatility(periods_per_year=periods)
    return Usage(used, spot, True, periods)


def _payoff(options: argparse.Namespace) -> Any:
    from qiskit_ssqw import finance

    kind = getattr(finance, PAYOFFS[options.payoff])
    try:
        return kind(*options.strike)
    except TypeError:
        strikes = signature(kind).parameters.values()
        needed = sum(strike.kind is Parameter.POSITIONAL_OR_KEYWORD for strike in strikes)
        raise ValueError(
            f"--payoff {options.payoff} takes {needed} strike(s), got {len(options.strike)}"
        ) from None


def _target(options: argparse.Namespace) -> Any:
    """The grid, once nothing is left that would be refused after the fit only."""
    from qiskit_ssqw import TargetDistribution
    from qiskit_ssqw.finance.encodings.linear import equidistant

    _check_run(options)
    market = _plausible_market(options)
    _complete_grid(options, market)
    target = TargetDistribution.from_black_scholes(
        options.qubits,
        market.spot,
        market.volatility,
        market.rate,
        market.maturity,
        dividend_yield=market.dividend_yield,
        grid=options.grid,
        tail_mass=options.tail_mass,
        num_std=options.num_std,
        rule=options.rule,
        align=options.align,
    )
    if options.encoding == "linear" and not equidistant(target.values):
        raise ValueError("--encoding linear needs equidistant prices: give --grid linear too")
    return target


def _check_run(options: argparse.Namespace) -> None:
    """Check the numbers of the estimation."""
    from qiskit_ssqw import _validation as check

    check.positive(options.accuracy, "accuracy")
    check.open_unit_interval(options.alpha, "alpha")
    if options.absolute_accuracy is not None:
        check.positive(options.absolute_accuracy, "absolute_accuracy")
    if options.epsilon is not None and check.positive(options.epsilon, "epsilon") >= 0.5:
        raise ValueError(f"epsilon must be below 0.5, got {options.epsilon}")
    check.positive(options.max_seconds, "max_seconds")
    check.seed(options.seed)


def _plausible_market(options: argparse.Namespace) -> Any:
    """The market, or an error about what is wrong or warned about."""
    from qiskit_ssqw.finance import Market, MarketWarning

    with warnings.catch_warnings():
        warnings.simplefilter("error", MarketWarning)
        try:
            return Market(
                options.spot,
                options.volatility,
                options.rate,
                options.maturity,
                dividend_yield=options.dividend,
            )
        except MarketWarning as hint:
            raise ValueError(str(hint)) from hint


def _complete_grid(options: argparse.Namespace, market: Any) -> None:
    """Decide on the kind of grid, and on the price at an edge of it."""
    from qiskit_ssqw.targets.price_grid import can_align, check_linear

    check_linear(options.grid, options.num_std, options.rule, options.tail_mass)
    if options.grid is None:
        options.grid = "log" if options.num_std is None and options.rule is None else "linear"
    if options.align == "none":
        options.align = None
    elif options.align == "strike":
        strike, *more = options.strike
        fits = options.grid != "linear" and not more and can_align(market, strike)
        options.align = strike if fits else None


def _price(payoff: Any, target: Any, options: argparse.Namespace) -> tuple[Any, Any]:
    """Return the model and the result."""
    from qiskit_ssqw import finance

    progress = sys.stderr.isatty() and find_spec("tqdm") is not None
    model = finance.QuantumWalkUncertaintyModel(
        target, tolerance=options.tolerance, seed=options.seed, progress=progress
    )
    return model, finance.price(
        payoff,
        model,
        accuracy=options.accuracy,
        alpha=options.alpha,
        absolute_accuracy=options.absolute_accuracy,
        epsilon=options.epsilon,
        encoding=options.encoding,
        estimator=options.estimator,
        max_seconds=options.max_seconds,
        seed=options.seed,
        progress=progress,
    )


def _axes_for(path: str) -> Any:
    """Return new axes, or raise before the long computation what would spoil its picture."""
    from qiskit_ssqw.visualization import new_axes

    if not Path(path).parent.is_dir():
        raise FileNotFoundError(f"no directory {str(Path(path).parent)!r} for the plot")
    axes = new_axes()
    formats = axes.figure.canvas.get_supported_filetypes()
    if Path(path).suffix.lstrip(".").lower() not in formats:
        raise ValueError(f"--plot takes a file that ends in {', '.join(formats)}, got {path!r}")
    return axes


def _plot(model: Any, result: Any, axes: Any, path: str) -> None:
    from qiskit_ssqw.visualization import plot_loaded_distribution

    plot_loaded_distribution(model.fit_result, payoff=result.payoff, ax=axes)
    axes.figure.suptitle(f"{result.payoff.name}, spot {model.market.spot:g}")
    axes.figure.savefig(path, dpi=150)
