"""The command line: ``qiskit-ssqw price``."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from qiskit_ssqw import __version__

REFERENCE = {
    "spot": 2.0,
    "strike": 1.896,
    "volatility": 0.4,
    "rate": 0.05,
    "maturity": 40 / 365,
    "qubits": 3,
    "rule": "pdf",
    "num_std": 3.0,
}
"""The call of qiskit-finance's tutorial on European options, on the tutorial's grid."""

OWN_MARKET_GRID = {"qubits": 5, "rule": "cell", "num_std": 4.0}
"""The grid for other markets: far closer to Black-Scholes than the tutorial's."""


MOST_QUBITS = 12
"""The simulated circuit takes ``2 n + 1`` qubits, and minutes from here on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: Words after the program's name; those of the process by default.

    Returns:
        The exit code, 0.

    Raises:
        SystemExit: With code 2 on bad input, after one clear line on the standard error.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        _complete(options)
        axes = None if options.plot is None else _axes_for(options.plot)
        report = _price(options)
        if axes is not None:
            _plot(report, axes, options.plot)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        _fail(parser, error)
    if options.json:
        print(json.dumps({**report.to_dict(), "state_preparation_cx": _peer_cx(report)}, indent=2))
    else:
        print(_table(report, options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qiskit-ssqw", description="Load distributions with quantum walks and price options."
    )
    parser.add_argument("--version", action="version", version=f"qiskit-ssqw {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    price = commands.add_parser(
        "price",
        help="price a European call end to end",
        description=(
            "Price a European call: market data, quantum walk, qiskit-finance's "
            "EuropeanCallPricing, iterative amplitude estimation on a simulator. Without market "
            "options it prices the call of qiskit-finance's tutorial on the tutorial's grid."
        ),
    )
    market = price.add_argument_group("market")
    market.add_argument("--spot", type=float, help="price today (2.0)")
    market.add_argument("--strike", type=float, help="strike (1.896; other spot: at the money)")
    market.add_argument("--volatility", type=float, help="annual volatility (0.4)")
    market.add_argument("--rate", type=float, help="annual risk-free rate (0.05)")
    market.add_argument(
        "--maturity", type=_years, help="years to maturity, also as a fraction (40/365)"
    )
    market.add_argument(
        "--csv", metavar="FILE", help="price history, oldest first: spot, volatility"
    )
    market.add_argument("--column", metavar="NAME", help="column of the prices in the file (Close)")
    market.add_argument(
        "--window", type=int, metavar="N", help="latest returns that give the volatility (252)"
    )
    grid = price.add_argument_group(
        "grid and loader", "The first defaults are for the tutorial's call, the second for others."
    )
    grid.add_argument(
        "--qubits", type=int, help=f"qubits of the grid, at most {MOST_QUBITS} (3; 5)"
    )
    grid.add_argument("--rule", choices=("pdf", "cell"), help="discretisation rule (pdf; cell)")
    grid.add_argument("--num-std", type=float, help="half width of the grid in std (3; 4)")
    grid.add_argument("--tolerance", type=float, default=1e-3, help="total variation (0.001)")
    run = price.add_argument_group("run")
    run.add_argument("--epsilon", type=float, default=0.01, help="amplitude accuracy (0.01)")
    run.add_argument(
        "--rescaling", type=float, default=0.25, help="qiskit-finance's rescaling factor (0.25)"
    )
    run.add_argument("--seed", type=int, default=0, help="seed of fit and measurements (0)")
    run.add_argument("--plot", metavar="FILE", help="draw target, walk and payoff into a file")
    run.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser


def _years(text: str) -> float:
    numerator, _, denominator = text.partition("/")
    try:
        return float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"not a number of years: {text!r}") from None


def _complete(options: argparse.Namespace) -> None:
    """Fill in what was not given: from the history, or from the reference call."""
    market = ("spot", "strike", "volatility", "rate", "maturity", "csv")
    own_market = any(getattr(options, name) is not None for name in market)
    if options.csv is None:
        for name in ("column", "window"):
            if getattr(options, name) is not None:
                raise ValueError(f"--{name} describes a price history: give --csv too")
    else:
        _read_history(options)
    if options.spot is not None and options.strike is None:
        options.strike = options.spot
    for name, value in {**REFERENCE, **(OWN_MARKET_GRID if own_market else {})}.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.qubits > MOST_QUBITS:
        raise ValueError(f"--qubits must be at most {MOST_QUBITS}, got {options.qubits}")
    if not 0 <= options.seed < 2**32:
        raise ValueError(f"--seed must be at least 0 and below 2**32, got {options.seed}")


def _read_history(options: argparse.Namespace) -> None:
    from qiskit_ssqw.finance import read_prices, realised_volatility

    window = 252 if options.window is None else options.window
    if window < 2:
        raise ValueError(f"--window must be at least 2, got {window}")
    prices = read_prices(options.csv, options.column or "Close")
    if options.spot is None:
        options.spot = float(prices[-1])
    if options.volatility is None:
        options.volatility = realised_volatility(prices[-window - 1 :])


def _price(options: argparse.Namespace) -> Any:
    from qiskit_ssqw.finance import (
        EuropeanCall,
        LoaderAccuracyWarning,
        QuantumWalkUncertaintyModel,
        price_european_call,
    )

    call = EuropeanCall(
        options.spot, options.strike, options.volatility, options.rate, options.maturity
    )
    with warnings.catch_warnings():
        # qiskit-finance 0.4 is built on classes that Qiskit deprecated; its user cannot help it.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        warnings.filterwarnings("ignore", category=LoaderAccuracyWarning)  # the table tells
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            options.qubits,
            **call.market,
            num_std=options.num_std,
            rule=options.rule,
            tolerance=options.tolerance,
            seed=options.seed,
            progress=sys.stderr.isatty() and find_spec("tqdm") is not None,
        )
        return price_european_call(
            call,
            model,
            epsilon=options.epsilon,
            rescaling_factor=options.rescaling,
            seed=options.seed,
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


def _plot(report: Any, axes: Any, path: str) -> None:
    from qiskit_ssqw.visualization import plot_loaded_distribution

    call = report.call
    plot_loaded_distribution(
        report.model.fit_result,
        payoff=lambda values: np.maximum(values - call.strike, 0),
        ax=axes,
    )
    axes.figure.suptitle(f"European call, spot {call.spot:g}, strike {call.strike:g}")
    axes.figure.savefig(path, dpi=150)


def _peer_cx(report: Any) -> int | None:
    """CX of Qiskit's StatePreparation on the same target, ``None`` where it fails."""
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit.library import StatePreparation
    from qiskit.exceptions import QiskitError

    size = report.model.num_qubits
    circuit = QuantumCircuit(size)
    try:
        circuit.append(StatePreparation(np.sqrt(report.model.probabilities)), range(size))
        basis = ["cx", "rz", "sx", "x"]
        prepared = transpile(circuit, basis_gates=basis, optimization_level=3, seed_transpiler=0)
    except QiskitError:
        return None
    return int(prepared.count_ops().get("cx", 0))


