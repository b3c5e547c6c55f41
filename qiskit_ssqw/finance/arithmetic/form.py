"""A payoff as a computation on registers, before anything is rotated."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings import EncodedPayoff, PayoffEncoding
from qiskit_ssqw.finance.registers import Register


class Form(ABC):
    """A payoff whose expectation and circuits come from a computation on registers."""

    num_value_qubits: int
    errors_cancel: bool = False
    """Whether what its circuits miss is 0 in the mean."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What tables say of where the value is summed up."""

    @property
    @abstractmethod
    def payoff_range(self) -> tuple[float, float]:
        """Lowest and highest payoff."""

    @abstractmethod
    def mean(self, laws: Sequence[Array]) -> float:
        """Expected payoff for independent registers.

        Args:
            laws: Probabilities of each register's integers, in the order of the model's registers.

        Raises:
            ValueError: The laws do not match the registers.
        """

    def sampling_error(self, laws: Sequence[Array]) -> float:
        """Standard error of `mean`, 0 where nothing is sampled."""
        return 0.0

    @abstractmethod
    def encode(self, laws: Sequence[Array] | None, tolerance: float) -> EncodedPayoff:
        """Make the payoff circuits.

        Args:
            laws: As for `mean`; needed where something is fitted to them.
            tolerance: Bound of the mean error, as a fraction of the payoff's range; 0 for exact
                circuits where there are any.

        Raises:
            ValueError: The laws do not match the registers, or are missing.
        """


def single(part: PayoffEncoding) -> EncodedPayoff:
    """One circuit as a payoff."""
    return EncodedPayoff("arithmetic", 0.0, (part,))


def checked_laws(placed: Mapping[int, Register], laws: Sequence[Array]) -> dict[int, Array]:
    """The laws of some registers, by their places and in their order.

    Raises:
        ValueError: One is missing, or has another length than its register.
    """
    if len(laws) <= max(placed):
        raise ValueError(f"laws must be {max(placed) + 1} or more, got {len(laws)}")
    chosen = {place: np.asarray(laws[place], dtype=float) for place in placed}
    for place, register in placed.items():
        if chosen[place].shape != register.values.shape:
            raise ValueError(
                f"the law of register {register.name!r} must have {len(register.values)} "
                f"probabilities, got shape {chosen[place].shape}"
            )
    return chosen
