"""Contracts of ``coverage.py``, of which each of its processes remembers its own."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
from markets import Case, draw

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import DigitalCall, DigitalPut


@cache
def contracts(count: int, qubits: int, *, digital: bool) -> list[Case]:
    """Random contracts that are not constant on the grid, each on a market of its own."""
    cases = (_digital(case) if digital else case for case in draw(4 * count, seed=2026))
    kept = (case for case in cases if np.ptp(case.payoff(model_of(case, qubits).values)) > 0)
    return list(islice(kept, count))


def _digital(case: Case) -> Case:
    """A payoff of two values, which comparators take."""
    kind = (DigitalCall, DigitalPut)[case.seed % 2]
    return replace(case, payoff=kind(case.payoff.breakpoints[0]))


def model_of(case: Case, qubits: int) -> QuantumWalkUncertaintyModel:
    """The default loader of a market."""
    return QuantumWalkUncertaintyModel.from_market(qubits, case.market, seed=case.seed)
