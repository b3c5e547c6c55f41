"""What a command computes: from its options to a market, a loader and a price or a risk."""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from qiskit_ssqw.cli.arguments import MOST_QUBITS
from qiskit_ssqw.cli.models import check_volatility, has_volatility
from qiskit_ssqw.cli.models import market as prices_in
from qiskit_ssqw.cli.payoffs import complete_strikes, payoff_of

REFERENCE = {
    "spot": 2.0,
    "volatility": 0.4,
    "rate": 0.05,
    "maturity": 40 / 365,
}
"""The market of qiskit-finance's tutorial on European options."""

DEFAULT_WINDOW = 252

_LARGEST_EPSILON = 0.49

_OF_HISTORY = ("column", "window", "periods_per_year", "decimal", "day_first")


@dataclass(frozen=True)
class Usage:
    """What a history was used for."""

    history: Any
    """The part of it that gave the volatility, or all."""
    spot: bool
    volatility: bool
    periods_per_year: float | None
    """``None`` if it did not give the volatility."""


@dataclass(frozen=True)
class Job:
    """What was computed, and what there was to say about it."""

    model: Any
    result: Any
    usage: Usage | None
    warnings: list[str]
    resources: Any = None
    """What it takes on a fault-tolerant machine, if that was asked for."""


def run(options: argparse.Namespace) -> Job:
    """Compute what the options ask for, and draw it if they ask for it.

    Args:
        options: They are completed on the way: from the history, or from the reference call.

    Raises:
        ValueError: An option is refused, before any fit.
        OSError: The history cannot be read, or the picture not be written.
    """
    caught: list[str] = []
    with _collecting(caught):
        usage = _complete(options)
        payoff = payoff_of(options)
        target = _target(options)
        plot = getattr(options, "plot", None)
        axes = None if plot is None else _axes_for(plot)
        model = _model(target, options)
        result = (_price if options.command == "price" else _risk)(payoff, model, options)
        needed = _resources(model, result, options) if getattr(options, "resources", 0) else None
        if axes is not None:
            _plot(model, result, axes, options.plot)
    return Job(model, result, usage, caught, needed)


