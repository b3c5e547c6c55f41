"""Variational fits with the walk's exact probabilities in place of samples."""

import json
import math
from dataclasses import replace
from itertools import pairwise, product
from types import SimpleNamespace

import numpy as np
import pytest
import scipy

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.fitting import FitResult, FitStep, Variational
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.fitting.variational.losses import loss_function
from qiskit_ssqw.walks import TreeWalk

LATTICE = SplitStepWalk.template(2, 3)
SMALL = SplitStepWalk.template(2, 2, coins="ry")
MULTISCALE = MultiscaleWalk.from_windows(3, [(1, 2), (0, 1), (1, 2)])
TARGET = TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 3))
WIDE = TargetDistribution([0.02, 0.08, 0.15, 0.3, 0.2, 0.15, 0.07, 0.03], (0, 7))

LOSSES = ["mse", "kl", "cross_entropy", "mmd"]
SCIPY_VERSION = tuple(int(part) for part in scipy.__version__.split(".")[:2])
METHODS = [
    *("BFGS", "CG", "COBYLA", "L-BFGS-B", "Nelder-Mead", "Powell", "SLSQP", "TNC"),
    pytest.param(
        "COBYQA", marks=pytest.mark.skipif(SCIPY_VERSION < (1, 14), reason="new in SciPy 1.14")
    ),
]


def train(walk=SMALL, target=TARGET, *, seed=1, callback=None, resume=None, **options):
    method = Variational(**{"shots": None, "max_evaluations": 60, **options})
    return fit(target, walk=walk, method=method, seed=seed, callback=callback, resume=resume)


def losses(result):
    return [step.loss for step in result.history]


def squared_error(walk, target=TARGET):
    return float(np.mean((walk.probabilities() - target.probabilities.ravel()) ** 2))


def stop_after(number):
    """A callback that ends the fit."""
    seen = []

    def callback(step):
        seen.append(step)
        if len(seen) == number:
            raise StopIteration

    return callback


def slow_loss(name, p, q):
    """The loss by its formula, with ``p`` and ``q`` as dictionaries from coordinates."""
    if name == "mse":
        return sum((p[x] - q[x]) ** 2 for x in p) / len(p)
    if name == "kl":
        return sum(p[x] * math.log(p[x] / q[x]) for x in p if p[x] > 0)
    if name == "cross_entropy":
        return -sum(p[x] * math.log(q[x]) for x in p)
    total = 0.0
    for x, y in product(p, repeat=2):
        for width in (0.5, 1.0, 2.0, 4.0):
            kernel = math.exp(-(math.dist(x, y) ** 2) / (2 * width**2))
            total += kernel / 4 * (p[x] - q[x]) * (p[y] - q[y])
    return total


def random_target(rng, shape):
    bounds = [(-1.0, 2.0), (3.0, 3.5)][: len(shape)]
    weights = rng.dirichlet(np.ones(math.prod(shape))).reshape(shape)
    return TargetDistribution(weights, bounds if len(shape) > 1 else bounds[0])


@pytest.mark.parametrize("shape", [(8,), (2, 8), (4, 4)])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_by_their_formulas(rng, name, shape):
    target = random_target(rng, shape)
    loss = loss_function(name, target)
    for _ in range(3):
        q = rng.dirichlet(np.ones(math.prod(shape))).reshape(shape)
        pair = [dict(np.ndenumerate(array)) for array in (target.probabilities, q)]
        assert loss(q.ravel()) == pytest.approx(slow_loss(name, *pair), rel=1e-9)


@pytest.mark.parametrize("shape", [(8,), (2, 4)])
@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_least_at_the_target(rng, name, shape):
    target = random_target(rng, shape)
    loss, p = loss_function(name, target), target.probabilities.ravel()
    least = -sum(p * np.log(p)) if name == "cross_entropy" else 0
    assert loss(p) == pytest.approx(least, abs=1e-12)
    for size in (1e-3, 0.1, 1):
        assert loss((1 - size) * p + size * rng.dirichlet(np.ones(p.size))) > loss(p)


