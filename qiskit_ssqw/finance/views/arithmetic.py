"""A payoff that takes arithmetic on a model of independent registers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import cast

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.arithmetic import Form, encode_forms
from qiskit_ssqw.finance.arithmetic.base import ArithmeticEncoding
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader, RegisterLaws
from qiskit_ssqw.finance.payoffs import Payoff
from qiskit_ssqw.finance.registers import Law
from qiskit_ssqw.finance.views.base import RegisterView

_SAMPLES = 2**14
"""Whose variance is taken."""

_STANDARD_ERRORS = 3


class ArithmeticView(RegisterView):
    """A payoff on running sums, flags and ranks, whose expectation is a dynamic programme.

    Args:
        payoff: The payoff.
        forms: The computations that add up to it.
        cash: What is paid besides.
        loader: The model.
        model: Its registers and laws.

    Raises:
        ValueError: Some registers depend on each other.
    """

    def __init__(
        self,
        payoff: Payoff,
        forms: Sequence[Form],
        cash: float,
        loader: Loader,
        model: RegisterLaws,
    ) -> None:
        self._payoff, self._forms, self._cash = payoff, forms, cash
        self.loader, self._model = loader, model
        self._target = _separate(model.target, len(model.registers), payoff)
        self._loaded = _separate(model.loaded, len(model.registers), payoff)

    @property
    def circuit_share(self) -> float:  # type: ignore[override]
        return 1.0 if all(form.errors_cancel for form in self._forms) else 0.1

    @property
    def description(self) -> str:
        return " and ".join(form.description for form in self._forms)

    @cached_property
    def payoff_range(self) -> tuple[float, float]:
        low, high = np.sum([form.payoff_range for form in self._forms], axis=0) + self._cash
        return float(low), float(high)

    @cached_property
    def target_value(self) -> float:
        return self._cash + sum(form.mean(self._target) for form in self._forms)

    @cached_property
    def loaded_value(self) -> float:
        return self._cash + sum(form.mean(self._loaded) for form in self._forms)

    @cached_property
    def target_variance(self) -> float:
        """By sampling, to some per cent."""
        rng = np.random.default_rng(0)
        drawn = [rng.choice(len(law), _SAMPLES, p=law / law.sum()) for law in self._target]
        return float(np.var(self._payoff(self._model.prices_at(np.stack(drawn, axis=-1)))))

    @cached_property
    def numerical_error(self) -> float:
        """Three standard errors of what samples tell."""
        errors = [form.sampling_error(self._loaded) for form in self._forms]
        return _STANDARD_ERRORS * float(np.linalg.norm(errors))

    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        if encoding != "auto":
            raise ValueError(
                f'encoding "{encoding}" lists all 2**{self.loader.num_value_qubits} points: use '
                f'"auto" for the {self._payoff.name} on so many'
            )
        return encode_forms(self._forms, self._cash, self._loaded, tolerance)

    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        parts = cast("tuple[ArithmeticEncoding, ...]", encoded.parts)
        return [part.amplitude(self._loaded) for part in parts]


def _separate(law: Law, number: int, payoff: Payoff) -> list[Array]:
    """The laws of independent registers."""
    joint = [labels for _, labels in law.tensors if len(labels) > 1]
    if joint:
        raise ValueError(
            f"the {payoff.name} takes arithmetic, whose expectation is known for independent "
            f"registers only; registers {sorted(joint[0])} of {number} are loaded jointly"
        )
    return [law.marginal((place,)) for place in range(number)]
