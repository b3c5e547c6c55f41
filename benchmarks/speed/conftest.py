"""Checks of ratios of times: two things are timed in turn, so that a busy machine slows both.

The ratio is the median over the rounds, each of which times the baseline and then the subject.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # BLAS threads suffer most on a busy machine
sys.path.append(str(Path(__file__).parents[1]))  # for `instance` and its neighbours


@dataclass(frozen=True)
class Ratio:
    """How many times as long as its baseline a subject takes."""

    name: str
    subject: tuple[float, ...]
    """Seconds in each round."""
    baseline: tuple[float, ...]
    bound: float
    """The largest ratio that passes."""

    @property
    def value(self) -> float:
        """The median of the rounds' ratios."""
        pairs = zip(self.subject, self.baseline, strict=True)
        return statistics.median(subject / baseline for subject, baseline in pairs)

    def __str__(self) -> str:
        verdict = "" if self.value <= self.bound else "   TOO SLOW"
        ours, theirs = statistics.median(self.subject), statistics.median(self.baseline)
        seconds = f"{ours:>11.2g} {theirs:>11.2g}"
        return f"{self.name:<68}{seconds} {self.value:>9.3g} {self.bound:>9g}{verdict}"


_RATIOS = pytest.StashKey[list[Ratio]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_RATIOS] = []
    config.option.benchmark_quiet = True  # the table below is the report


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    ratios = config.stash[_RATIOS]
    if ratios:
        header = f"{'subject / baseline':<68}{'seconds':>11} {'/ seconds':>11}"
        terminalreporter.section("ratios")
        terminalreporter.write_line(f"{header} {'= ratio':>9} {'bound':>9}")
        for ratio in ratios:
            terminalreporter.write_line(str(ratio))


@pytest.fixture
def check_ratio(benchmark: Any, pytestconfig: pytest.Config) -> Callable[..., None]:
    """A function that times a subject and a baseline, and fails if their ratio is too large."""

    def check(
        name: str,
        subject: Callable[[], object],
        baseline: Callable[[], object],
        *,
        bound: float,
        rounds: int,
        calls: int = 1,
    ) -> None:
        """Compare the two in some rounds.

        Args:
            name: What is compared, ``"subject / baseline"``.
            subject: What must not become slower.
            baseline: What it is compared with.
            bound: The largest ratio that passes.
            rounds: How often both are timed, in turn.
            calls: Calls of each in one round.
        """
        seconds = []

        def time_baseline() -> None:
            started = time.perf_counter()
            _repeat(baseline, calls)
            seconds.append((time.perf_counter() - started) / calls)

        benchmark.pedantic(_repeat, args=(subject, calls), setup=time_baseline, rounds=rounds)
        if not benchmark.enabled:
            pytest.skip("pytest-benchmark is disabled, so nothing was timed")
        subject_seconds = (duration / calls for duration in benchmark.stats["data"])
        ratio = Ratio(name, tuple(subject_seconds), tuple(seconds), bound)
        pytestconfig.stash[_RATIOS].append(ratio)
        benchmark.extra_info.update(asdict(ratio), ratio=ratio.value)
        if ratio.value > bound:
            pytest.fail(f"{name} is {ratio.value:.3g}, above {bound:g}", pytrace=False)

    return check


def _repeat(function: Callable[[], object], calls: int) -> None:
    for _ in range(calls):
        function()
