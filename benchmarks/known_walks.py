"""Search long for short walks, and keep them in the package's file of known walks.

``python benchmarks/known_walks.py --seconds 60`` spends a minute on each target and tolerance, and
starts from what the file holds: run it as often as you like, a walk is only ever replaced by a
shorter one. ``--targets normal --sizes 6 8 --tolerances 1e-3`` restricts it.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from running import run_script

import qiskit_ssqw.fitting
from qiskit_ssqw import MultiscaleWalk, TargetDistribution
from qiskit_ssqw._files import replace_text
from qiskit_ssqw.fitting import moves
from qiskit_ssqw.fitting.contest import Round, contest
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.grids import Grids
from qiskit_ssqw.fitting.known import from_entry
from qiskit_ssqw.fitting.models import FlipModel
from qiskit_ssqw.fitting.objective import error_of
from qiskit_ssqw.fitting.pruning import prune, settled
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.fitting.search import Search

FILE = Path(qiskit_ssqw.fitting.__file__).parent / "data" / "known_walks.json"
TOLERANCES = (2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5)
TARGETS = {
    "normal": lambda size: TargetDistribution.from_black_scholes(size, 1.0, 0.3, 0.0, 1.0),
    "log-normal 0.1": lambda size: log_normal(size, 0.1),
    "log-normal 0.4": lambda size: log_normal(size, 0.4),
}
Found = tuple[MultiscaleWalk, float]


def log_normal(size: int, std: float) -> TargetDistribution:
    """The density at equidistant points within three standard deviations."""
    return TargetDistribution.from_black_scholes(size, 1.0, std, 0.0, 1.0, num_std=3, rule="pdf")


class Job:
    """The search for one target and tolerance."""

    def __init__(self, name: str, size: int, tolerance: float, seed: int) -> None:
        self.key = {"target": name, "num_qubits": size, "tolerance": tolerance}
        self.probabilities = TARGETS[name](size).probabilities
        self.tolerance, self.goal = tolerance, Goal.of(self.probabilities)
        self.rng = np.random.default_rng([seed, size])
        self.recorder = Recorder()

    def search(self, starts: list[MultiscaleWalk], seconds: float) -> MultiscaleWalk | None:
        """Descend from known walks, grow new ones, then shake the best one."""
        end, best = time.perf_counter() + seconds, None
        for walk in self._candidates(starts, time.perf_counter() + seconds / 2):
            if best is None or len(walk.flips) < len(best.flips):
                best = walk
        while best is not None and time.perf_counter() < end:
            walk = self._pruned(*self._shaken(best))
            if walk is not None and len(walk.flips) <= len(best.flips):
                best = walk
        return best

    def _candidates(self, starts: list[MultiscaleWalk], end: float) -> Iterator[MultiscaleWalk]:
        found = False
        for start in starts:
            if start.num_qubits < self.goal.num_qubits:
                walk = self._growth()._on_the_full_grid(start)
            else:
                walk = self._pruned(*self._fit(start, start.parameters[None]))
            if walk is not None:
                found = True
                yield walk
        while not found or time.perf_counter() < end:
            walk = self._growth()._unfolded() or self._growth()._grown()
            found = True
            if walk is not None:
                walk = self._pruned(walk, 0.0)
                if walk is not None:
                    yield walk

    def _growth(self) -> Search:
        return Search(Grids(self.probabilities), self.tolerance, self.rng, self.recorder)

    def _shaken(self, walk: MultiscaleWalk) -> Found:
        """Insert one or two small loops somewhere, with random angles."""
        for _ in range(self.rng.integers(1, 3)):
            length = int(self.rng.integers(1, min(3, walk.num_qubits)))
            low = int(self.rng.integers(0, walk.num_qubits - length))
            sweep = [(low + step + 1, low + step) for step in range(length)]
            place = int(self.rng.integers(0, len(walk.flips) + 1))
            loop = [(place, flip) for flip in (*sweep, *sweep[::-1])]
            walk, new = moves.inserted(walk, loop)
            spread = self.rng.choice([0.1, 0.3, 1.0])
            turned = walk.parameters.copy()
            turned[new] += self.rng.normal(scale=spread, size=len(new))
            walk = walk.with_parameters(turned)
        return self._fit(walk, walk.parameters[None])

    def _fit(self, walk: MultiscaleWalk, starts: np.ndarray) -> Found:
        model = FlipModel(walk, self.goal)
        return contest(model, starts, [Round(60, 1)], self.recorder, until=self.tolerance)

    def _pruned(self, walk: MultiscaleWalk, error: float) -> MultiscaleWalk | None:
        """Prune, settle and round the angles."""
        if error > self.tolerance:
            return None
        self.recorder.history.clear()
        walk = prune(walk, self.goal, self.tolerance, self.recorder)
        walk, _ = settled(walk, self.goal, self.recorder)
        walk = walk.with_parameters(np.round(np.remainder(walk.parameters, 4 * np.pi), 7))
        return walk if error_of(walk, self.goal) <= self.tolerance else None

    def entry(self, walk: MultiscaleWalk) -> dict[str, Any]:
        top = walk.num_qubits - 1
        edges = [top - max(flip) for flip in walk.flips]
        return {**self.key, "edges": edges, "angles": walk.parameters.round(7).tolist()}


def is_for(entry: dict[str, Any], key: dict[str, Any]) -> bool:
    return all(entry[name] == value for name, value in key.items())


def without_dominated(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drop walks that are no shorter than one of a smaller tolerance, which stands for both.

    Each entry is told up to which tolerance no shorter walk is known.
    """
    kept: list[dict[str, Any]] = []
    for entry in sorted(entries, key=lambda entry: (entry["tolerance"], len(entry["edges"]))):
        like = [one for one in kept if is_for(one, {k: entry[k] for k in ("target", "num_qubits")})]
        if like and len(like[-1]["edges"]) <= len(entry["edges"]):
            continue
        if like:
            below = [one for one in TOLERANCES if one < entry["tolerance"]]
            like[-1]["shortest_up_to"] = max(below)
        kept.append({**entry, "shortest_up_to": max(TOLERANCES)})
    return kept