def test_kl_is_cross_entropy_less_the_entropy(rng):
    target = random_target(rng, (8,))
    p, q = target.probabilities, rng.dirichlet(np.ones(8))
    difference = loss_function("cross_entropy", target)(q) - loss_function("kl", target)(q)
    assert difference == pytest.approx(-sum(p * np.log(p)))


@pytest.mark.parametrize("name", ["kl", "cross_entropy"])
def test_logarithms_with_empty_cells(name):
    target = TargetDistribution([0.5, 0, 0.5, 0], (0, 3))
    loss = loss_function(name, target)
    found = [loss(np.array(q)) for q in ([0.5, 0, 0.5, 0], [0.5, 0.5, 0, 0], [0, 0.5, 0, 0.5])]
    assert np.isfinite(found).all()
    assert found == sorted(found)
    assert found[0] == pytest.approx(0 if name == "kl" else math.log(2), abs=1e-12)


def test_mmd_knows_how_far_sites_are_apart():
    loss = loss_function("mmd", TargetDistribution([1, 0, 0, 0, 0, 0, 0, 0], (0, 7)))
    found = [loss(row) for row in np.eye(8)]
    assert found == sorted(found)


@pytest.mark.parametrize(("walk", "target"), [(LATTICE, TARGET), (MULTISCALE, WIDE)])
@pytest.mark.parametrize("method", METHODS)
def test_scipy_methods_lower_the_loss(method, walk, target):
    limit = 100 if method.startswith("COBY") else 300  # those are slow themselves
    result = train(walk, target, optimizer=method, max_evaluations=limit)
    assert 20 <= len(result.history) <= limit
    assert squared_error(result.walk, target) < 0.5 * losses(result)[0]


@pytest.mark.parametrize("name", LOSSES)
def test_each_loss_trains(name):
    result = train(LATTICE, loss=name, optimizer="BFGS", max_evaluations=400)
    expected = loss_function(name, TARGET)
    assert expected(result.walk.probabilities()) == pytest.approx(min(losses(result)), abs=1e-12)
    assert result.total_variation <= 0.05


def test_two_dimensional_target(rng):
    target = random_target(rng, (2, 4))
    result = train(MULTISCALE, target, loss="mmd", optimizer="BFGS", max_evaluations=200)
    assert min(losses(result)) < 0.1 * losses(result)[0]


@pytest.mark.parametrize("walk", [LATTICE, SMALL, TreeWalk(2, np.zeros(3))])
def test_history_holds_exact_losses_and_infidelities(walk):
    evaluated = []

    def optimizer(fun, x0):
        for shift in range(5):
            evaluated.append(walk.with_parameters(x0 + shift))
            assert fun(x0 + shift) == squared_error(evaluated[-1])
        return SimpleNamespace(x=x0)

    result = train(walk, optimizer=optimizer)
    assert len(result.history) == len(evaluated) == 5
    for number, (step, turned) in enumerate(zip(result.history, evaluated, strict=True), 1):
        overlap = np.sum(np.sqrt(turned.probabilities() * TARGET.probabilities))
        assert step[:3] == (number, TARGET.num_qubits, walk.two_qubit_gates)
        assert step.infidelity == pytest.approx(1 - overlap**2, abs=1e-9)
        assert step.loss == squared_error(turned)


def test_loss_as_a_function():
    shapes = set()

    def total_variation(p, q):
        shapes.add((p.shape, q.shape))
        return 0.5 * np.abs(p - q).sum()

    result = train(LATTICE, loss=total_variation, optimizer="Nelder-Mead", max_evaluations=200)
    assert shapes == {((4,), (4,))}
    assert all(type(loss) is float for loss in losses(result))
    assert result.total_variation == pytest.approx(min(losses(result)))
    assert result.total_variation < 0.5 * losses(result)[0]


def test_optimizer_as_a_function():
    """A random search that ends where it began: its end counts, not its best evaluation."""
    starts = []

    def search(fun, x0):
        starts.append(np.array(x0))
        for shift in (0.5, 0.0, 1.0):
            fun(x0 + shift)
        return SimpleNamespace(x=x0 + 0.25)

    result = train(optimizer=search)
    assert len(result.history) == 3
    np.testing.assert_array_equal(result.walk.parameters, starts[0] + 0.25)


