"""A register: qubits that hold the place of a number in a table."""

from __future__ import annotations

from dataclasses import dataclass

from qiskit_ssqw._arrays import Array
from qiskit_ssqw._frozen import FrozenArrays


@dataclass(frozen=True, eq=False)
class Register(FrozenArrays):
    """Some qubits of a model, and the number that each of their integers stands for."""

    name: str
    """Such as ``"step 3"`` or ``"factor"``."""
    qubits: tuple[int, ...]
    """The model's qubits, least significant first."""
    values: Array
    """What each integer stands for, shape ``(2**len(qubits),)``."""

    def __post_init__(self) -> None:
        if self.values.shape != (2 ** len(self.qubits),):
            raise ValueError(
                f"the register {self.name!r} of {len(self.qubits)} qubits needs a table of "
                f"{2 ** len(self.qubits)} values, got shape {self.values.shape}"
            )
        self.values.setflags(write=False)

    @property
    def num_qubits(self) -> int:
        """Number of qubits."""
        return len(self.qubits)


def refuse_many(what: str, num_qubits: int, most_qubits: int) -> None:
    """Raise a `ValueError` if too many points would have to be listed.

    Args:
        what: Would list them.
        num_qubits: Qubits of the model.
        most_qubits: Qubits up to which it is allowed.
    """
    if num_qubits > most_qubits:
        raise ValueError(
            f"{what} lists all points of {num_qubits} qubits, and most_qubits is {most_qubits}: "
            "price, registers and prices do without, or raise most_qubits"
        )