def save(entries: list[dict[str, Any]]) -> None:
    """One line per walk, so that a change shows which."""
    ordered = sorted(
        without_dominated(entries), key=lambda e: (e["target"], e["num_qubits"], -e["tolerance"])
    )
    lines = ",\n".join(json.dumps(entry) for entry in ordered)
    replace_text(FILE, f'{{"walks": [\n{lines}\n]}}\n')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--targets", nargs="+", default=list(TARGETS))
    parser.add_argument("--sizes", nargs="+", type=int, default=list(range(3, 13)))
    parser.add_argument("--tolerances", nargs="+", type=float, default=TOLERANCES)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.targets:
        for size in options.sizes:
            for tolerance in options.tolerances:
                entries = json.loads(FILE.read_text("utf-8"))["walks"]
                job = Job(name, size, tolerance, options.seed)
                near = [
                    from_entry(entry)
                    for entry in entries
                    if entry["target"] == name
                    and entry["num_qubits"] in (size - 1, size)
                    and tolerance / 5 <= entry["tolerance"] <= 3 * tolerance
                ]
                same = [e for e in entries if e["target"] == name and e["num_qubits"] == size]
                old = [from_entry(e) for e in same if e["tolerance"] <= tolerance]
                walk = job.search(near, options.seconds)
                before = min((len(known.flips) for known in old), default=None)
                after = None if walk is None else len(walk.flips)
                print(f"{name:<16}{size:>3}{tolerance:>8g}: {before} -> {after} CX", flush=True)
                if walk is not None and (before is None or after < before):
                    rest = [entry for entry in entries if not is_for(entry, job.key)]
                    save([*rest, job.entry(walk)])


if __name__ == "__main__":
    run_script(main, "walks that were found are in the file")