def test_optimizer_may_pass_a_list_and_reuse_its_array():
    def optimizer(fun, x0):
        point = np.array(x0)
        found = []
        for _ in range(5):
            found.append(fun(point))
            point += 0.7
        assert fun(list(x0)) == found[0]
        return SimpleNamespace(x=list(x0))

    result = train(optimizer=optimizer)
    best = int(np.argmin(losses(result)))
    stopped = train(optimizer=optimizer, callback=stop_after(5))
    assert squared_error(stopped.walk) == losses(result)[best]


def test_optimizer_as_an_object():
    class Halving:
        def minimize(self, fun, x0):
            best = min(((fun(x0 * scale), scale) for scale in (1, 0.5, 0.25)), key=lambda x: x[0])
            return SimpleNamespace(x=x0 * best[1], fun=best[0])

    result = train(optimizer=Halving())
    assert len(result.history) == 3
    assert squared_error(result.walk) == min(losses(result))


@pytest.mark.parametrize("method", METHODS)
def test_initial_point_is_evaluated_first(rng, method):
    first = rng.normal(size=SMALL.num_parameters)
    result = train(optimizer=method, initial_point=first.tolist(), max_evaluations=1)
    assert losses(result) == [squared_error(SMALL.with_parameters(first))]
    np.testing.assert_array_equal(result.walk.parameters, first)


def test_random_initial_points():
    points = [train(max_evaluations=1, seed=seed).walk.parameters for seed in range(20)]
    assert len(np.unique(points)) == np.size(points)
    assert np.abs(points).max() <= np.pi
    assert np.abs(points).max() > 3
    assert np.min(points) < -3


@pytest.mark.parametrize("number", [1, 35])
@pytest.mark.parametrize("method", METHODS)
def test_max_evaluations(method, number):
    result = train(optimizer=method, max_evaluations=number)
    assert [step.evaluation for step in result.history] == list(range(1, number + 1))
    assert squared_error(result.walk) == min(losses(result))


def test_without_a_limit_the_optimizer_ends():
    result = train(optimizer="SLSQP", max_evaluations=None)
    assert len(result.history) > 60
    assert squared_error(result.walk) <= 1.01 * min(losses(result)) + 1e-12


def test_callback_sees_every_step():
    steps = []
    result = train(callback=steps.append)
    assert tuple(steps) == result.history
    assert all(isinstance(step, FitStep) and type(step.loss) is float for step in steps)


@pytest.mark.parametrize("number", [1, 23])
@pytest.mark.parametrize("method", METHODS)
def test_callback_stops_the_fit(method, number):
    result = train(optimizer=method, callback=stop_after(number))
    whole = train(optimizer=method)
    assert result.history == whole.history[:number]
    assert squared_error(result.walk) == min(losses(result))


def test_other_errors_of_the_callback_are_not_hidden():
    def callback(step):
        raise RuntimeError("printer on fire")

    with pytest.raises(RuntimeError, match="printer on fire"):
        train(callback=callback)


def test_missed_tolerance_is_reported_with_advice():
    result = train(max_evaluations=3)
    assert not result.success
    assert "MISSED THE TOLERANCE" in str(result)
    assert f"total variation {result.total_variation:.2e} misses the tolerance" in result.message
    assert "allow more evaluations (resume=), more shots or another optimizer" in result.message


def test_met_tolerance_is_reported():
    result = train(LATTICE, optimizer="BFGS", max_evaluations=None)
    assert result.success
    assert "is within the tolerance" in result.message
    assert "resume" not in result.message


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_gives_the_same_result(method):
    first, second = (train(optimizer=method, seed=7) for _ in range(2))
    assert first == second
    assert first.seed == 7
    assert train(optimizer=method, seed=8, max_evaluations=1).history != first.history[:1]


def test_drawn_seed_is_reported():
    drawn = train(seed=None)
    assert type(drawn.seed) is int
    assert train(seed=drawn.seed) == drawn


def through_a_file(result, path):
    result.save(path / "result.json")
    loaded = FitResult.load(path / "result.json")
    assert loaded == result
    return loaded


