"""The command line: ``qiskit-ssqw price``."""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from qiskit_ssqw import __version__

REFERENCE = {
    "spot": 2.0,
    "strike": [1.896],
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
"""The fit and the payoff circuit take many minutes beyond."""

PAYOFFS = {
    "call": "Call",
    "put": "Put",
    "digital-call": "DigitalCall",
    "digital-put": "DigitalPut",
    "straddle": "Straddle",
    "bull-spread": "BullSpread",
    "bear-spread": "BearSpread",
    "butterfly": "Butterfly",
}
"""Names of `qiskit_ssqw.finance` by their words on the command line."""

ENCODINGS = ("auto", "exact", "fourier", "linear")
ESTIMATORS = ("iae", "mlae", "fae", "ae")


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
        model, result = _price(options)
        if axes is not None:
            _plot(model, result, axes, options.plot)
    except (ValueError, TypeError, OSError, ImportError, MemoryError) as error:
        _fail(parser, error)
    if options.json:
        print(json.dumps(_data(model, result, options), indent=2))
    else:
        print(_table(model, result, options))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="qiskit-ssqw", description="Load distributions with quantum walks and price options."
    )
    parser.add_argument("--version", action="version", version=f"qiskit-ssqw {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    price = commands.add_parser(
        "price",
        help="price a European option end to end",
        description=(
            "Price a European option: market data, quantum walk, payoff circuit, amplitude "
            "estimation on a simulator. Without market options it prices the call of "
            "qiskit-finance's tutorial on the tutorial's grid."
        ),
    )
    _add_market(price.add_argument_group("market"))
    _add_grid(
        price.add_argument_group(
            "grid and loader",
            "The first defaults are for the tutorial's call, the second for others.",
        )
    )
    _add_run(price.add_argument_group("run"))
    return parser


def _add_market(market: Any) -> None:
    market.add_argument("--spot", type=float, help="price today (2.0)")
    market.add_argument(
        "--payoff", choices=tuple(PAYOFFS), default="call", help="what the option pays (call)"
    )
    market.add_argument(
        "--strike",
        type=float,
        nargs="+",
        metavar="K",
        help="strike, or strikes, ascending (1.896; other spot: at the money)",
    )
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


def _add_grid(grid: Any) -> None:
    grid.add_argument(
        "--qubits", type=int, help=f"qubits of the grid, at most {MOST_QUBITS} (3; 5)"
    )
    grid.add_argument("--rule", choices=("pdf", "cell"), help="discretisation rule (pdf; cell)")
    grid.add_argument("--num-std", type=float, help="half width of the grid in std (3; 4)")
    grid.add_argument(
        "--align", type=float, metavar="PRICE", help="put an edge between two cells at this price"
    )
    grid.add_argument("--tolerance", type=float, default=1e-3, help="total variation (0.001)")


def _add_run(run: Any) -> None:
    run.add_argument("--encoding", choices=ENCODINGS, default="auto", help="payoff circuit (auto)")
    run.add_argument(
        "--estimator",
        choices=ESTIMATORS,
        default="iae",
        help="amplitude estimation: iterative, maximum likelihood, faster, canonical; the last two "
        "take far more oracle calls (iae)",
    )
    run.add_argument(
        "--epsilon", type=float, default=0.01, help="accuracy, of the payoff's range (0.01)"
    )
    run.add_argument("--seed", type=int, default=0, help="seed of fit and measurements (0)")
    run.add_argument("--plot", metavar="FILE", help="draw target, walk and payoff into a file")
    run.add_argument("--json", action="store_true", help="print JSON instead of the table")


def _years(text: str) -> float:
    numerator, _, denominator = text.partition("/")
    try:
        return float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"not a number of years: {text!r}") from None


def _complete(options: argparse.Namespace) -> None:
    """Fill in what was not given: from the history, or from the reference call."""
    market = ("spot", "strike", "volatility", "rate", "maturity", "csv")
    given = any(getattr(options, name) is not None for name in market)
    own_market = given or options.payoff != "call"
    if options.csv is None:
        for name in ("column", "window"):
            if getattr(options, name) is not None:
                raise ValueError(f"--{name} describes a price history: give --csv too")
    else:
        _read_history(options)
    given_strikes = options.strike
    if options.strike is None:
        if options.payoff.endswith(("spread", "butterfly")):
            raise ValueError(f"--payoff {options.payoff} needs its strikes: give --strike")
        if options.spot is not None:
            options.strike = [options.spot]
    for name, value in {**REFERENCE, **(OWN_MARKET_GRID if own_market else {})}.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    if options.qubits > MOST_QUBITS:
        raise ValueError(f"--qubits must be at most {MOST_QUBITS}, got {options.qubits}")
    for strike in given_strikes or ():
        if not strike > 0:
            raise ValueError(f"strike must be positive, got {strike:g}")
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


