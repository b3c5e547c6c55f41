"""The angles of walks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qiskit_ssqw._arrays import Array
from qiskit_ssqw.visualization.figures import DARK, new_axes
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, Walk
from qiskit_ssqw.walks.kinds import offered

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Series = dict[str, tuple[Array, Array]]
"""Places and angles, by what they are the angles of."""

_SPREAD = 0.6
"""Width that the flips of one level share, in levels."""


def plot_angles(walk: Walk, *, ax: Axes | None = None) -> Axes:
    """Draw a walk's angles, so that it can be seen which scales or steps look alike.

    Of a multiscale walk each flip has two angles: the control's and the target's. They stand above
    each other at the flip's level, which is where its fine end lies on the line; the flips of one
    level stand side by side in the order of the circuit. The initial angles, one of each qubit, are
    not drawn. Of a lattice walk the angles ``theta`` of each half step's coin are drawn, not its
    phases nor the coin's first and last state. All angles are taken modulo ``2 pi``.

    Args:
        walk: A multiscale or a lattice walk, or one of another kind that says what to draw.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Raises:
        ImportError: matplotlib is not installed.
        TypeError: ``walk`` is of a kind that does not.
        ValueError: A multiscale walk has no flips.
    """
    series, label = offered(walk, "angles", "plot_angles")(walk)
    ax = new_axes() if ax is None else ax
    for (name, (x, angles)), marker, face in zip(
        series.items(), ("o", "s"), (DARK, "none"), strict=False
    ):
        wrapped = (angles + np.pi) % (2 * np.pi) - np.pi
        ax.plot(x, wrapped, marker, color=DARK, markerfacecolor=face, label=name)
    ax.axhline(0, color="0.8", linewidth=1, zorder=0)
    ax.set_ylim(-np.pi, np.pi)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel(label)
    ax.set_ylabel("angle in radians")
    ax.legend(frameon=False)
    return ax


def angles_of_half_steps(walk: SplitStepWalk) -> tuple[Series, str]:
    """The angle of each half step's coin, and what they stand above."""
    thetas = walk.coin_angles.reshape(2 * len(walk.coin_angles), -1)[:, 0]
    return {"theta": (np.arange(1.0, len(thetas) + 1), thetas)}, "half step of the block"


def angles_of_flips(walk: MultiscaleWalk) -> tuple[Series, str]:
    """Both angles of each flip, and what they stand above."""
    if not walk.flips:
        raise ValueError("walk must have flips, as only their angles are drawn")
    place = {qubit: number for number, qubit in enumerate(walk.line)}
    levels = _side_by_side(np.array([max(place[a], place[b]) for a, b in walk.flips]))
    series = {"control": (levels, walk.angles[:, 0]), "target": (levels, walk.angles[:, 1])}
    return series, "place on the line, coarse to fine"


def _side_by_side(levels: NDArray[np.int_]) -> Array:
    """Levels, moved so that equal ones stand next to each other."""
    places = levels.astype(float)
    for level in set(levels.tolist()):
        same = np.flatnonzero(levels == level)
        ranks = np.arange(len(same)) - (len(same) - 1) / 2
        places[same] += _SPREAD * ranks / len(same)
    return places
