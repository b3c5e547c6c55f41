"""The options of the command line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from qiskit_ssqw import __version__
from qiskit_ssqw.cli.models import MODELS, all_parameters
from qiskit_ssqw.cli.payoffs import PAYOFFS

ENCODINGS = ("auto", "exact", "fourier")
ESTIMATORS = ("bayes", "rae", "iae", "mlae", "fae", "ae")
OF_PRICES = (*ESTIMATORS, "sampling")

MOST_QUBITS = 12
"""The fit and the payoff circuit take many minutes beyond."""

_SHORT_OR_SCIENTIFIC = re.compile(r"-(\d+\.|(\d+\.?\d*|\.\d+)e[+-]?\d+)", re.IGNORECASE)


def plain_numbers(words: Sequence[str]) -> list[str]:
    """Write negative numbers in the only way that argparse takes for a number: -0.005 for -5e-3."""
    return [
        format(Decimal(repr(float(word))), "f") if _SHORT_OR_SCIENTIFIC.fullmatch(word) else word
        for word in words
    ]


class _Parser(argparse.ArgumentParser):
    """A parser whose errors take one line each, whatever words they quote."""

    def error(self, message: str) -> NoReturn:
        super().error(" ".join(message.split()))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(
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
            "qiskit-finance's tutorial."
        ),
    )
    _add_payoff(price, "call", "what the option pays", tuple(PAYOFFS))
    _add_common(price, OF_PRICES)
    _add_accuracy(price, 0.01, "price")
    _add_of_prices(price)
    risk = commands.add_parser(
        "risk",
        help="value at risk and expected shortfall of a position",
        description=(
            "Value at risk and expected shortfall at maturity, undiscounted: of a share that is "
            "held, or of an option that was sold, whose payoff is lost."
        ),
    )
    _add_payoff(risk, "share", "what was sold, or share for one that is held", ("share", *PAYOFFS))
    risk.add_argument(
        "--level",
        type=float,
        default=0.95,
        metavar="PROBABILITY",
        help="probability with which the loss is not exceeded (0.95)",
    )
    _add_common(risk, ESTIMATORS)
    _add_accuracy(risk, None, "shortfall, or of its distance from the mean loss")
    return parser


def _add_payoff(command: Any, default: str, what: str, words: Sequence[str]) -> None:
    command.add_argument(
        "--payoff",
        choices=words,
        default=default,
        metavar="NAME",
        help=f"{what}: {', '.join(words)} ({default})",
    )
    command.add_argument(
        "--strike",
        type=float,
        nargs="+",
        metavar="PRICE",
        help="strike, or strikes, ascending; needs --spot or --csv (1.896; else at the money)",
    )


def _add_common(command: Any, estimators: Sequence[str]) -> None:
    """What every command has: a market, a grid and a run."""
    _add_market(command.add_argument_group("market"))
    _add_history(
        command.add_argument_group(
            "price history",
            "Spot and volatility from a file, unless they are given. The order of its dates, its "
            "frequency, the separator and the form of numbers and dates are found out.",
        )
    )
    _add_grid(command.add_argument_group("grid and loader"))
    _add_run(command.add_argument_group("run"), estimators)


def _add_market(market: Any) -> None:
    market.add_argument("--spot", type=float, metavar="PRICE", help="price today (2.0)")
    market.add_argument(
        "--model",
        choices=tuple(MODELS),
        default="black-scholes",
        metavar="NAME",
        help=f"how prices move: {', '.join(MODELS)} (black-scholes)",
    )
    market.add_argument(
        "--set",
        type=_assignment,
        nargs="+",
        metavar="NAME=NUMBER",
        help=f"parameters of the model, a year where they are rates ({all_parameters()})",
    )
    market.add_argument(
        "--volatility",
        type=float,
        metavar="V",
        help="annual volatility, 0.2 being 20 %%; of bachelier in units of the price (0.4)",
    )
    market.add_argument(
        "--rate",
        type=float,
        metavar="R",
        help="annual risk-free rate, continuously compounded, 0.03 being 3 %% (0.05)",
    )
    market.add_argument(
        "--dividend",
        type=float,
        default=0.0,
        metavar="Q",
        help="annual dividend yield, continuously paid, 0.02 being 2 %% (0)",
    )
    market.add_argument(
        "--maturity",
        type=_years,
        metavar="YEARS",
        help="time to maturity in years, also as a fraction (40/365)",
    )


def _add_history(history: Any) -> None:
    history.add_argument("--csv", metavar="FILE", help="the file")
    history.add_argument(
        "--column", metavar="NAME", help="column of the prices, in any case (Close)"
    )
    history.add_argument(
        "--window", type=int, metavar="N", help="latest returns that give the volatility (252)"
    )
    history.add_argument(
        "--periods-per-year",
        type=float,
        metavar="N",
        help="returns in a year (252 of daily, 52 of weekly, 12 of monthly dates, ...)",
    )
    history.add_argument(
        "--decimal",
        choices=(".", ","),
        metavar="MARK",
        help="decimal mark, . or , where the numbers do not tell",
    )
    history.add_argument(
        "--day-first",
        action=argparse.BooleanOptionalAction,
        help="whether dates begin with the day, where they do not tell",
    )


def _add_grid(grid: Any) -> None:
    grid.add_argument(
        "--qubits",
        type=int,
        default=5,
        metavar="N",
        help=f"qubits of the grid, which has 2**N prices; at most {MOST_QUBITS} (5)",
    )
    grid.add_argument(
        "--grid",
        choices=("log", "quantile", "linear"),
        help="cells equally wide in the log-price, equally probable cells, or equidistant prices "
        "as in qiskit-finance (log; linear with --rule or --num-std)",
    )
    grid.add_argument(
        "--tail-mass",
        type=float,
        metavar="P",
        help="probability at each end of the grid, which sets its bounds (by --qubits)",
    )
    grid.add_argument(
        "--rule",
        choices=("pdf", "cell"),
        help="probabilities on a linear grid: density at the price, or of its cell (cell)",
    )
    grid.add_argument(
        "--num-std",
        type=float,
        metavar="N",
        help="half width of a linear grid, in standard deviations of the price (by --tail-mass)",
    )
    grid.add_argument(
        "--align",
        type=_price_or_word,
        default="strike",
        metavar="PRICE",
        help="put an edge between two cells at this price, at the strike (strike) if there is but "
        "one and the grid is log, or nowhere on purpose (none)",
    )
    grid.add_argument(
        "--tolerance",
        type=float,
        default=1e-3,
        metavar="TV",
        help="total variation distance that the loader may be off, between 0 and 1 (0.001)",
    )


def _add_run(run: Any, estimators: Sequence[str]) -> None:
    sampling = (
        "; or sampling: the payoff of prices that are measured" if "sampling" in estimators else ""
    )
    run.add_argument(
        "--estimator",
        choices=estimators,
        default="bayes",
        help="amplitude estimation: Bayesian, robust, iterative, maximum likelihood, faster, "
        f"canonical; the last two take far more oracle calls{sampling} (bayes)",
    )
    run.add_argument(
        "--alpha",
        type=float,
        default=0.01,
        metavar="PROBABILITY",
        help="probability that the interval misses (0.01)",
    )
    run.add_argument(
        "--epsilon",
        type=float,
        metavar="FRACTION",
        help="statistical error, as a fraction of the payoff's range on the grid (what --accuracy "
        "leaves)",
    )
    run.add_argument(
        "--max-seconds",
        type=float,
        default=600,
        metavar="N",
        help="longest time that the estimation may take, by an estimate beforehand (600)",
    )
    run.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed of fit and measurements (0)"
    )
    run.add_argument("--json", action="store_true", help="print JSON instead of the table")


def _add_of_prices(command: Any) -> None:
    command.add_argument(
        "--absolute-accuracy",
        type=float,
        metavar="AMOUNT",
        help="the same in units of the price, for prices near 0; the larger of the two counts",
    )
    command.add_argument(
        "--encoding",
        choices=ENCODINGS,
        default="auto",
        metavar="NAME",
        help=f"payoff circuit: {', '.join(ENCODINGS)} (auto)",
    )
    command.add_argument(
        "--resources",
        action="store_true",
        help="print, too, what the estimation takes on a fault-tolerant machine",
    )
    command.add_argument("--plot", metavar="FILE", help="draw target, walk and payoff into a file")


def _add_accuracy(command: Any, default: float | None, of_what: str) -> None:
    command.add_argument(
        "--accuracy",
        type=float,
        default=default,
        metavar="FRACTION",
        help=f"error asked for, bias included, as a fraction of the {of_what} (0.01)",
    )


def _assignment(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name, float(number)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no NAME=NUMBER: {text!r}") from None


def _price_or_word(text: str) -> float | str:
    if text in ("strike", "none"):
        return text
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"no price, strike or none: {text!r}") from None


def _years(text: str) -> float:
    numerator, _, denominator = text.partition("/")
    try:
        return float(numerator) / float(denominator or 1)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"not a number of years: {text!r}") from None
