"""What a newcomer adds to a copy of the package takes the three files that the how-to pages name.

A payoff, a model, a kind of walk, an estimator and a synthesis: the last three are what the pages
show. ``pytest -m deep test/test_newcomers.py`` lets the tests of the package look at them, too.
"""

import json
import os
import re
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
    """Variance gamma prices on a clock of another pace.

    Examples:
        >>> model = Faster(100, 0.03, 0.2, -0.1, 0.3, pace=1.5)
    """

    pace: float = 1.0

    def at(self, maturity):
        return super().at(self.pace * maturity)
'''


STAR = '''"""A lattice walk whose coin is in the middle of a star."""

from qiskit_ssqw.synthesis.parity_tree import synth_lattice_tree


def synth_lattice_star(walk, parameters=None, *, prepare=True):
    """Each position qubit is next to the coin."""
    coin = walk.num_position_qubits
    return synth_lattice_tree(walk, parameters, parents=[coin] * coin, prepare=prepare)
'''
USE = """
import numpy as np
from qiskit import transpile
from qiskit.circuit import Gate
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap
from qiskit.transpiler.passes import HLSConfig
from qiskit_ssqw import SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit import MarkovWalkGate, WalkGate
from qiskit_ssqw.walks import MarkovWalk, Walk

walk = MarkovWalk(3, [0.3, 0.5, 0.7, 1.1, 1.3])
assert Walk.from_dict(walk.to_dict()) == walk
circuit = SSQWDistribution(walk)
(step,) = circuit.data
assert WalkGate.from_operation(Gate(step.name, 3, step.params)) == MarkovWalkGate(walk)
np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), atol=1e-12)

lattice = SSQWDistribution(SplitStepWalk(3, [[0.3, 0.5], [0.7, 1.1]]))
star = CouplingMap([(leaf, 0) for leaf in (1, 2, 3)])
made = transpile(
    lattice, basis_gates=["cx", "u"], hls_config=HLSConfig(ssqw_walk=["star"]), coupling_map=star,
    initial_layout=[1, 2, 3, 0], seed_transpiler=1,
)
assert Operator.from_circuit(made).equiv(lattice)
"""
"""What users of the copy do with its new walk and synthesis."""

TESTS = {
    "test/core/test_frozen.py test/core/test_layers.py": (),
    "test/test_walk_kinds.py": ("-k", "of_this_package or inherits or all_kinds"),
    "test/properties": ("-k", "Markov or Faster or strategy"),
    "test/fuzz/test_fuzz.py": ("-k", "valid"),
    "test/test_autotester.py": ("-k", "everything or Markov or Strangle or star or direct"),
    "test/test_package.py": ("-k", "public_name or payoffs"),
    "test/test_synthesis_plugins.py": ("-k", "EntryPoints"),
    "test/test_estimators.py": ("-k", "agree_on or all_words"),
    "test/test_cli.py": ("-k", "table_of_models or help"),
}
"""Tests of the package that look at all there is, and which of them."""

ROOT = Path(__file__).parents[1]
TYPES = "if TYPE_CHECKING:\n"


def blocks(page):
    """The code that a how-to page shows, one block after the other."""
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    found = re.findall(r"^( *)```python\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    return [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in found]


def without(text, *parts):
    for part in parts:
        assert text.count(part) == 1
        text = text.replace(part, "")
    return text


def walk():
    markov, _, gate, entry = blocks("write-a-walk")[:4]
    entry = entry.replace("MarkovWalkGate", '"qiskit_ssqw.circuit.walk_gates:MarkovWalkGate"')
    return [
        ("walks/markov.py", "", markov + entry),
        (
            "walks/__init__.py",
            TYPES,
            "    from qiskit_ssqw.walks.markov import MarkovWalk as MarkovWalk\n",
        ),
        ("circuit/walk_gates.py", "", f"from qiskit_ssqw.walks.markov import MarkovWalk\n{gate}"),
    ]


def estimator():
    made, known = blocks("write-an-estimator")[:2]
    known = without(known, ", register", "register(Direct())\n")
    home = "finance/estimation"
    imported = "from qiskit_ssqw.finance.estimation.methods.direct import Direct\n"
    return [
        (f"{home}/methods/direct.py", "", made + known),
        (f"{home}/registry.py", "methods.rae import Robust\n", imported),
        (f"{home}/registry.py", "for method in (", "Direct(), "),
        ("cli/arguments.py", "ESTIMATORS = (", '"direct", '),
    ]


def synthesis():
    *_, plugin = blocks("write-a-synthesis")
    entry = '"ssqw_walk.star" = "qiskit_ssqw.transpiler.plugins:StarSynthesis"\n'
    return [
        ("synthesis/star.py", "", STAR),
        ("transpiler/plugins.py", "", f"\n\n{plugin}"),
        ("../pyproject.toml", '[project.entry-points."qiskit.synthesis"]\n', entry),
    ]


def payoff():
    line = "    from qiskit_ssqw.finance.payoffs.vanilla import Strangle as Strangle\n"
    return [
        ("finance/payoffs/vanilla.py", "", STRANGLE),
        ("finance/payoffs/__init__.py", TYPES, line),
        ("../docs/how-to/price-options.md", "`DigitalPut`, ", "`Strangle`, "),
    ]


def model():
    line = "    from qiskit_ssqw.markets.faster import Faster as Faster\n"
    known = '    "faster": ("Faster", ("volatility", "drift", "variance_rate", "pace")),\n'
    return [
        ("markets/faster.py", "", FASTER),
        ("finance/__init__.py", TYPES, line),
        ("cli/models.py", "MODELS = {\n", known),
    ]


NEWCOMERS = {each.__name__: each for each in (payoff, model, walk, estimator, synthesis)}


def insert(file, mark, text):
    """Insert a text after a mark, or at the end of a file that may be new."""
    old = file.read_text(encoding="utf-8") if file.exists() else ""
    head, found, tail = old.partition(mark) if mark else (old, "", "")
    assert found == mark
    file.write_text(head + mark + text + tail, encoding="utf-8")


def publish(folder):
    """Say which plugins there are, as an installation from ``pyproject.toml`` would."""
    tomllib = pytest.importorskip("tomllib")  # Python 3.11
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"qiskit_ssqw-{qiskit_ssqw.__version__}.dist-info"
    info.mkdir()
    head = f"Metadata-Version: 2.1\nName: qiskit-ssqw\nVersion: {qiskit_ssqw.__version__}\n"
    (info / "METADATA").write_text(head, encoding="utf-8")
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {place}" for name, place in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """Python in a copy of the package and its tests, with all newcomers."""
    folder = tmp_path_factory.mktemp("copy")
    unneeded = shutil.ignore_patterns("__pycache__", "_build", ".*")
    package = folder / "qiskit_ssqw"
    shutil.copytree(Path(qiskit_ssqw.__file__).parent, package, ignore=unneeded)
    for name in ("docs", "test"):
        shutil.copytree(ROOT / name, folder / name, ignore=unneeded)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for files in NEWCOMERS.values():
        for name, mark, text in files():
            insert(package / name, mark, text)
    publish(folder)

    def run(*words, code=None):
        done = subprocess.run(
            [sys.executable, *(words if code is None else ("-c", code, *words))],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="module")
def run(python):
    """The command line of the copy."""
    code = "import sys; from qiskit_ssqw.cli import main; main()"
    return lambda *words: python(*words, code=code)


@pytest.mark.parametrize("newcomer", NEWCOMERS)
def test_it_takes_at_most_three_files(newcomer):
    assert len({name for name, _, _ in NEWCOMERS[newcomer]()}) <= 3


def test_the_command_line_has_payoff_model_and_estimator(run):
    market = ["--spot", "100", "--maturity", "0.5", "--model", "faster", "--volatility", "0.2"]
    parameters = ["--set", "drift=-0.1", "variance_rate=0.3", "pace=2"]
    words = ["--payoff", "strangle", "--strike", "95", "110", "--qubits", "2", "--json"]
    asked = ["--accuracy", "0.3", "--estimator", "direct"]
    told = json.loads(run("price", *market, *parameters, *words, *asked))
    prices = VarianceGamma(100, 0.05, 0.2, -0.1, 0.3).at(1.0)
    assert told["payoff"] == "strangle 95, 110"
    assert told["reference"]["value"] == pytest.approx(prices.expectation(Put(95) + Call(110)))
    assert told["market"]["pace"] == 2
    assert told["estimator"] == "direct"


def test_the_help_names_all_three(run):
    text = " ".join(run("price", "--help").split())
    assert "strangle" in text.partition("what the option pays")[2]
    assert "faster: drift, variance_rate, pace" in text
    assert re.search(r"--estimator {direct,", text)


def test_the_transpiler_has_walk_and_synthesis(python):
    """The gate, read back from its name and parameters, and the circuit on a star."""
    python(code=USE)


@pytest.mark.deep
@pytest.mark.parametrize("tests", TESTS)
def test_the_tests_of_the_package_see_them(python, tests):
    python("-m", "pytest", "-q", "-x", *tests.split(), *TESTS[tests])


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