@pytest.mark.parametrize("number", [1, 17, 40])
@pytest.mark.parametrize(
    ("method", "limit"),
    [("COBYLA", 60), ("Nelder-Mead", 60), ("L-BFGS-B", 60), ("Powell", 60), ("SLSQP", None)],
)
def test_resumed_fit_equals_an_uninterrupted_one(tmp_path, method, number, limit):
    whole = train(optimizer=method, max_evaluations=limit)
    stops = [
        train(optimizer=method, max_evaluations=number),
        train(optimizer=method, max_evaluations=limit, callback=stop_after(number)),
    ]
    assert stops[1].message == f"The callback stopped the fit. {stops[0].message}"
    assert stops[0] == replace(stops[1], message=stops[0].message)
    assert len(stops[0].history) == number
    for part, seed in ((stops[0], 1), (through_a_file(stops[1], tmp_path), None)):
        new = []
        resumed = train(
            optimizer=method, max_evaluations=limit, seed=seed, resume=part, callback=new.append
        )
        assert resumed == whole
        assert tuple(new) == whole.history[number:]


def test_resuming_again_and_again():
    whole, part = train(LATTICE), None
    for limit in (1, 2, 20, 21, 59, 60, 60):
        part = train(LATTICE, max_evaluations=limit, resume=part)
    assert part == whole


def test_resuming_does_not_evaluate_the_past_again():
    calls = []

    def loss(p, q):
        calls.append(q)
        return np.sum((p - q) ** 2)

    part = train(loss=loss, max_evaluations=40)
    del calls[:]
    train(loss=loss, max_evaluations=60, resume=part)
    assert len(calls) == 20


def test_resuming_a_finished_fit_changes_nothing():
    whole = train(optimizer="SLSQP", max_evaluations=None)
    assert train(optimizer="SLSQP", max_evaluations=None, resume=whole) == whole


def test_resuming_within_a_shorter_limit():
    long = train(max_evaluations=40)
    assert train(max_evaluations=20, resume=long) == train(max_evaluations=20)


def test_resumed_progress_goes_on(capsys):
    pytest.importorskip("tqdm")
    method = Variational(shots=None, max_evaluations=60)
    part = train(max_evaluations=40)
    fit(TARGET, walk=SMALL, method=method, resume=part, progress=True)
    assert "60 evaluations" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"loss": "mae"}, ValueError, "loss must be one of 'mse', .*'mmd', got 'mae'"),
        ({"optimizer": "SGD"}, ValueError, "optimizer must be one of 'BFGS', .*got 'SGD'"),
        ({"optimizer": 5}, TypeError, r"optimizer must be .*minimize\(fun, x0\).*, got 5"),
        ({"optimizer": None}, TypeError, "optimizer must be .*, got None"),
        ({"optimizer": SimpleNamespace}, TypeError, "optimizer must be .*, got <class"),
        ({"optimizer": SimpleNamespace(minimize=3)}, TypeError, "optimizer must be .*namespace"),
        ({"shots": 0}, ValueError, "shots must be at least 1, got 0"),
        ({"shots": 10.5}, TypeError, "shots must be an integer, got 10.5"),
        ({"max_evaluations": 0}, ValueError, "max_evaluations must be at least 1, got 0"),
        ({"max_evaluations": True}, TypeError, "max_evaluations must be an integer, got True"),
        ({"sampler": "aer", "shots": 10}, TypeError, "sampler must be .*method run, got 'aer'"),
        (
            {"sampler": SimpleNamespace(run=print)},
            ValueError,
            "shots must be a number if there is a sampler, got None",
        ),
        ({"initial_point": [0.5]}, ValueError, r"initial_point must have shape \(5,\), got \(1,\)"),
        ({"initial_point": [0, 0, 0, 0, np.nan]}, ValueError, "initial_point must be finite"),
        ({"initial_point": list("abcde")}, TypeError, "initial_point must be an array of real"),
    ],
)
def test_wrong_options(options, error, message):
    with pytest.raises(error, match=message):
        train(**options)


def test_optimizer_class_instead_of_an_instance():
    class Optimizer:
        def minimize(self, fun, x0):
            pytest.fail("called")

    with pytest.raises(TypeError, match=r"optimizer must be .*Optimizer"):
        Variational(optimizer=Optimizer)


