"""A sample of the fuzzing, and that it knows every public name."""

import numpy as np
import pytest

from fuzz.calls import public_names, valid_calls
from fuzz.judge import Tally, judge
from fuzz.run import PARTS, run

NUMBERS = {"calls": 400, "files": 400, "commands": 60, "circuits": 200}
"""Inputs in all, of which each part takes its share."""


@pytest.fixture(scope="module")
def registry():
    return valid_calls()


def test_every_public_name_has_a_valid_call(registry):
    assert public_names().keys() - registry.keys() == set()


def test_every_call_is_of_a_public_name(registry):
    assert {name.partition(".")[0] for name in registry} - public_names().keys() <= {
        *("DeviceNoise", "FitResult", "Walk"),  # whose class methods make one
    }


def test_the_calls_are_valid(registry):
    for calls in registry.values():
        for call in calls:
            needs_a_device = call.name == "estimate_on_executor"
            if call.is_possible and not call.slow and not needs_a_device:
                call.function(**call.arguments)


@pytest.mark.parametrize("part", PARTS)
def test_malformed_input_is_refused(part):
    tally = run(part, NUMBERS[part], seed=0)
    assert tally.faults == {}
    assert tally.total == round(PARTS[part] * NUMBERS[part])


class TestJudge:
    """It finds what it is to find."""

    @staticmethod
    def faults(function, **options):
        tally = Tally()
        judge(tally, "f", "1", function, (ValueError, TypeError), **options)
        return list(tally.faults)

    def test_accidents(self):
        def untouched():
            raise ValueError("x must be positive, got 1")

        def nothing():
            raise ValueError

        assert self.faults(untouched) == []
        assert self.faults(nothing) == ["f: ValueError without a message"]
        assert self.faults(lambda: {}[1])[0].startswith("f: KeyError at ")
        assert self.faults(lambda: None, meaningless=True) == ["f: accepted in silence"]
        assert self.faults(lambda: None) == []

    def test_an_accident_within_the_package(self):
        from qiskit_ssqw.walks.multiscale import MultiscaleWalk

        (found,) = self.faults(lambda: MultiscaleWalk._check_parameters(None, [1.0]))
        assert found.startswith("f: AttributeError at qiskit_ssqw/walks/base.py:")

    def test_an_accident_that_numpy_tells_of_by_a_statement(self):
        from qiskit_ssqw._validation import is_covariance

        (found,) = self.faults(lambda: is_covariance(np.ones((2, 2, 2)), 0.0))
        assert found.startswith("f: ValueError by accident at qiskit_ssqw/_validation.py:")

    def test_what_takes_too_long(self, monkeypatch):
        monkeypatch.setattr("fuzz.judge.SECONDS", 0.05)
        monkeypatch.setattr("fuzz.judge.time_limit.__wrapped__.__defaults__", (0.05,))

        def forever():
            while True:
                np.arange(10).sum()

        assert self.faults(forever) == ["f: longer than 0.05 s"]
