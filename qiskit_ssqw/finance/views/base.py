"""What every view of a payoff on a model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.finance.encodings import EncodedPayoff
from qiskit_ssqw.finance.encodings.choice import Encoding
from qiskit_ssqw.finance.loader import Loader, RegisterLaws


class View(ABC):
    """A payoff on a model: its expectations, and the circuits that compute it."""

    loader: Loader
    circuit_share: float = 0.1
    """Share of the error asked for that the payoff circuit may make by default, in the mean of its
    absolute value. Errors that cancel may be as large as what is asked for: the bias, which counts,
    is what is left of them."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What tables say of where the value is summed up."""

    @property
    @abstractmethod
    def payoff_range(self) -> tuple[float, float]:
        """Lowest and highest payoff."""

    @property
    @abstractmethod
    def target_value(self) -> float:
        """Expected payoff under the probabilities that should be loaded."""

    @property
    @abstractmethod
    def loaded_value(self) -> float:
        """Expected payoff under those that are."""

    @property
    @abstractmethod
    def target_variance(self) -> float:
        """Variance of the payoff under the probabilities that should be loaded."""

    @property
    def numerical_error(self) -> float:
        """How far the expected payoff may be off as it is computed here; counts as bias."""
        return 0.0

    @property
    @abstractmethod
    def underlying(self) -> float:
        """Size of the prices: the largest mean of one."""

    @property
    def largest(self) -> float:
        """Largest payoff in size."""
        return max(map(abs, self.payoff_range))

    @abstractmethod
    def encode(self, encoding: Encoding, tolerance: float) -> EncodedPayoff:
        """Make the payoff circuits.

        Args:
            encoding: The kind of circuit, or ``"auto"``.
            tolerance: Bound of the weighted mean error, as a fraction of the payoff's range.

        Raises:
            TypeError: The payoff does not fit the encoding asked for.
            ValueError: The grid does not.
        """

    @abstractmethod
    def amplitudes(self, encoded: EncodedPayoff) -> list[float]:
        """What a perfect estimation of each part's amplitude returns."""


class ListedView(View):
    """A payoff whose values are listed, with the probabilities of each."""

    _payments: Array
    _target: Array
    """Probabilities that should be loaded."""
    _loaded: Array
    """Those that are."""

    @property
    def payoff_range(self) -> tuple[float, float]:
        return float(self._payments.min()), float(self._payments.max())

    @property
    def target_value(self) -> float:
        return float(self._payments @ self._target)

    @property
    def loaded_value(self) -> float:
        return float(self._payments @ self._loaded)

    @property
    def target_variance(self) -> float:
        return float((self._payments - self.target_value) ** 2 @ self._target)


class RegisterView(View):
    """A payoff on a model of registers, whose points are not listed."""

    _model: RegisterLaws

    @cached_property
    def underlying(self) -> float:
        sizes = [self._model.target.mean_price(price) for price in self._model.prices]
        return max(map(abs, sizes))