def _table(report: Any, options: argparse.Namespace) -> str:
    call = report.call
    sections = [
        f"European call: spot {call.spot:g}, strike {call.strike:g}, volatility "
        f"{call.volatility:.4g}, rate {call.rate:g}, maturity {call.maturity:.4g} years",
        _price_rows(report, options.rule),
        _loader_rows(report),
        "qiskit-finance linearises the payoff, which moves the price from "
        f"{report.loaded_sum:.6g} to {report.linearised:.6g}:\n"
        "the interval is for the latter. A smaller --rescaling moves it less and needs a smaller "
        "--epsilon.\nThe grid's own error falls with more --qubits, --rule cell and --num-std 4.",
    ]
    if abs(report.grid_sum / report.black_scholes - 1) > 0.1:
        sections.append("Warning: the grid sum is off by more than 10%: this grid is too coarse.")
    if not report.model.fit_result.success:
        sections.append(f"Warning: {report.model.fit_result.message}")
    return "\n\n".join(sections)


def _price_rows(report: Any, rule: str) -> str:
    low, high = report.confidence_interval
    rows = [
        ("Black-Scholes", report.black_scholes, ""),
        (f"sum over the grid ({rule} rule)", report.grid_sum, ""),
        ("sum over the loaded walk", report.loaded_sum, ""),
        ("the same, payoff linearised", report.linearised, "qiskit-finance's payoff circuit"),
        ("quantum estimate", report.estimate, f"95% interval [{low:.6g}, {high:.6g}]"),
    ]
    lines = [f"{'expected payoff, undiscounted':<46}   against Black-Scholes"]
    for name, value, remark in rows:
        change = "" if name == "Black-Scholes" else f"{value / report.black_scholes - 1:+.2%}"
        lines.append(f"  {name:<32}{value:>12.6g}   {change:>8}   {remark}".rstrip())
    discounted = report.estimate * report.discount
    lines.append(f"  {'quantum estimate, discounted':<32}{discounted:>12.6g}")
    return "\n".join(lines)


def _loader_rows(report: Any) -> str:
    result, peer = report.model.fit_result, _peer_cx(report)
    rows = [
        ("qubits", report.model.num_qubits, ""),
        ("total variation", f"{result.total_variation:.2e}", f"tolerance {result.tolerance:g}"),
        ("CX, quantum walk", result.two_qubit_gates, "all between neighbours of a line"),
        (
            "CX, Qiskit StatePreparation",
            "fails" if peer is None else peer,
            "as it does on smooth targets from 9 qubits on" if peer is None else "all-to-all",
        ),
        ("oracle queries", report.oracle_queries, ""),
    ]
    lines = [f"  {name:<32}{value:>12}   {remark}".rstrip() for name, value, remark in rows]
    return "\n".join(["loader", *lines])


def _fail(parser: argparse.ArgumentParser, error: Exception) -> NoReturn:
    parser.exit(2, f"{parser.prog}: error: {error}\n")