@contextmanager
def _collecting(messages: list[str]) -> Iterator[None]:
    """Collect what warnings say, once each, but for what the report tells or users cannot help."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # qiskit-algorithms 0.4 uses classes that Qiskit deprecated.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        yield
    from qiskit_ssqw.finance import PriceAccuracyWarning, RiskWarning

    verdicts = (PriceAccuracyWarning, RiskWarning)
    told = (each for each in caught if not issubclass(each.category, verdicts))
    messages += dict.fromkeys(str(each.message) for each in told)


def _complete(options: argparse.Namespace) -> Usage | None:
    """Fill in what was not given."""
    check_volatility(options)
    usage = _read_history(options)
    complete_strikes(options)
    for name, value in REFERENCE.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.qubits > MOST_QUBITS:
        raise ValueError(f"--qubits must be at most {MOST_QUBITS}, got {options.qubits}")
    return usage


def _read_history(options: argparse.Namespace) -> Usage | None:
    """Take spot and volatility from the file, unless they are given or the model has none."""
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
    spot = options.spot is None
    volatility = options.volatility is None and has_volatility(options.model)
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


def _target(options: argparse.Namespace) -> Any:
    """The grid, once nothing is left that would be refused after the fit only."""
    from qiskit_ssqw import TargetDistribution

    _check_run(options)
    market = prices_in(options)
    _complete_grid(options, market)
    grid = {name: getattr(options, name) for name in ("grid", "tail_mass", "align")}
    if options.model == "black-scholes":
        return TargetDistribution.from_black_scholes(
            options.qubits,
            market.spot,
            market.volatility,
            market.rate,
            market.maturity,
            dividend_yield=market.dividend_yield,
            num_std=options.num_std,
            rule=options.rule,
            **grid,
        )
    return TargetDistribution.from_market(options.qubits, market, **grid)


def _check_run(options: argparse.Namespace) -> None:
    """Check the numbers of the estimation."""
    from qiskit_ssqw import _validation as check

    for name in ("accuracy", "absolute_accuracy"):
        if getattr(options, name, None) is not None:
            check.positive(getattr(options, name), name)
    for name in ("alpha", "level"):
        if hasattr(options, name):
            check.open_unit_interval(getattr(options, name), name)
    if options.epsilon is not None and check.positive(options.epsilon, "epsilon") >= 0.5:
        raise ValueError(f"epsilon must be below 0.5, got {options.epsilon}")
    check.positive(options.max_seconds, "max_seconds")
    if options.estimator == "sampling":
        if options.encoding != "auto":
            raise ValueError("--estimator sampling has no payoff circuit: leave out --encoding")
        if options.resources:
            raise ValueError("--resources are those of amplitude estimation, not of sampling")
    check.seed(options.seed)


def _complete_grid(options: argparse.Namespace, market: Any) -> None:
    """Decide on the kind of grid, and on the price at an edge of it."""
    from qiskit_ssqw.targets.arguments import check_linear
    from qiskit_ssqw.targets.price_grid import can_align

    of_bounds = options.num_std is not None or options.rule is not None
    if of_bounds and options.model != "black-scholes":
        raise ValueError(f"--num-std and --rule are for black-scholes, not for {options.model}")
    check_linear(options.grid, options.num_std, options.rule, options.tail_mass)
    if options.grid is None and market.positive:
        options.grid = "linear" if of_bounds else "log"
    if options.align == "none":
        options.align = None
    elif options.align == "strike":
        one = len(options.strike or ()) == 1 and options.grid != "linear"
        options.align = options.strike[0] if one and can_align(market, options.strike[0]) else None


def _progress() -> bool:
    return sys.stderr.isatty() and find_spec("tqdm") is not None


def _model(target: Any, options: argparse.Namespace) -> Any:
    """The loader."""
    from qiskit_ssqw import QuantumWalkUncertaintyModel

    return QuantumWalkUncertaintyModel(
        target, tolerance=options.tolerance, seed=options.seed, progress=_progress()
    )


def _price(payoff: Any, model: Any, options: argparse.Namespace) -> Any:
    from qiskit_ssqw import finance

    return finance.price(
        payoff,
        model,
        absolute_accuracy=options.absolute_accuracy,
        encoding=options.encoding,
        **_run_options(options),
    )


def _resources(model: Any, result: Any, options: argparse.Namespace) -> Any:
    """What the same estimation takes on a fault-tolerant machine."""
    from qiskit_ssqw import finance
    from qiskit_ssqw.finance.aim import statistical_error
    from qiskit_ssqw.finance.amplitudes import application_within
    from qiskit_ssqw.finance.loader import as_loader
    from qiskit_ssqw.finance.views import view_of

    if not result.num_problems:
        return None
    allowed = result.allowed_error
    view = view_of(result.payoff, as_loader(model))
    application = application_within(result.payoff, view, options.encoding, None, allowed)
    known = result.bias_bound.total + result.reference_error
    low, high = application.payoff_range
    error = statistical_error((low, high), known, allowed, options.epsilon)
    return finance.resources(
        application,
        min(error / (high - low), _LARGEST_EPSILON),
        alpha=options.alpha,
        estimator=options.estimator,
    )


def _risk(loss: Any, model: Any, options: argparse.Namespace) -> Any:
    from qiskit_ssqw import finance

    return finance.expected_shortfall(loss, model, level=options.level, **_run_options(options))


def _run_options(options: argparse.Namespace) -> dict[str, Any]:
    names = ("accuracy", "alpha", "epsilon", "estimator", "max_seconds", "seed")
    return {**{name: getattr(options, name) for name in names}, "progress": _progress()}


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
