"""The multiscale walk: coin and shift on strides of ``2**(n-1), ..., 2, 1`` sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import Self

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw.walks.base import Pullback, Walk
from qiskit_ssqw.walks.flips import FlipSequence
from qiskit_ssqw.walks.kinds import WalkKind, register_walk_kind
from qiskit_ssqw.walks.matrix_product import matrix_product

Flip = tuple[int, int]

_MOST_QUBITS = 10_000


@dataclass(frozen=True, eq=False)
class MultiscaleWalk(Walk):
    r"""A walk of conditional flips between neighbouring qubits of a line.

    Every qubit starts as ``RY(initial_angle)|0>``. Each flip is a CX from ``control`` to
    ``target``, two neighbours on the line of qubits, followed by the coin rotations
    ``RY(angles[i, 0])`` on the control and ``RY(angles[i, 1])`` on the target. A flip of
    position bit ``j`` is the conditional shift by ``2**j`` sites on the ring of two half cells,
    so a sweep from the most to the least significant bit is a split-step walk that refines the
    scale as it goes; the coin ends as the least significant bits. There is no ancilla and every
    amplitude is real. With a window of ``m + 1`` qubits the walk generates matrix product states
    of bond dimension ``2**m``.

    Args:
        num_qubits: Number of qubits ``n``; the walk loads ``2**n`` sites.
        flips: Pairs ``(control, target)`` of qubits that are neighbours on the line, in order.
        angles: Coin angles in radians, shape ``(len(flips), 2)``: control, then target.
        initial_angles: First rotation of each qubit in radians, shape ``(num_qubits,)``;
            zero by default.
        line: The qubits in the order of the line, by default ``n-1, ..., 0``. Other orders are
            for product grids, whose registers may be interleaved on the line.

    Raises:
        TypeError: An index is not an integer, or an angle not a number.
        ValueError: A flip leaves the register or its qubits are not neighbours, or the angles
            have another shape or are not finite, or there are more than 10,000 qubits.

    Examples:
        Two qubits, one flip: a Bell state, then no rotation.

        >>> import math
        >>> from qiskit_ssqw import MultiscaleWalk
        >>> walk = MultiscaleWalk(2, [(1, 0)], [[0, 0]], initial_angles=[0, math.pi / 2])
        >>> walk.probabilities().round(6).tolist()
        [0.5, 0.0, 0.0, 0.5]
    """

    num_qubits: int
    flips: tuple[Flip, ...]
    angles: Array
    initial_angles: Array
    line: tuple[int, ...]

    signed: ClassVar[bool] = True

    def __init__(
        self,
        num_qubits: int,
        flips: Sequence[Sequence[int]],
        angles: ArrayLike,
        *,
        initial_angles: ArrayLike | None = None,
        line: Sequence[int] | None = None,
    ) -> None:
        num_qubits = check.integer(num_qubits, "num_qubits", minimum=1, maximum=_MOST_QUBITS)
        line = range(num_qubits - 1, -1, -1) if line is None else line
        order = check.order_of_qubits(line, "line", num_qubits)
        places = {qubit: place for place, qubit in enumerate(order)}
        pairs = tuple(_neighbours(flip, places) for flip in check.sequence(flips, "flips"))
        angles = np.zeros((0, 2)) if _is_empty(angles) else angles
        initial = np.zeros(num_qubits) if initial_angles is None else initial_angles
        self._set(
            num_qubits=num_qubits,
            flips=pairs,
            angles=check.real_array(angles, "angles", shape=(len(pairs), 2)),
            initial_angles=check.real_array(initial, "initial_angles", shape=(num_qubits,)),
            line=order,
        )

    @classmethod
    def from_windows(
        cls, num_qubits: int, window: Sequence[Flip], *, last: Sequence[Flip] = ()
    ) -> Self:
        """Build the walk whose window slides from the coarse to the fine end of the line.

        Args:
            num_qubits: Number of qubits, at least the width of the window.
            window: Flips of one level as offsets ``(control, target)`` into the window, offset
                0 being its most significant qubit.
            last: Flips appended to the last window.

        Returns:
            The walk with all angles zero.

        Raises:
            ValueError: The window is wider than the register, or a flip is no pair of neighbours.

        Examples:
            >>> from qiskit_ssqw import MultiscaleWalk
            >>> MultiscaleWalk.from_windows(4, [(0, 1)]).flips
            ((3, 2), (2, 1), (1, 0))
        """
        window, last = check.sequence(window, "window"), check.sequence(last, "last")
        for flip in (*window, *last):
            _require_pair(flip)
            for offset in flip:
                check.integer(offset, "an offset of a flip", minimum=0)
        width = 1 + max((max(flip) for flip in (*window, *last)), default=0)
        size = check.integer(num_qubits, "num_qubits", minimum=width, maximum=_MOST_QUBITS)
        num_windows = size - width + 1
        offsets = [(shift, flip) for shift in range(num_windows) for flip in window]
        offsets += [(num_windows - 1, flip) for flip in last]
        top = size - 1
        flips = [(top - shift - flip[0], top - shift - flip[1]) for shift, flip in offsets]
        return cls(num_qubits, flips, np.zeros((len(flips), 2)))

    @property
    def two_qubit_gates(self) -> int:
        """One CX per flip, on a line as well as all-to-all."""
        return len(self.flips)

    @property
    def parameters(self) -> Array:
        """The initial angles, then control and target angle of each flip."""
        return np.concatenate([self.initial_angles, self.angles.ravel()])

    @property
    def num_parameters(self) -> int:
        """``num_qubits + 2 * len(flips)``."""
        return self.num_qubits + 2 * len(self.flips)

    def with_parameters(self, parameters: ArrayLike) -> Self:
        vector = self._check_parameters(parameters)
        initial, angles = np.split(vector, [self.num_qubits])
        return type(self)(
            self.num_qubits,
            self.flips,
            angles.reshape(-1, 2),
            initial_angles=initial,
            line=self.line,
        )

    def on_line(self, line: Sequence[int]) -> Self:
        """Return the walk with its qubits renamed: place ``i`` of the line becomes ``line[i]``.

        Args:
            line: The new names along the line, each qubit once.

        Raises:
            ValueError: A qubit is missing or occurs twice.
        """
        order = check.order_of_qubits(line, "line", self.num_qubits)
        name = dict(zip(self.line, order, strict=True))
        initial = np.empty(self.num_qubits)
        initial[[name[qubit] for qubit in range(self.num_qubits)]] = self.initial_angles
        flips = [(name[control], name[target]) for control, target in self.flips]
        return type(self)(self.num_qubits, flips, self.angles, initial_angles=initial, line=order)

    def amplitudes(self) -> NDArray[Any]:
        state = self._sequence.amplitudes(self._along_the_line(self.parameters))[0]
        amplitudes: NDArray[Any] = state[self._sites]
        return amplitudes

    def vjp(self, parameters: ArrayLike) -> tuple[NDArray[Any], Pullback]:
        vector = self._along_the_line(self._check_parameters(parameters))
        blocks = self._sequence.blocks(vector)[0]
        state = self._sequence.amplitudes(vector)[0]

        def pullback(cotangent: NDArray[Any]) -> Array:
            along = np.empty(len(state))
            along[self._sites] = np.real(cotangent)
            return self._sequence.pull_back(blocks, state, along)[self._parameter_order]

        return state[self._sites].copy(), pullback

    def jacobian(self, parameters: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
        vector = self._along_the_line(self._check_parameters(parameters))
        state, rows = self._sequence.jacobian(vector)
        return state[0, self._sites], rows[0][self._parameter_order][:, self._sites].T

    def matrix_product(self, cutoff: float = 1e-14) -> list[Array]:
        """The walk's amplitudes as a matrix product state along the line.

        It takes a walk on any number of qubits whose flips entangle few of them, such as those of
        `refined` and `fit_continuous`.

        Args:
            cutoff: Schmidt coefficients below this share of the largest one at their cut are left
                out. Each costs its square of the norm; that of the result is 1.

        Returns:
            One real tensor ``(left bond, 2, right bond)`` per qubit of `line`, in that order. The
            outermost bonds are 1, and all but the first tensor are isometries from the right: a
            product of each with its transpose over qubit and right bond is the identity.

        Raises:
            TypeError: ``cutoff`` is no number.
            ValueError: It does not lie in [0, 1).

        Examples:
            >>> from qiskit_ssqw import MultiscaleWalk
            >>> walk = MultiscaleWalk(2, [(1, 0)], [[0, 0]], initial_angles=[0, 1.0])
            >>> [tensor.shape for tensor in walk.refined(40).matrix_product()][:4]
            [(1, 2, 2), (2, 2, 1), (1, 2, 1), (1, 2, 1)]
        """
        share = check.at_least_zero(cutoff, "cutoff")
        if share >= 1:
            raise ValueError(f"cutoff must be below 1, got {share:g}")
        blocks = self._sequence.blocks(self._along_the_line(self.parameters))[0]
        angles = self.initial_angles[list(self.line)]
        return matrix_product(angles, zip(self._sequence.edges, blocks, strict=True), share)

    def refined(
        self, num_qubits: int | Sequence[int], *, register_sizes: Sequence[int] | None = None
    ) -> Self:
        """Return the walk with finer bits in ``|+>``: each site in equal parts, for no gate.

        From where equal parts are precise enough, a walk so extends to any number of qubits. Its
        amplitudes then no longer fit into memory, but its circuit is as short as before.

        Args:
            num_qubits: Qubits of the finer walk, at least as many as this one has; of a product
                grid, those of each dimension.
            register_sizes: Qubits that each dimension has now, as the target's attribute says. By
                default there is one dimension.

        Raises:
            ValueError: There are fewer, the sizes are not those of this walk, or the line is not
                the usual one and no sizes say which dimensions it is of.

        Examples:
            >>> from qiskit_ssqw import MultiscaleWalk
            >>> walk = MultiscaleWalk(1, [], [], initial_angles=[1.0])
            >>> walk.refined(3).probabilities().round(3).tolist()
            [0.193, 0.193, 0.193, 0.193, 0.057, 0.057, 0.057, 0.057]
        """
        usual = self.line == tuple(range(self.num_qubits - 1, -1, -1))
        if register_sizes is None and not usual:
            raise ValueError(
                f"only walks on the usual line can be refined without register_sizes, got line "
                f"{self.line}"
            )
        old = (self.num_qubits,) if register_sizes is None else tuple(register_sizes)
        new = (num_qubits,) if register_sizes is None else num_qubits
        sizes = _finer_sizes(new, old, self.num_qubits)
        place: list[int] = []
        total, first = sum(sizes), 0
        for size, coarse in zip(reversed(sizes), reversed(old), strict=True):
            place += range(first + size - coarse, first + size)
            first += size
        fresh = sorted(set(range(total)) - set(place), reverse=True)
        initial = np.full(total, np.pi / 2)
        initial[place] = self.initial_angles
        return type(self)(
            total,
            [(place[control], place[target]) for control, target in self.flips],
            self.angles,
            initial_angles=initial,
            line=[*(place[qubit] for qubit in self.line), *fresh],
        )

    def __repr__(self) -> str:
        return f"<MultiscaleWalk: {self.num_qubits} qubits, {len(self.flips)} flips>"

    @cached_property
    def _sequence(self) -> FlipSequence:
        """The flips with the qubits renamed ``n-1, ..., 0`` along the line."""
        place = {qubit: self.num_qubits - 1 - place for place, qubit in enumerate(self.line)}
        return FlipSequence(self.num_qubits, [(place[c], place[t]) for c, t in self.flips])

    @cached_property
    def _parameter_order(self) -> NDArray[np.intp]:
        """Where on the line's own parameter vector each parameter is found."""
        order = np.arange(self.num_parameters)
        order[list(self.line)] = np.arange(self.num_qubits)[::-1]
        return order

    @cached_property
    def _sites(self) -> Any:
        """Index of each site among the amplitudes along the line."""
        if self.line == tuple(range(self.num_qubits - 1, -1, -1)):
            return slice(None)
        bits = np.arange(2**self.num_qubits).reshape((2,) * self.num_qubits)
        axes = [self.line.index(qubit) for qubit in range(self.num_qubits - 1, -1, -1)]
        return bits.transpose(axes).ravel()

    def _along_the_line(self, parameters: Array) -> Array:
        vector = np.empty((1, self.num_parameters))
        vector[0, self._parameter_order] = parameters
        return vector


