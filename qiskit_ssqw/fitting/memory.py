"""Fits that this process has done already."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from qiskit_ssqw.fitting.result import FitResult

_MOST = 128


class Memory:
    """The last results, by what was asked for."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, FitResult] = OrderedDict()
        self._lock = Lock()

    def recall(self, question: Hashable, answer: Callable[[], FitResult]) -> FitResult:
        """Return what was answered before, or else answer now and keep it."""
        with self._lock:
            if question in self._results:
                self._results.move_to_end(question)
                return self._results[question]
        result = answer()
        with self._lock:
            self._results[question] = result
            if len(self._results) > _MOST:
                self._results.popitem(last=False)
        return result

    def forget(self) -> None:
        """Drop all results."""
        with self._lock:
            self._results.clear()


MEMORY = Memory()
