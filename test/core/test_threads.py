"""Fits use one thread of BLAS, and leave the limit as it was."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from qiskit_ssqw import SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw._threads import one_blas_thread


def threads():
    return [
        library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"
    ]


@pytest.fixture(autouse=True)
def two():
    with threadpool_limits(2, user_api="blas"):
        if set(threads()) != {2}:
            pytest.skip("this BLAS has one thread")
        yield


def test_a_fit_runs_on_one_thread():
    seen = []
    target = TargetDistribution.normal(3, 0.0, 1.0, (-3.0, 3.0))
    fit(target, callback=lambda step: seen.append(threads()), tolerance=0.1, seed=1)
    assert seen
    assert set(np.ravel(seen)) == {1}
    assert set(threads()) == {2}


def test_a_fit_is_the_same_on_any_number_of_threads():
    walk, target = SplitStepWalk.template(5, 8), TargetDistribution.normal(5, 0.0, 1.0, (-3.0, 3.0))
    found = []
    for count in (1, 2):
        with threadpool_limits(count, user_api="blas"):
            found.append(fit(target, walk=walk, tolerance=0.2, seed=1).walk)
    assert found[0] == found[1]


def fail():
    with one_blas_thread():
        assert set(threads()) == {1}
        raise ZeroDivisionError


def test_the_limit_is_lifted_after_an_error():
    with pytest.raises(ZeroDivisionError):
        fail()
    assert set(threads()) == {2}


def test_uses_that_overlap_leave_no_limit_behind():
    """Whichever ends last must not restore what it found, which was the other's limit."""
    entered, leave = threading.Event(), threading.Event()

    def other():
        with one_blas_thread():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with one_blas_thread():
        thread.start()
        assert entered.wait(10)
        assert set(threads()) == {1}
    leave.set()
    thread.join()
    assert set(threads()) == {2}
    with one_blas_thread(), one_blas_thread():
        assert set(threads()) == {1}
    assert set(threads()) == {2}