def _require_pair(flip: Sequence[int]) -> None:
    pair = flip.tolist() if isinstance(flip, np.ndarray) else flip
    if not isinstance(pair, Sized) or isinstance(pair, (str, Set, Mapping)) or len(pair) != 2:
        raise ValueError(f"a flip is a pair (control, target), got {flip!r}")


def _is_empty(angles: ArrayLike) -> bool:
    if isinstance(angles, np.ndarray):
        return angles.size == 0
    return isinstance(angles, (list, tuple)) and len(angles) == 0


def _neighbours(flip: Sequence[int], places: Mapping[int, int]) -> Flip:
    _require_pair(flip)
    control, target = (check.integer(qubit, "a flip's qubit", minimum=0) for qubit in flip)
    if max(control, target) >= len(places):
        raise ValueError(f"a flip's qubits must be below num_qubits = {len(places)}, got {flip}")
    if abs(places[control] - places[target]) != 1:
        raise ValueError(f"a flip's qubits must be neighbours on the line, got {flip}")
    return control, target


def _finer_sizes(sizes: Any, coarse: tuple[int, ...], num_qubits: int) -> list[int]:
    """Check the sizes of finer registers, one or as many as there are dimensions."""
    if sum(coarse) != num_qubits:
        raise ValueError(f"register_sizes must add up to {num_qubits}, got {coarse}")
    given = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    if len(given) != len(coarse):
        raise ValueError(f"num_qubits must hold {len(coarse)} sizes, got {sizes}")
    return [
        check.integer(size, "num_qubits", minimum=least, maximum=_MOST_QUBITS)
        for size, least in zip(given, coarse, strict=True)
    ]


register_walk_kind(
    WalkKind(
        MultiscaleWalk,
        title="multiscale walk",
        gate="qiskit_ssqw.circuit.walk_gates:MultiscaleWalkGate",
        flips=lambda walk: walk,
        angles="qiskit_ssqw.visualization.angles:angles_of_flips",
    )
)