@pytest.mark.parametrize("method", ["variational", Variational(shots=None)])
def test_a_variational_fit_needs_a_walk(method):
    with pytest.raises(ValueError, match=r"a variational fit needs walk=, the structure to train"):
        fit(TARGET, method=method)


@pytest.mark.parametrize("method", ["variational", Variational(shots=None)])
def test_a_variational_fit_has_no_budget(method):
    with pytest.raises(ValueError, match="max_two_qubit_gates is for grown walks"):
        fit(TARGET, walk=SMALL, method=method, max_two_qubit_gates=3)
    with pytest.raises(ValueError, match="max_two_qubit_gates is for grown walks"):
        fit(TARGET, method=method, max_two_qubit_gates=3)


@pytest.mark.parametrize("method", ["auto", "gradient", "exact"])
def test_only_variational_fits_are_resumed(method):
    part = train(max_evaluations=5)
    with pytest.raises(ValueError, match=f"resume is for variational fits, .*method='{method}'"):
        fit(TARGET, walk=SMALL, method=method, resume=part)


@pytest.mark.parametrize(
    ("walk", "target"),
    [
        pytest.param(LATTICE, TARGET, id="more parameters"),
        pytest.param(SplitStepWalk.template(2, 2, coins="ry", start=1), TARGET, id="another start"),
        pytest.param(
            SplitStepWalk(2, np.zeros((2, 2)), final_coin=0), TARGET, id="another coin's place"
        ),
        pytest.param(TreeWalk(2, np.zeros(3)), TARGET, id="another kind"),
        pytest.param(SMALL, TargetDistribution([0.4, 0.3, 0.2, 0.1], (0, 3)), id="probabilities"),
        pytest.param(SMALL, TargetDistribution([0.1, 0.2, 0.4, 0.3], (0, 4)), id="bounds"),
    ],
)
def test_resuming_another_fit(walk, target):
    part = train(max_evaluations=5)
    with pytest.raises(ValueError, match="resume must be a fit of the same walk and target"):
        train(walk, target, resume=part)


def test_resuming_with_another_seed():
    part = train(max_evaluations=5, seed=3)
    with pytest.raises(ValueError, match="resume has the seed 3, got seed=4"):
        train(resume=part, seed=4)


def test_resuming_a_gradient_fit():
    part = fit(TARGET, walk=SMALL, seed=1)
    assert len(part.history) > 0
    with pytest.raises(ValueError, match="resume must be a variational fit with its history"):
        train(resume=part)


def test_resuming_a_result_without_history(rng):
    walk = SMALL.with_parameters(rng.normal(size=SMALL.num_parameters))
    with pytest.raises(ValueError, match="resume must be a variational fit with its history"):
        train(resume=assess(walk, TARGET, 0.1, advice="none", seed=1))


@pytest.mark.parametrize("resume", ["result.json", 5, {}])
def test_resuming_something_else(resume):
    with pytest.raises(TypeError, match="resume must be a FitResult, got"):
        train(resume=resume)


def test_file_of_the_first_schema(tmp_path):
    result = train(max_evaluations=5)
    path = tmp_path / "result.json"
    result.save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert [step[4] for step in data["history"]] == losses(result)
    data["schema"] = 1
    data["history"] = [step[:4] for step in data["history"]]
    path.write_text(json.dumps(data), encoding="utf-8")
    loaded = FitResult.load(path)
    assert loaded.walk == result.walk
    assert [step[:4] for step in loaded.history] == [step[:4] for step in result.history]
    assert losses(loaded) == [None] * 5
    with pytest.raises(ValueError, match="resume must be a variational fit with its history"):
        train(resume=loaded)


def test_history_of_a_gradient_fit_has_no_losses():
    assert set(losses(fit(TARGET, walk=SMALL, seed=1))) == {None}


def test_the_walk_itself_is_not_changed():
    before = SMALL.parameters.copy()
    result = train()
    np.testing.assert_array_equal(SMALL.parameters, before)
    assert result.walk.with_parameters(before) == SMALL


def test_more_evaluations_are_not_worse():
    found = [squared_error(train(max_evaluations=number).walk) for number in (1, 10, 30, 60)]
    assert all(later <= earlier for earlier, later in pairwise(found))
