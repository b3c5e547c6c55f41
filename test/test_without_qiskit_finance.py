"""qiskit-finance is neither needed nor imported, and knows our application once it is there."""

import copy
import pickle
import subprocess
import sys

import pytest

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import Call, OptionPricing

# Nothing else that this package requires brings these.
BROUGHT = (
    "qiskit_finance",
    "qiskit_optimization",
    "bs4",
    "curl_cffi",
    "docplex",
    "fastdtw",
    "lxml",
    "nasdaqdatalink",
    "networkx",
    "pandas",
    "requests",
    "urllib3",
    "yfinance",
)

WITHOUT = f"""
import importlib.util, pkgutil, sys

sys.modules.update(dict.fromkeys({BROUGHT}))  # each import of these now raises an ImportError

import qiskit_ssqw
from qiskit_ssqw.cli import main

for module in pkgutil.walk_packages(qiskit_ssqw.__path__, "qiskit_ssqw."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)

model = qiskit_ssqw.QuantumWalkUncertaintyModel.lognormal(3, 0.69, 0.0175, (1.21, 2.81), seed=1)
application = qiskit_ssqw.finance.OptionPricing(qiskit_ssqw.finance.Call(1.9), model)
assert isinstance(application, qiskit_ssqw.finance.OptionPricing)
assert application.to_estimation_problem().grover_operator.num_qubits == 4
main(["price", "--qubits", "3", "--seed", "1", "--accuracy", "0.05"])

for name in {BROUGHT}:
    del sys.modules[name]
if importlib.util.find_spec("qiskit_finance"):
    from qiskit_finance.applications.estimation import EstimationApplication

    assert isinstance(application, EstimationApplication)
"""


@pytest.fixture(scope="module")
def application():
    model = QuantumWalkUncertaintyModel.lognormal(2, 0.69, 0.0175, (1.21, 2.81), seed=1)
    return OptionPricing(Call(1.9), model)


def test_all_modules_and_a_price_do_without_it():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", WITHOUT], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Black-Scholes" in done.stdout


def test_an_application_is_one_of_qiskit_finance(application):
    theirs = pytest.importorskip("qiskit_finance.applications.estimation").EstimationApplication
    assert isinstance(application, theirs)
    assert issubclass(OptionPricing, theirs)
    assert theirs.__abstractmethods__ <= set(dir(application))
    assert not isinstance(application.payoff, theirs)


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_the_class_is_the_class(application, copied):
    twin = copied(application)
    assert type(twin) is twin.__class__ is OptionPricing
    assert isinstance(twin, OptionPricing)
    assert twin.exact_value == application.exact_value
