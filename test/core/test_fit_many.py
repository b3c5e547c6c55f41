import sys

import joblib
import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, TargetDistribution, fit, fit_many
from qiskit_ssqw.fitting import FitResult
from qiskit_ssqw.fitting import many as many_module

GRIDS = [(3, 1e-6), (4, 5e-3)]


def surface(num_qubits, count=12):
    """Targets of one option surface on linear grids, no two of them equally probable."""
    volatilities = np.linspace(0.15, 0.4, count)
    return [
        TargetDistribution.from_black_scholes(num_qubits, 100.0, volatility, 0.01, 0.5, num_std=4)
        for volatility in volatilities
    ]


@pytest.fixture
def short_runs(monkeypatch):
    """Let twelve targets be enough for several workers."""
    monkeypatch.setattr(many_module, "_RUN_LENGTH", 4)


@pytest.mark.parametrize(("num_qubits", "tolerance"), GRIDS)
def test_results_come_in_order_and_within_the_tolerance(num_qubits, tolerance):
    targets = surface(num_qubits, 5)
    results = fit_many(targets, tolerance=tolerance, seed=1)
    assert [result.target for result in results] == targets
    for target, result in zip(targets, results, strict=True):
        assert isinstance(result, FitResult)
        p, q = target.probabilities, result.walk.probabilities()
        assert np.abs(p - q).sum() / 2 <= tolerance
        assert result.success
        assert (result.tolerance, result.seed) == (tolerance, 1)
        assert f"with {result.two_qubit_gates} two-qubit gates" in result.message


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize(
    ("num_qubits", "tolerance", "count", "warm_start"),
    [(2, 1e-6, 6, False), pytest.param(*GRIDS[1], 12, True, marks=pytest.mark.deep)],
)
def test_workers_do_not_change_the_results(num_qubits, tolerance, count, warm_start):
    targets = surface(num_qubits, count)
    options = {"tolerance": tolerance, "warm_start": warm_start, "seed": 7}
    one = fit_many(targets, n_jobs=1, **options)
    assert fit_many(targets, n_jobs=2, **options) == one
    assert fit_many(targets, **options) == one


@pytest.mark.usefixtures("short_runs")
def test_dask_cluster():
    distributed = pytest.importorskip("distributed")
    targets = surface(3)
    alone = fit_many(targets, tolerance=1e-6, seed=1)
    with (
        distributed.LocalCluster(
            processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        assert fit_many(targets, tolerance=1e-6, seed=1) == alone


@pytest.mark.parametrize(("num_qubits", "tolerance"), GRIDS)
def test_without_warm_start_each_fit_is_alone(num_qubits, tolerance):
    targets = surface(num_qubits, 2)
    results = fit_many(targets, tolerance=tolerance, warm_start=False, seed=3)
    assert results == [fit(target, tolerance=tolerance, seed=3) for target in targets]


def test_warm_starts_save_evaluations():
    """The shapes are unlike those of the walks that ship with the package."""
    points = np.linspace(0, 1, 16)
    shapes = [
        np.exp(-((points - middle) ** 2) / 0.02) + 0.4 * points for middle in (0.3, 0.31, 0.32)
    ]
    targets = [TargetDistribution(shape / shape.sum(), (0, 1)) for shape in shapes]
    cold, warm = (
        fit_many(targets, tolerance=5e-3, warm_start=warm_start, seed=1)
        for warm_start in (False, True)
    )
    assert cold[0] == warm[0]
    for before, after in zip(cold[1:], warm[1:], strict=True):
        assert after.success
        assert after.two_qubit_gates <= before.two_qubit_gates + 1
    evaluations = [sum(r.history[-1].evaluation for r in results) for results in (warm, cold)]
    assert evaluations[0] < 0.8 * evaluations[1]


def test_starts_of_the_caller_may_come_one_by_one(monkeypatch):
    given = []
    monkeypatch.setattr(
        many_module, "fit", lambda *each, **how: given.append(how["starts"]) or fit(*each, **how)
    )
    walk = MultiscaleWalk(2, [(1, 0)], [[0.1, 0.2]])
    fit_many(surface(2, 2), starts=iter([walk]), tolerance=0.1, warm_start=False, seed=1)
    assert [list(starts) for starts in given] == [[walk]] * 3  # the first tries the options


@pytest.mark.usefixtures("short_runs")
def test_a_run_starts_without_the_walks_of_another():
    targets = surface(2, 6)
    results = fit_many(targets, tolerance=1e-6, seed=1)
    assert [result.target for result in results] == targets
    assert results[4] == fit(targets[4], tolerance=1e-6, seed=1)
    assert results[3] != fit(targets[3], tolerance=1e-6, seed=1)


def test_targets_of_different_sizes(rng):
    plane = TargetDistribution(rng.dirichlet(np.ones(8)).reshape(2, 4), ((0, 1), (0, 3)))
    targets = [surface(3)[0], plane, surface(2)[0], surface(3)[1], surface(1)[0], plane]
    results = fit_many(targets, tolerance=1e-4, seed=1)
    assert [result.target for result in results] == targets
    assert all(result.success for result in results)
    assert [result.walk.num_qubits for result in results] == [3, 3, 2, 3, 1, 3]


def test_drawn_seed_is_reported():
    targets = surface(3, 3)
    drawn = fit_many(targets)
    (seed,) = {result.seed for result in drawn}
    assert type(seed) is int
    assert fit_many(targets, seed=seed) == drawn
    assert fit_many(targets)[0].seed != seed


def test_no_targets():
    assert fit_many([]) == []
    assert fit_many([], n_jobs=2, progress=True) == []


def test_targets_from_a_generator():
    targets = surface(3, 3)
    results = fit_many((target for target in targets), tolerance=1e-6, seed=1)
    assert results == fit_many(targets, tolerance=1e-6, seed=1)


@pytest.mark.parametrize("budget", [0, 1])
def test_budget_is_passed_on(budget):
    targets = surface(3, 2)
    results = fit_many(targets, max_two_qubit_gates=budget, tolerance=1e-6, seed=1)
    assert results == [
        fit(target, max_two_qubit_gates=budget, tolerance=1e-6, seed=1) for target in targets
    ]
    assert all(result.two_qubit_gates <= budget and not result.success for result in results)


@pytest.mark.parametrize("order", ["interleaved", (1, 0, 3, 2)])
def test_order_is_passed_on(order):
    covariances = [[[1, share], [share, 1]] for share in (0.3, 0.4)]
    targets = [
        TargetDistribution.normal([2, 2], [0, 0], covariance, [(-2, 2), (-2, 2)])
        for covariance in covariances
    ]
    expected = fit(targets[0], order=order, tolerance=0.05, seed=1).walk.line
    results = fit_many(targets, order=order, tolerance=0.05, seed=1)
    assert [result.walk.line for result in results] == [expected] * 2


@pytest.mark.parametrize("bad", ["target", None, [0.5, 0.5]])
def test_an_element_that_is_no_target(bad):
    with pytest.raises(TypeError, match="targets must hold TargetDistribution objects, got"):
        fit_many([*surface(3, 2), bad])


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"speed": 3}, "unexpected keyword argument 'speed'"),
        ({"walk": MultiscaleWalk(3, [], [])}, "fit_many takes no walk"),
        ({"callback": print}, "fit_many takes no callback"),
        ({"tolerance": "small"}, "tolerance must be a real number, got 'small'"),
        ({"seed": 1.5}, "seed must be an integer, got 1.5"),
        ({"max_two_qubit_gates": 2.5}, "max_two_qubit_gates must be an integer, got 2.5"),
    ],
)
def test_options_of_the_wrong_kind(options, rule):
    with pytest.raises(TypeError, match=rule):
        fit_many(surface(3, 2), **options)


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"tolerance": 0}, "tolerance must lie strictly between 0 and 1, got 0"),
        ({"tolerance": 1}, "tolerance must lie strictly between 0 and 1, got 1"),
        ({"tolerance": -0.1}, "tolerance must lie strictly between 0 and 1, got -0.1"),
        ({"tolerance": float("nan")}, "tolerance must be finite, got nan"),
        ({"method": "annealing"}, "fit_many grows multiscale walks, got method='annealing'"),
        ({"order": "sideways"}, "order must be one of .*, got 'sideways'"),
        ({"max_two_qubit_gates": -1}, "max_two_qubit_gates must be at least 0, got -1"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
    ],
)
def test_options_of_an_invalid_value(options, rule):
    with pytest.raises(ValueError, match=rule):
        fit_many(surface(3, 2), **options)


