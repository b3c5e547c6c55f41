"""A payoff and a model of a newcomer take the three files that the how-to pages name."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import qiskit_ssqw
from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import (
    Asian,
    Basket,
    Call,
    OptionPricing,
    Payoff,
    Put,
    RegisterModel,
    VarianceGamma,
    price,
)
from qiskit_ssqw.finance.registers import Price, TableSum

STRANGLE = '''

class Strangle(_OfStrikes):
    """A put at the lower strike and a call at the upper."""

    def __init__(self, lower: float, upper: float) -> None:
        super().__init__(_ascending(lower, upper), [-1, 0, 1], [0, 0, 0])
'''
FASTER = '''
from dataclasses import dataclass

from qiskit_ssqw.markets.variance_gamma import VarianceGamma


@dataclass(frozen=True)
class Faster(VarianceGamma):
    """Variance gamma prices on a clock of another pace."""

    pace: float = 1.0

    def at(self, maturity):
        return super().at(self.pace * maturity)
'''


def append(file, text, *, after=None):
    old = file.read_text(encoding="utf-8")
    head, mark, tail = old.partition(after) if after else (old, "", "")
    assert mark == (after or "")
    file.write_text(head + mark + text + tail, encoding="utf-8")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The command line of a copy of the package with a payoff and a model more."""
    folder = tmp_path_factory.mktemp("copy")
    package = folder / "qiskit_ssqw"
    unneeded = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(qiskit_ssqw.__file__).parent, package, ignore=unneeded)
    payoffs = package / "finance" / "payoffs"
    append(payoffs / "vanilla.py", STRANGLE)
    line = "    from qiskit_ssqw.finance.payoffs.vanilla import Strangle as Strangle\n"
    append(payoffs / "__init__.py", line, after="if TYPE_CHECKING:\n")
    (package / "markets" / "faster.py").write_text(FASTER, encoding="utf-8")
    line = "    from qiskit_ssqw.markets.faster import Faster as Faster\n"
    append(package / "finance" / "__init__.py", line, after="if TYPE_CHECKING:\n")
    line = '    "faster": ("Faster", ("volatility", "drift", "variance_rate", "pace")),\n'
    append(package / "cli" / "models.py", line, after="MODELS = {\n")

    def command(*words):
        code = "import sys; from qiskit_ssqw.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def test_the_command_line_has_both(run):
    market = ["--spot", "100", "--maturity", "0.5", "--model", "faster", "--volatility", "0.2"]
    parameters = ["--set", "drift=-0.1", "variance_rate=0.3", "pace=2"]
    words = ["--payoff", "strangle", "--strike", "95", "110", "--qubits", "2", "--json"]
    told = json.loads(run("price", *market, *parameters, *words, "--accuracy", "0.3"))
    prices = VarianceGamma(100, 0.05, 0.2, -0.1, 0.3).at(1.0)
    assert told["payoff"] == "strangle 95, 110"
    assert told["reference"]["value"] == pytest.approx(prices.expectation(Put(95) + Call(110)))
    assert told["market"]["pace"] == 2


def test_the_help_names_both(run):
    text = " ".join(run("price", "--help").split())
    assert "strangle" in text.partition("what the option pays")[2]
    assert "faster: drift, variance_rate, pace" in text


@dataclass(frozen=True)
class Power(Payoff):
    """Pays a power of the price, or of the sum of several."""

    exponent: float
    number: int = 1

    @property
    def name(self):
        return f"power {self.exponent:g}"

    @property
    def num_values(self):
        return self.number

    def pay(self, values):
        return (values if values.ndim == 1 else values.sum(axis=1)) ** self.exponent


class TestPayoff:
    """A class with a name and what it pays is priced, added up, and worn by others."""

    @pytest.mark.parametrize("exponent", [0.5, 2.0, 3.0])
    @pytest.mark.parametrize("size", [1, 3])
    def test_of_one_price(self, size, exponent):
        model = QuantumWalkUncertaintyModel.from_black_scholes(size, 2.0, 0.4, 0.05, 0.5, seed=1)
        found = price(Power(exponent), model, accuracy=0.05, seed=1)
        low, high = found.confidence_interval
        assert low <= found.loaded_value <= high
        assert found.exact_value == pytest.approx(model.values**exponent @ model.probabilities)
        mean = 2.0**exponent * np.exp(0.5 * exponent * (0.05 + (exponent - 1) * 0.08))
        assert found.exact_value == pytest.approx(mean, rel=0.1)

    def test_inside_others(self):
        model = QuantumWalkUncertaintyModel.from_black_scholes(
            [2, 2], [2.0, 1.0], 0.4, 0.05, 0.5, seed=1
        )
        by_hand = (model.values @ [0.5, 0.5]) ** 2 @ model.probabilities
        basket = OptionPricing(Basket((0.5, 0.5), Power(2.0)), model)
        assert basket.exact_value == pytest.approx(by_hand)
        both = OptionPricing(Power(2.0, number=2) - 4 * Basket((0.5, 0.5), Power(2.0)) + 1, model)
        assert both.exact_value == pytest.approx(1)
        assert Asian(Power(2.0))([[1.0, 3.0]]) == pytest.approx([4.0])


class Foreign(RegisterModel):
    """A share in another currency, whose price is a product."""

    def __init__(self, share, currency):
        logs = {(0,): np.log(share.values), (1,): np.log(currency.values)}
        parts = [("share", share), ("currency", currency)]
        super().__init__(parts, [Price(TableSum(logs), is_log=True)])


class TestModel:
    @pytest.mark.parametrize("sizes", [(1, 2), (3, 2), (2, 3)])
    @pytest.mark.parametrize(
        "payoff", [Call(1.9), Put(2.1), Power(2.0)], ids=lambda each: each.name
    )
    def test_of_registers(self, sizes, payoff):
        share, currency = (
            QuantumWalkUncertaintyModel.from_black_scholes(
                size, spot, volatility, 0.05, 1.0, seed=1
            )
            for size, spot, volatility in zip(sizes, (4.0, 0.5), (0.4, 0.2), strict=True)
        )
        found = price(payoff, Foreign(share, currency), accuracy=0.1, seed=1)
        paid = payoff(np.outer(share.values, currency.values).ravel())
        by_hand = paid.reshape(2 ** sizes[0], -1)
        expected = share.probabilities @ by_hand @ currency.probabilities
        assert found.exact_value == pytest.approx(expected)
        low, high = found.confidence_interval
        assert low <= found.loaded_value <= high
