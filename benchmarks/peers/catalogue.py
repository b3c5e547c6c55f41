"""Every row of the comparison: peers, their settings, and how far each is asked to go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

SIZES = range(3, 17)
SHAPE_SIZE = 8
TOLERANCES = (2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 5e-5)
SEEDS = range(5)
OURS = "qiskit-ssqw"
REFERENCE = "log-normal"
LATTICE_FITS = "log-normal, lattice walk"
PRICES = "call"
SHAPES = (
    "normal",
    "Student t(3)",
    "exponential",
    "gamma(2)",
    "beta(2, 5)",
    "triangular",
    "two Gaussians",
    "uniform",
    "S&P 500, smoothed",
    "S&P 500, raw counts",
)
Setting = dict[str, Any]


@dataclass(frozen=True)
class Peer:
    """A loader with its settings."""

    name: str
    adapter: str
    distribution: str
    group: str | None
    settings: tuple[Setting, ...]
    largest: int = SIZES[-1]
    any_target: bool = True


@dataclass(frozen=True)
class Row:
    """One circuit to build and measure."""

    peer: Peer
    num_qubits: int
    target: str
    setting: Setting

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What identifies the row in the file of results."""
        return (self.peer.name, str(self.num_qubits), self.target, text(self.setting))


def text(setting: Setting) -> str:
    """The setting as one cell, without the choice of the library's loader."""
    hidden = ("gate", "library", "loader", "template")
    return " ".join(f"{key}={value}" for key, value in setting.items() if key not in hidden)


def each(name: str, *values: float | None, **fixed: Any) -> tuple[Setting, ...]:
    """One setting for each value of an option."""
    return tuple({**fixed, name: value} for value in values)


def peers() -> tuple[Peer, ...]:
    """All loaders, this package's first."""
    ours = tuple({"tolerance": t, "seed": seed} for seed in SEEDS for t in TOLERANCES)
    layers = each("layers", 1, 2, 4, 8, library="qiu")
    approximate = each("layers", 2, 4, 8, library="mps-to-circuit")
    exact = each("bond", 2, 4, None, library="mps-to-circuit")
    losses = each("loss", 1e-2, 1e-3, 1e-4, 1e-6, loader="BaaLowRank")
    gradient = each("reps", 1, 2, 3, method="gradient", starts=10)
    cobyla = each("reps", 1, 2, 3, method="COBYLA", starts=1)
    gan = each("reps", 1, 3, epochs=150, seed=0)
    chain, mottonen = "PennyLane MPSPrep", "PennyLane MottonenStatePreparation"
    return (
        Peer(OURS, "walk", "qiskit-ssqw", None, ours),
        Peer("StatePreparation", "exact", "qiskit", "qiskit", ({"gate": "StatePreparation"},)),
        Peer("Isometry", "exact", "qiskit", "qiskit", ({"gate": "Isometry"},)),
        *(
            Peer(name, "lognormal", name, "qiskit", ({"library": module},), any_target=False)
            for name, module in (("qiskit-finance", "qiskit_finance"), ("finqir", "finqir"))
        ),
        Peer(
            "qclib LowRank",
            "low_rank",
            "qclib",
            "qclib",
            each("rank", 0, 1, 2, 4, loader="LowRank"),
        ),
        Peer("qclib BaaLowRank", "low_rank", "qclib", "qclib", losses),
        Peer("qclib SVD", "low_rank", "qclib", "qclib", ({"loader": "SVD"},)),
        Peer("mps-to-circuit", "matrix_product", "mps-to-circuit", "mps", approximate + exact),
        Peer("qiu-mps-initializer", "matrix_product", "qiu-mps-initializer", "mps", layers),
        Peer("mpsprep", "mpsprep_loader", "mpsprep", "mpsprep", each("bond", 2, 4, None)),
        Peer(
            chain,
            "pennylane_loader",
            "pennylane",
            "pennylane",
            each("bond", 2, 4, template="MPSPrep"),
        ),
        Peer(mottonen, "pennylane_loader", "pennylane", "pennylane", ({"template": "Mottonen"},)),
        Peer("RealAmplitudes", "ladder", "qiskit", None, gradient + cobyla),
        Peer("qGAN", "qgan", "qiskit-machine-learning", "qiskit", gan, 4, any_target=False),
    )


def rows(sizes: Iterable[int] = SIZES, names: Iterable[str] = (), shapes: bool = True) -> list[Row]:
    """The rows in the order in which they are run, small circuits and first seeds first."""
    chosen = [peer for peer in peers() if not names or peer.name in names]
    found = [
        Row(peer, size, REFERENCE, setting)
        for size in sizes
        for peer in chosen
        if size <= peer.largest
        for setting in peer.settings
    ]
    if shapes:
        found += [
            Row(peer, SHAPE_SIZE, shape, setting)
            for shape in SHAPES
            for peer in chosen
            if peer.any_target
            for setting in peer.settings
        ]
    return sorted(found, key=lambda row: row.setting.get("seed", 0))
