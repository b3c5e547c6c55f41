"""Estimations side by side, whose circuits go out as one job per round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Condition
from typing import Any, TypeVar

from qiskit.primitives import BaseSamplerV2

from qiskit_ssqw._samplers import Finished

T = TypeVar("T")


def side_by_side(sampler: Any, estimations: Sequence[Callable[[Any], T]]) -> list[T]:
    """Carry out estimations on one sampler, which gets the circuits of a round as one job.

    Each estimation goes on in a thread of its own until it asks for circuits. Once all have asked
    that are not done, the calling thread runs what they want, in the order of the estimations, so
    threads change nothing about the results.

    Args:
        sampler: A `Meter`, which runs the circuits.
        estimations: Functions of a sampler, which they use one call after the other.

    Raises:
        Exception: What the sampler or the first estimation that fails raises.
    """
    rounds = _Rounds(len(estimations))
    with ThreadPoolExecutor(max(len(estimations), 1)) as pool:
        futures = [
            pool.submit(rounds.take_part, Part(rounds, place, sampler), estimation)
            for place, estimation in enumerate(estimations)
        ]
        try:
            rounds.lead(sampler)
        except BaseException as error:  # such as an interrupt while nothing is run
            rounds.abandon(error)
            raise
    return [future.result() for future in futures]


class Part(BaseSamplerV2):
    """What one estimation takes for its sampler, and for its meter.

    Args:
        rounds: Where it leaves circuits.
        place: Of the estimation.
        meter: Runs the circuits of all.
    """

    def __init__(self, rounds: _Rounds, place: int, meter: Any) -> None:
        self._rounds, self._place = rounds, place
        self.default_shots = meter.default_shots
        self.eased = meter.eased

    def run(self, pubs: Iterable[Any], *, shots: int | None = None) -> Finished:
        wanted = [pub if shots is None else (pub, None, shots) for pub in pubs]
        return Finished(self._rounds.results_of(self._place, wanted))

    def begin(self, most_circuits: int | None = None) -> None:
        """Nothing: circuits are counted for all estimations together."""

    def close(self) -> None:
        """Nothing: the progress bar is that of all."""


class _Rounds:
    """Where estimations leave the circuits that they want, and wait for the results."""

    def __init__(self, number: int) -> None:
        self._changed = Condition()
        self._active = number
        self._wanted: dict[int, list[Any]] = {}
        self._found: dict[int, list[Any] | BaseException] = {}
        self._error: BaseException | None = None
        self._abandoned = False

    def take_part(self, part: Part, estimation: Callable[[Any], T]) -> T:
        """Carry out an estimation; from any thread."""
        try:
            return estimation(part)
        except BaseException as error:
            self._error = self._error or error
            raise
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def results_of(self, place: int, pubs: list[Any]) -> list[Any]:
        """The results of circuits, once their round was run."""
        with self._changed:
            self._wanted[place] = pubs
            self._changed.notify_all()
            self._changed.wait_for(lambda: place in self._found or self._abandoned)
            found = self._found.pop(place, self._error)
        if not isinstance(found, list):
            raise found or RuntimeError("the estimations were abandoned")
        return found

    def abandon(self, error: BaseException) -> None:
        """End all estimations."""
        with self._changed:
            self._error, self._abandoned = error, True
            self._changed.notify_all()

    def lead(self, sampler: Any) -> None:
        """Run one round after the other until all estimations are done."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: len(self._wanted) == self._active)
                wanted = dict(sorted(self._wanted.items()))
                self._wanted.clear()
            if not wanted:
                return
            found = self._run(sampler, wanted)
            with self._changed:
                self._found.update(found)
                self._changed.notify_all()

    def _run(
        self, sampler: Any, wanted: dict[int, list[Any]]
    ) -> Mapping[int, list[Any] | BaseException]:
        """The results for each estimation, or the error with which all of them end."""
        if self._error is None:
            pubs = [pub for some in wanted.values() for pub in some]
            try:
                results = iter(sampler.run(pubs).result())
                return {place: [next(results) for _ in some] for place, some in wanted.items()}
            except BaseException as error:
                self._error = error
        return dict.fromkeys(wanted, self._error)