@pytest.mark.parametrize("error", [ValueError("bad luck"), np.linalg.LinAlgError("no SVD")])
@pytest.mark.parametrize("warm_start", [True, False])
@pytest.mark.parametrize("place", [0, 2])
def test_a_fit_that_raises_costs_only_its_target(monkeypatch, place, warm_start, error):
    targets = surface(2, 5)
    options = {"tolerance": 1e-6, "warm_start": warm_start, "n_jobs": 1, "seed": 1}
    intact = fit_many(targets, **options)

    def treacherous(function):
        def stand_in(target, *arguments, **more):
            if target == targets[place]:
                raise error
            return function(target, *arguments, **more)

        return stand_in

    monkeypatch.setattr(many_module, "fit", treacherous(many_module.fit))
    results = fit_many(targets, **options)
    failed = results[place]
    assert [result.target for result in results] == targets
    assert not failed.success
    assert f"stopped with {type(error).__name__}: {error}" in failed.message
    assert (failed.tolerance, failed.seed) == (1e-6, 1)
    assert failed.walk.two_qubit_gates == 0
    p, q = targets[place].probabilities, failed.walk.probabilities()
    bits = np.arange(4)[:, None] >> np.arange(2) & 1
    assert q @ bits == pytest.approx(p @ bits)
    for index in set(range(5)) - {place}:
        assert results[index].success
        if not warm_start or index < place:
            assert results[index] == intact[index]


def test_interruption_is_no_failed_fit(monkeypatch):
    targets = surface(3, 2)

    def interrupted(target, **options):
        if target == targets[1]:
            raise KeyboardInterrupt("stop")
        return fit(target, **options)

    monkeypatch.setattr(many_module, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt, match="stop"):
        fit_many(targets, warm_start=False, n_jobs=1)


@pytest.mark.usefixtures("short_runs")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_progress_bar_goes_to_stderr(capsys, n_jobs):
    silent = fit_many(surface(2), tolerance=1e-6, seed=1)
    assert capsys.readouterr() == ("", "")
    shown = fit_many(surface(2), tolerance=1e-6, seed=1, n_jobs=n_jobs, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "fit_many: 100%" in err
    assert "12/12" in err
    assert shown == silent


def test_progress_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r"progress=True needs tqdm: pip install .*\[plot\]"):
        fit_many(surface(3, 2), progress=True)
