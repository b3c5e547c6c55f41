"""Options as applications of qiskit-finance."""

from __future__ import annotations

import sys

from qiskit_ssqw.finance.payoff_estimation import PayoffEstimation

_THEIRS = "qiskit_finance.applications.estimation"


class OptionPricing(PayoffEstimation):
    """The expected payoff of an option as an amplitude estimation problem.

    It has the methods of qiskit-finance's ``EstimationApplication`` and passes for one, but does
    not need qiskit-finance.

    Unlike qiskit-finance's applications it takes any payoff, has no linearisation bias, and
    places a coin that is traced out behind the objective qubit, so lattice walks are priced
    correctly too.

    Args:
        payoff: What the option pays.
        model: A circuit that loads the distribution: a `QuantumWalkUncertaintyModel`, an
            `SSQWDistribution` (whose own distribution is then the target), one of
            qiskit-finance's distributions, or any circuit with attributes ``values`` and
            ``probabilities``. A model before the payoff is taken, too, with a
            ``DeprecationWarning``.
        values: Grid points of a model that does not know them, shape ``(2**n,)`` or
            ``(2**n, d)``.
        encoding: The payoff circuit. ``"exact"``: a multiplexed rotation, no ancilla, at most
            ``2**n`` CX. ``"comparator"``: comparisons of the index with constants, for payoffs of
            two values, ``6 n`` CX each and ``n - 2`` ancillas. ``"fourier"``: one estimation
            problem per harmonic of a Fourier series, ``2 n`` CX each (Herbert, arXiv:2105.09100).
            ``"auto"``: whichever takes the fewest CX for the same statistical error and meets the
            tolerance.
        payoff_tolerance: Mean error of the payoff that its circuit may make, as a fraction of the
            payoff's range on the grid; ``"fourier"`` takes 1e-3 for 0. More tolerance, fewer
            gates; what it comes to is in ``bias_bound``.
        ancilla: Whether the Grover operator takes one clean ancilla, which makes its zero
            reflection cheaper; by default from 5 qubits of A on.

    Raises:
        TypeError: The model or payoff is something else, or the payoff does not fit the encoding.
        ValueError: The payoff takes another number of prices, or a path where there is none, a
            barrier lies outside the grid, the model's qubits do not match its values, are too
            many, measured or have free parameters, or a number is out of range.

    Examples:
        >>> from qiskit_ssqw import QuantumWalkUncertaintyModel
        >>> from qiskit_ssqw.finance import Call, OptionPricing
        >>> model = QuantumWalkUncertaintyModel.from_black_scholes(
        ...     3, 2.0, 0.4, 0.05, 40 / 365, num_std=3, rule="pdf", seed=1
        ... )
        >>> application = OptionPricing(Call(1.896), model)
        >>> round(application.exact_value, 6), application.state_preparation.num_qubits
        (0.162276, 4)
    """

    @property  # type: ignore[misc]
    def __class__(self) -> type[OptionPricing]:
        """The class, which ``isinstance`` asks for where the abstract class is not a base.

        Registered only now, since a base would have to be imported first.
        """
        theirs = sys.modules.get(_THEIRS)
        if theirs is not None:
            theirs.EstimationApplication.register(type(self))
        return type(self)
