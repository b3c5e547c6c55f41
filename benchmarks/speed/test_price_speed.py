"""A price costs little beside the simulation of its circuits, and less than qiskit-finance's."""

from __future__ import annotations

import numpy as np
from instance import BASIS, CALL, reference
from pricing import ALPHA, SHOTS, peer
from qiskit.transpiler import generate_preset_pass_manager
from qiskit_aer.primitives import SamplerV2
from qiskit_algorithms import EstimationProblem, IterativeAmplitudeEstimation

from qiskit_ssqw import QuantumWalkUncertaintyModel
from qiskit_ssqw.finance import OptionPricing, price


def estimate(problem: EstimationProblem, epsilon: float) -> None:
    """Iterative amplitude estimation as `price` runs it."""
    IterativeAmplitudeEstimation(
        epsilon,
        ALPHA,
        sampler=SamplerV2(default_shots=SHOTS),
        transpiler=generate_preset_pass_manager(1, basis_gates=BASIS),
    ).estimate(problem)


def test_price_against_its_estimation(check_ratio):
    model = QuantumWalkUncertaintyModel(reference(5), tolerance=1e-3, seed=1)
    application = OptionPricing(CALL, model, payoff_tolerance=1e-3)
    (problem,) = application.to_estimation_problems()
    (epsilon,) = application.amplitude_errors(0.01 * np.ptp(application.payoff_range))
    check_ratio(
        "call, n = 5: price / its amplitude estimation alone",
        lambda: price(CALL, model, epsilon=0.01, seed=1),
        lambda: estimate(problem, epsilon),
        bound=2.5,
        rounds=3,
    )


def test_price_against_qiskit_finance(check_ratio):
    model = QuantumWalkUncertaintyModel(reference(3), tolerance=1e-3, seed=1)
    application, width = peer(3, 0.25), 0.03 * np.ptp(OptionPricing(CALL, model).payoff_range)

    def price_of_peer() -> None:
        problem = application.to_estimation_problem()
        slope = problem.post_processing(1) - problem.post_processing(0)
        estimate(problem, width / slope)

    check_ratio(
        "call, n = 3, same half width: price / qiskit-finance",
        lambda: price(CALL, model, epsilon=0.03, seed=1),
        price_of_peer,
        bound=0.8,
        rounds=3,
    )
