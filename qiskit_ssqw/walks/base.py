"""What every walk offers: a frozen classical description that knows its amplitudes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._frozen import FrozenArrays
from qiskit_ssqw.walks.kinds import kind_tagged, tags

Pullback = Callable[[NDArray[Any]], Array]


class Walk(FrozenArrays, ABC):
    """A quantum walk as frozen NumPy data.

    A walk is a sequence of coin rotations and conditional shifts that starts from one basis
    state. It knows its amplitudes, and their derivatives, without Qiskit; circuits merely hold
    it. Two walks are equal when they have the same structure and the same parameters.
    """

    num_qubits: int
    """Number of qubits of the walk's circuit, a traced-out coin included."""

    signed: ClassVar[bool] = False
    """Whether a fit matches the amplitudes themselves, not only their moduli, to the target."""

    @property
    def num_value_qubits(self) -> int:
        """Qubits that hold the site of the loaded grid: all but the coins traced out."""
        return self.num_qubits

    @property
    def num_sites(self) -> int:
        """Number of sites of the loaded grid."""
        return 1 << self.num_value_qubits

    @property
    def position_qubits(self) -> list[int]:
        """Indices of the qubits that are no coin, least significant first; coins come after."""
        return list(range(self.num_value_qubits))

    @property
    @abstractmethod
    def two_qubit_gates(self) -> int:
        """Number of CX gates in the walk's own synthesis on all-to-all connected qubits."""

    @property
    @abstractmethod
    def parameters(self) -> Array:
        """All angles in radians as one vector of length `num_parameters`."""

    @property
    def num_parameters(self) -> int:
        """Length of the parameter vector."""
        return len(self.parameters)

    @abstractmethod
    def with_parameters(self, parameters: ArrayLike) -> Self:
        """Return the walk of the same structure with other angles.

        Args:
            parameters: Angles in radians, shape ``(num_parameters,)``, ordered as in
                `parameters`.

        Raises:
            ValueError: The vector has another length, or a value that is not finite.
        """

    def vjp(self, parameters: ArrayLike) -> tuple[NDArray[Any], Pullback]:
        """Evaluate the walk and prepare its exact gradient (vector-Jacobian product).

        One adjoint sweep costs a few forward evaluations, whatever the number of parameters: about
        two on small grids, ten and more on 14 and more qubits, where a multiscale walk's own
        evaluation begins with few amplitudes.

        Args:
            parameters: Angles in radians, shape ``(num_parameters,)``.

        Returns:
            The amplitudes at ``parameters``, and a function that takes the cotangent ``g`` of a
            real loss ``L``, defined by ``dL = Re(vdot(g, d amplitudes))``, to the gradient of
            ``L`` with respect to the parameters, shape ``(num_parameters,)``. A kind of walk that
            has no such sweep inherits the product with its full Jacobian.
        """
        amplitudes, derivatives = self.jacobian(parameters)
        return amplitudes, lambda cotangent: np.real(np.conj(cotangent) @ derivatives)

    @abstractmethod
    def jacobian(self, parameters: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        """Evaluate the walk and its full Jacobian in one forward sweep.

        Args:
            parameters: Angles in radians, shape ``(num_parameters,)``.

        Returns:
            The amplitudes, shape ``(2**num_qubits,)``, and their derivatives by each parameter,
            shape ``(2**num_qubits, num_parameters)``.
        """

    def amplitudes(self) -> NDArray[Any]:
        """The state vector in Qiskit's (little-endian) order, shape ``(2**num_qubits,)``."""
        return self.vjp(self.parameters)[0]

    def marginal(self, weights: Array) -> Array:
        """Sum numbers per basis state over the coins that the walk traces out, its last qubits.

        Args:
            weights: One number, or one row, per basis state, shape ``(2**num_qubits, ...)``.

        Returns:
            One number, or one row, per site of the loaded grid.
        """
        by_coin = weights.reshape(-1, self.num_sites, *weights.shape[1:])
        summed: Array = by_coin.sum(axis=0)
        return summed

    def probabilities(self) -> Array:
        """The loaded distribution: ``2**num_qubits`` sites, or half of them for a traced coin."""
        return self.marginal(np.abs(self.amplitudes()) ** 2)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers that `from_dict` turns back into an equal walk.

        They are the fields of a dataclass, which the class takes as arguments of the same names.
        """
        values = {field.name: _plain(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]
        return {"walk": type(self).__name__, **values}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Rebuild a walk from the dictionary made by `to_dict`.

        Called on `Walk` itself, it returns whichever kind of walk the dictionary describes.

        Args:
            data: The dictionary; its entry ``"walk"`` names the class.

        Raises:
            ValueError: The dictionary describes no walk, or not one of this class.
        """
        if not isinstance(data, Mapping):
            raise ValueError(f"a walk is rebuilt from a dictionary, got {data!r}")
        kind = kind_tagged(str(data.get("walk")))
        if kind is None or not issubclass(kind.walk, cls):
            raise ValueError(
                f'the entry "walk" must be one of {tags(cls)}, got {data.get("walk")!r}'
            )
        arguments = {key: value for key, value in data.items() if key != "walk"}
        try:
            return kind.walk(**arguments)
        except TypeError as error:
            raise ValueError(f"not a {kind.tag}: {error}") from error

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((type(self), self.num_qubits, self.parameters.tobytes()))

    def _check_parameters(self, parameters: ArrayLike) -> Array:
        return check.real_array(parameters, "parameters", shape=(self.num_parameters,))


def _plain(value: Any) -> Any:
    """Arrays and tuples as lists."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
