"""Find loaders of few T gates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any, NamedTuple, get_args

import numpy as np
from qiskit import QuantumCircuit

from qiskit_ssqw import _validation as check
from qiskit_ssqw._arrays import Array
from qiskit_ssqw._progress import progress_bar
from qiskit_ssqw._threads import one_blas_thread
from qiskit_ssqw.circuit import SSQWDistribution
from qiskit_ssqw.clifford_t.choice import Plan
from qiskit_ssqw.clifford_t.network import CoinNetwork
from qiskit_ssqw.clifford_t.refit import refit
from qiskit_ssqw.clifford_t.result import Phases, TLeanResult
from qiskit_ssqw.clifford_t.snapping import Snapping
from qiskit_ssqw.clifford_t.synthesis import append_word, clifford_t
from qiskit_ssqw.clifford_t.words import Word
from qiskit_ssqw.fitting import fit
from qiskit_ssqw.fitting.entry import draw_seed
from qiskit_ssqw.fitting.result import check_walk
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.walks import MultiscaleWalk, Walk, kind_of
from qiskit_ssqw.walks.kinds import offered

MOST_QUBITS = 12
"""Qubits up to which coins are refitted, on dense states."""

_MOST_ATTEMPTS = 10_000

_SHARES = (0.3, 1.0)
"""Parts of the tolerance at which walks are grown: some to spare, or the fewest flips."""
_PLANS = (Plan(0.7, 10), Plan(0.85, 30), Plan(0.7, 30), Plan(0.85, 10))
_MARGIN = 0.99
"""Part of the tolerance that is kept, so that rounding does not matter."""
_MOST_USED = 0.95
"""Walks that miss the target by more than this part of the tolerance are no start."""
_MARGIN_OF_MISSED = 0.1
_SETTLE = 60


def t_lean(
    target: TargetDistribution,
    *,
    tolerance: float = 1e-3,
    walk: Walk | None = None,
    attempts: int = 4,
    phases: Phases = "positive",
    seed: int | None = None,
    progress: bool = False,
) -> TLeanResult:
    """Find a loader of few T gates: a walk whose coins are short words of Clifford and T gates.

    The coins of a walk are snapped to words one after the other, and those that are still free are
    refitted each time, so that errors do not add up. Grover iterates are made of the circuit and
    its inverse, so that they fit it exactly.

    Args:
        target: The distribution to load.
        tolerance: Total variation distance to keep, strictly between 0 and 1.
        walk: The walk to start from, of flips; by default two that are grown, one for precision
            and one for few gates.
        attempts: How often the coins are snapped, with random choices between words that are
            about as good; the fewest T gates win. Each takes seconds on 6 qubits, and half a
            minute or more on 8.
        phases: ``"positive"``: the fidelity with ``sum_x sqrt(p_x) |x>`` is at least
            ``1 - 2 * tolerance`` too, as that of a fit is. ``"free"``: only probabilities are
            loaded, which often takes fewer T gates; phases play no role for expectations of
            functions of the value.
        seed: Seed of the growth and of these choices; by default one is drawn and reported.
        progress: Whether to show a progress bar (needs tqdm, extra ``plot``).

    Returns:
        The result; it says so if the tolerance was missed, which happens only where the walk
        misses it by far.

    Raises:
        TypeError: ``target`` or ``walk`` is something else.
        ValueError: The tolerance lies outside (0, 1), a word is unknown, the walk has another size
            than the target, the target has more than 12 qubits, or only a tree walk loads it.

    Examples:
        >>> from qiskit_ssqw import TargetDistribution
        >>> from qiskit_ssqw.clifford_t import t_lean
        >>> market = dict(spot=2.0, volatility=0.4, rate=0.05, maturity=40 / 365)
        >>> target = TargetDistribution.from_black_scholes(3, **market)
        >>> result = t_lean(target, tolerance=1e-2, attempts=1, seed=1)
        >>> result.success, result.t_count < 40
        (True, True)
    """
    check.instance(target, TargetDistribution, "target")
    tolerance = check.open_unit_interval(tolerance, "tolerance")
    attempts = check.integer(attempts, "attempts", minimum=1, maximum=_MOST_ATTEMPTS)
    if target.num_qubits > MOST_QUBITS:
        raise ValueError(f"t_lean takes up to {MOST_QUBITS} qubits, got {target.num_qubits}")
    check.one_of(phases, get_args(Phases), "phases")
    seed = draw_seed(seed)
    walks = _grown(target, tolerance, seed) if walk is None else [_checked(walk, target)]
    with _bar(attempts, walks) if progress else nullcontext() as bar:
        tick = (lambda: None) if bar is None else bar.update
        best = _best(_starts(walks, target, tolerance, phases), attempts, tolerance, seed, tick)
    if best is None:
        circuit = clifford_t(SSQWDistribution(walks[0]), _MARGIN_OF_MISSED * tolerance)
        return TLeanResult(circuit, target, tolerance, phases, walks[0], seed)
    start, words = best
    return TLeanResult(_circuit(start.walk, words), target, tolerance, phases, start.walk, seed)


class Start(NamedTuple):
    """Where an attempt starts."""

    walk: MultiscaleWalk
    network: CoinNetwork
    coins: Array


@one_blas_thread()
def _best(
    starts: list[Start], attempts: int, tolerance: float, seed: int, tick: Callable[[], object]
) -> tuple[Start, dict[int, Word]] | None:
    """The start, and the words of its coins, with the fewest T gates; None if there is no start."""
    best, fewest = None, np.inf
    for number in range(attempts if starts else 0):
        turn, which = divmod(number, len(starts))
        start, plan = starts[which], _PLANS[turn % len(_PLANS)]
        rng = np.random.default_rng([seed, number])
        snapping = Snapping(start.network, start.coins, _MARGIN * tolerance, plan, rng, tick)
        if snapping.run(fewest):
            best, fewest = (start, snapping.words), snapping.t_count
    return best


def _grown(target: TargetDistribution, tolerance: float, seed: int) -> list[MultiscaleWalk]:
    """Walks of flips for a target: one with tolerance to spare, one with fewer flips."""
    walks: list[MultiscaleWalk] = []
    for share in _SHARES:
        walk = fit(target, tolerance=share * tolerance, seed=seed).walk
        flips = kind_of(walk).find("flips")
        if flips is not None and walk not in walks:
            walks.append(flips(walk))
    if not walks:
        raise ValueError(
            f"no multiscale walk was found that loads the target to {tolerance:g}, and only their "
            "coins can be snapped: write the circuit of its fit with clifford_t, or raise the "
            "tolerance"
        )
    return walks


def _checked(walk: Walk, target: TargetDistribution) -> MultiscaleWalk:
    flips: MultiscaleWalk = offered(walk, "flips", "t_lean")(walk)
    check_walk(flips, target)
    return flips


@one_blas_thread()
def _starts(
    walks: list[MultiscaleWalk], target: TargetDistribution, tolerance: float, phases: Phases
) -> list[Start]:
    """The walks with all coins refitted, those that are within the tolerance."""
    starts = []
    for walk in walks:
        probabilities, count = target.probabilities.ravel(), phases == "positive"
        network = CoinNetwork(walk, probabilities, _MARGIN * tolerance, phases=count)
        every = list(range(len(network.first)))
        coins, error = refit(network, network.first, every, _SETTLE, small_gain=1e-3, patience=5)
        if error <= _MOST_USED * tolerance:
            starts.append(Start(walk, network, coins))
    return starts


def _circuit(walk: MultiscaleWalk, words: dict[int, Word]) -> QuantumCircuit:
    """The walk's circuit with words in place of its coins."""
    circuit = QuantumCircuit(walk.num_qubits, name="T-lean walk")
    for qubit in range(walk.num_qubits):
        append_word(circuit, words[qubit], qubit)
    for index, (control, target) in enumerate(walk.flips):
        circuit.cx(control, target)
        append_word(circuit, words[walk.num_qubits + 2 * index], control)
        append_word(circuit, words[walk.num_qubits + 2 * index + 1], target)
    return circuit


def _bar(attempts: int, walks: list[MultiscaleWalk]) -> Any:
    return progress_bar("t_lean", "coins", attempts * max(walk.num_parameters for walk in walks))
