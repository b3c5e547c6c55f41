"""What estimations take on fault-tolerant machines, beside circuits that are built and counted."""

import sys
from types import ModuleType

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator, Statevector
from qiskit_algorithms import AmplitudeEstimation
from reference import data
from scipy.special import ndtri

from qiskit_ssqw import QuantumWalkUncertaintyModel, SplitStepWalk, SSQWDistribution
from qiskit_ssqw.circuit import WalshRYGate, ZeroReflectionGate
from qiskit_ssqw.finance import (
    Basket,
    BayesianAmplitudeEstimation,
    BullSpread,
    Call,
    DigitalCall,
    FunctionPayoff,
    OptionPricing,
    PathModel,
    Put,
    resources,
)
from qiskit_ssqw.finance.fault_tolerance import circuits, synthesised, words
from qiskit_ssqw.finance.fault_tolerance.circuits import TracedProblem
from qiskit_ssqw.finance.fault_tolerance.counts import GateCounts
from qiskit_ssqw.finance.fault_tolerance.translation import Traced
from qiskit_ssqw.finance.fault_tolerance.words import Turn, Words
from qiskit_ssqw.finance.schedules import Schedule, foresee

STRIKE = 1.896
ESTIMATORS = ("bayes", "iae", "mlae", "fae", "ae")
CLIFFORD_T = {"h", "s", "sdg", "x", "y", "z", "sx", "sxdg", "cx", "cz", "swap", "t", "tdg"}
WORDS = Words(1e-3)

CASES = {
    "call": lambda: OptionPricing(Call(STRIKE), three()),
    "reduced": lambda: OptionPricing(Put(STRIKE), four(), payoff_tolerance=1e-2),
    "harmonics": lambda: OptionPricing(Call(STRIKE), three(), encoding="fourier"),
    "comparator": lambda: OptionPricing(DigitalCall(STRIKE), four(), encoding="comparator"),
    "linear": lambda: OptionPricing(BullSpread(1.8, 2.1), three(), encoding="linear"),
    "no ancilla": lambda: OptionPricing(Call(STRIKE), four(), ancilla=False),
    "path": lambda: OptionPricing(Call(STRIKE).on_last, PathModel(1, 3, 2, 0.4, 0.05, 0.1, seed=1)),
    "coin": lambda: OptionPricing(Call(3.5), lattice(), values=np.arange(8.0)),
}


def three():
    return QuantumWalkUncertaintyModel.from_black_scholes(3, **data.MARKET, seed=1)


def four():
    return QuantumWalkUncertaintyModel.from_black_scholes(4, **data.MARKET, seed=1)
