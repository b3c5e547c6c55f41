"""One example of each walk, synthesis, payoff, encoding and estimator that the package has.

All are of the smallest size: two qubits of values. Names of encodings, estimators and syntheses are
read off the package's lists and Qiskit's, so a new one takes part by itself. So does a new kind of
walk or payoff whose docstring makes one; another needs an entry here, and `test_autotester.py`
fails until it has one.
"""

import inspect
from dataclasses import dataclass
from itertools import product
from typing import Any, get_args

import numpy as np
from own_examples import own_examples, strikes_of
from qiskit.transpiler.passes.synthesis.plugin import HighLevelSynthesisPluginManager

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, SSQWDistribution, finance
from qiskit_ssqw.finance import (
    Asian,
    Autocallable,
    Barrier,
    Basket,
    BearSpread,
    BestOf,
    Breaches,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    DigitalPut,
    FunctionPayoff,
    GeometricBasket,
    Last,
    Market,
    Payoff,
    PiecewiseLinear,
    Portfolio,
    PresentValue,
    Put,
    Spread,
    Straddle,
    WorstOf,
    delta,
    gamma,
    rho,
    theta,
    vega,
)
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.estimation.registry import names
from qiskit_ssqw.finance.payoffs import vanilla
from qiskit_ssqw.walks import TorusWalk, TreeWalk, Walk, walk_kinds

WALKS = {
    "multiscale": MultiscaleWalk(2, [(1, 0)], [[0.4, 0.9]], initial_angles=[1.3, 0.8]),
    "tree": TreeWalk.from_probabilities([0.1, 0.4, 0.3, 0.2]),
    "lattice, coin traced out": SplitStepWalk(
        2, [[[1.2, 0.3, 0.4], [0.9, 0.2, 0.7]]], start=1, initial_coin=[0.8, 0.5, 0.1]
    ),
    "lattice, coin absorbed": SplitStepWalk(1, [[0.9, 1.7]], start=1, coin="absorbed"),
    "torus": TorusWalk((1, 1), np.linspace(0.2, 1.9, 18).reshape(1, 2, 9)),
}

ONE = np.array([80.0, 95.0, 110.0, 125.0])
"""Grid points of one price, equidistant."""
TWO = np.array(list(product([85.0, 118.0], [90.0, 115.0])))
"""Points of two prices: of two assets, or of one at two times."""
MARKET = Market(100, 0.3, 0.02, 0.5)


@dataclass(frozen=True)
class PayoffExample:
    """A payoff, and the grid on which it is paid."""

    payoff: Payoff
    values: Any
    num_steps: int | None = None

    def model(self, walk):
        """A circuit that loads the grid with whatever the walk makes of it."""
        circuit = SSQWDistribution(walk)
        circuit.num_steps = self.num_steps
        return circuit


def of_one(payoff):
    return PayoffExample(payoff, ONE)


def of_two(payoff):
    return PayoffExample(payoff, TWO)


def of_path(payoff):
    return PayoffExample(payoff, TWO, num_steps=2)


PAYOFFS = {
    "Call": of_one(Call(101)),
    "Put": of_one(Put(101)),
    "DigitalCall": of_one(DigitalCall(101)),
    "DigitalPut": of_one(DigitalPut(101)),
    "BullSpread": of_one(BullSpread(90, 115)),
    "BearSpread": of_one(BearSpread(90, 115)),
    "Straddle": of_one(Straddle(101)),
    "Butterfly": of_one(Butterfly(85, 101, 120)),
    "PiecewiseLinear": of_one(PiecewiseLinear([90, 115], [0, 1, -1], [0, 5, 9])),
    "FunctionPayoff": of_one(FunctionPayoff(np.sqrt)),
    "Portfolio": of_two(Portfolio([(2.0, BestOf(Call(101))), (-1.0, WorstOf(Put(101)))])),
    "delta": of_one(delta(Call(101), 100.0)),
    "gamma": of_one(gamma(Call(101), MARKET)),
    "rho": of_one(rho(Call(101), MARKET)),
    "theta": of_one(theta(Call(101), MARKET)),
    "vega": of_one(vega(Call(101), MARKET)),
    "Basket": of_two(Basket([0.5, 0.5], Call(101))),
    "GeometricBasket": of_two(GeometricBasket([0.5, 0.5], Call(101))),
    "BestOf": of_two(BestOf(Call(101))),
    "WorstOf": of_two(WorstOf(Call(80))),
    "Spread": of_two(Spread(Call(2))),
    "Breaches": of_two(Breaches(Call(0), 95.0)),
    "PresentValue": PayoffExample(PresentValue([50.0, 60.0]), TWO / 1000),
    "Asian": of_path(Asian(Call(101))),
    "Last": of_path(Last(Call(101))),
    "Barrier": of_path(Barrier(Call(101), 117, "up-and-out")),
    "Autocallable": of_path(Autocallable(110, (4.0, 8.0), -1 * Put(90))),
}


def kinds_of_walks():
    """Every kind of walk that the package has."""
    return {kind for kind in Walk.__subclasses__() if kind.__module__.startswith("qiskit_ssqw.")}


def names_of_payoffs():
    """Every public class of payoffs, and function that makes one."""
    public = {name: getattr(finance, name) for name in finance.__all__}
    classes = {name for name, each in public.items() if inspect.isclass(each)}
    made = {
        name
        for name in set(public) - classes
        if inspect.signature(public[name]).return_annotation == "Payoff"
    }
    own = {name for name in classes if issubclass(public[name], Payoff)}
    return made | own - {"Payoff"}


def on_its_grid(payoff):
    """A payoff, and the grid that suits it."""
    if payoff.needs_path:
        return of_path(payoff)
    return of_one(payoff) if payoff.num_values == 1 else of_two(payoff)


def add_what_classes_bring():
    """Take part by signature, what strikes define, and by docstring."""
    known = {type(walk) for walk in WALKS.values()}
    for kind, walk in own_examples({kind.walk for kind in walk_kinds()} - known).items():
        WALKS[kind.__name__] = walk
    new = [getattr(finance, name) for name in names_of_payoffs() - set(PAYOFFS)]
    for kind in new:
        if kind.__module__ == vanilla.__name__:
            PAYOFFS[kind.__name__] = of_one(kind(**strikes_of(kind, 62.5, 140)))
    for kind, payoff in own_examples(filter(inspect.isclass, new)).items():
        PAYOFFS.setdefault(kind.__name__, on_its_grid(payoff))


add_what_classes_bring()


def syntheses(walk):
    """The names of the syntheses of a walk's gate, ``None`` being its definition."""
    (step,) = SSQWDistribution(walk).data
    return HighLevelSynthesisPluginManager().method_names(step.operation.name) or [None]


ENCODINGS = get_args(Encoding)
ESTIMATORS = ("auto", "sampling", *names())


def suits(encoding, example):
    """Whether an encoding takes a payoff; others say which ones they take."""
    payoff, values = example.payoff, example.values
    if encoding == "comparator":
        return len(np.unique(payoff(values))) == 2
    if encoding == "fourier":
        return payoff.coordinate(values) is not None
    return True