def _price(options: argparse.Namespace) -> tuple[Any, Any]:
    """Return the model and the result."""
    from qiskit_ssqw import finance

    payoff = _payoff(options)
    with warnings.catch_warnings():
        # qiskit-algorithms 0.4 uses classes that Qiskit deprecated; its user cannot help it.
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", category=PendingDeprecationWarning)
        # The table tells.
        warnings.filterwarnings("ignore", category=finance.LoaderAccuracyWarning)
        warnings.filterwarnings("ignore", category=finance.PriceBiasWarning)
        progress = sys.stderr.isatty() and find_spec("tqdm") is not None
        model = finance.QuantumWalkUncertaintyModel.from_black_scholes(
            options.qubits,
            options.spot,
            options.volatility,
            options.rate,
            options.maturity,
            num_std=options.num_std,
            rule=options.rule,
            align=options.align,
            tolerance=options.tolerance,
            seed=options.seed,
            progress=progress,
        )
        return model, finance.price(
            payoff,
            model,
            epsilon=options.epsilon,
            encoding=options.encoding,
            estimator=options.estimator,
            seed=options.seed,
            progress=progress,
        )


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


def _peer_cx(model: Any) -> int | None:
    """CX of Qiskit's StatePreparation on the same target, ``None`` where it fails."""
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit.library import StatePreparation
    from qiskit.exceptions import QiskitError

    size = model.num_qubits
    circuit = QuantumCircuit(size)
    try:
        circuit.append(StatePreparation(np.sqrt(model.probabilities)), range(size))
        basis = ["cx", "rz", "sx", "x"]
        prepared = transpile(circuit, basis_gates=basis, optimization_level=3, seed_transpiler=0)
    except QiskitError:
        return None
    return int(prepared.count_ops().get("cx", 0))


def _data(model: Any, result: Any, options: argparse.Namespace) -> dict[str, Any]:
    fitted = model.fit_result
    return {
        "market": asdict(model.market),
        "strikes": options.strike,
        **result.to_dict(),
        "loader": {
            "num_qubits": model.num_qubits,
            "total_variation": fitted.total_variation,
            "tolerance": fitted.tolerance,
            "success": fitted.success,
            "two_qubit_gates": fitted.two_qubit_gates,
            "seed": fitted.seed,
        },
        "state_preparation_cx": _peer_cx(model),
    }


def _table(model: Any, result: Any, options: argparse.Namespace) -> str:
    market, bound = model.market, result.bias_bound
    sections = [
        f"spot {market.spot:g}, volatility {market.volatility:.4g}, rate {market.rate:g}, "
        f"maturity {market.maturity:.4g} years; grid of {2**model.num_qubits} points, "
        f"{options.rule} rule, {options.num_std:g} std",
        str(result),
        _loader_rows(model),
        "The interval is statistical; the bias comes on top. That of the grid falls with more "
        "--qubits,\n--rule cell and --num-std 4, the loader's with a smaller --tolerance.",
    ]
    if bound.grid is not None and bound.grid > 0.1 * abs(result.reference.value):
        sections.append(
            "Warning: the grid sum is off by more than 10%: this grid is too coarse; take more "
            "--qubits."
        )
    if not model.fit_result.success:
        sections.append(f"Warning: {model.fit_result.message}")
    return "\n\n".join(sections)


def _loader_rows(model: Any) -> str:
    result, peer = model.fit_result, _peer_cx(model)
    rows = [
        ("total variation", f"{result.total_variation:.2e}", f"tolerance {result.tolerance:g}"),
        ("CX, quantum walk", result.two_qubit_gates, "all between neighbours of a line"),
        (
            "CX, Qiskit StatePreparation",
            "fails" if peer is None else peer,
            "as it does on smooth targets from 9 qubits on" if peer is None else "all-to-all",
        ),
    ]
    lines = [f"  {name:<32}{value:>14}   {remark}".rstrip() for name, value, remark in rows]
    return "\n".join(["loader", *lines])


def _fail(parser: argparse.ArgumentParser, error: Exception) -> NoReturn:
    parser.exit(2, f"{parser.prog}: error: {error}\n")
