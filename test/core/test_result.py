import json
import math
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.fitting import FitResult, FitStep
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.walks import TreeWalk

BOXES = ((-1.5, 2.0), (0.5, 3.0), (-2.0, -1.0))
SIZES = [(1,), (4,), (2, 2), (1, 3), (1, 2, 1)]
HISTORY = (FitStep(8, 2, 1, 0.25), FitStep(15, 3, 4, 3.0815e-33))


def random_walk(rng, num_qubits):
    """A walk that reaches every site."""
    flips = [pair for bit in range(num_qubits - 1) for pair in ((bit, bit + 1), (bit + 1, bit))]
    angles, initial = rng.normal(size=(len(flips), 2)), rng.normal(size=num_qubits)
    return MultiscaleWalk(num_qubits, flips, angles, initial_angles=initial)


def lattice_walk(rng, num_qubits):
    """A walk with every kind of coin and without any default."""
    return SplitStepWalk(
        num_qubits - 1,
        rng.normal(size=(2, 2, 3)),
        start=1,
        initial_coin=rng.normal(size=3),
        final_coin=rng.normal(),
        repetitions=2,
        coin="absorbed",
    )


def on_the_line(probabilities):
    return TargetDistribution(probabilities, (0, len(probabilities) - 1))


def on_own_points(rng, sizes=(3,)):
    """A target of dyadic probabilities on points that are not equidistant."""
    target = dyadic_target(rng, sizes)
    axes = [np.cumsum(rng.uniform(0.1, 1, 2**size)) for size in sizes]
    return TargetDistribution(target.probabilities, axes=axes if len(axes) > 1 else axes[0])


def dyadic_target(rng, sizes=(3,)):
    """A target whose probabilities are multiples of 1/256, so that they sum to 1 exactly."""
    shape = tuple(2**size for size in sizes)
    counts = rng.multinomial(256, rng.dirichlet(np.ones(np.prod(shape))))
    bounds = BOXES[: len(sizes)]
    return TargetDistribution(counts.reshape(shape) / 256, bounds if len(sizes) > 1 else bounds[0])


def random_result(rng, sizes=(3,), tolerance=1e-3):
    shape = tuple(2**size for size in sizes)
    bounds = BOXES[: len(sizes)] if len(sizes) > 1 else BOXES[0]
    target = TargetDistribution(rng.dirichlet(np.ones(np.prod(shape))).reshape(shape), bounds)
    return assess(random_walk(rng, sum(sizes)), target, tolerance, advice="walk on")


def pair(result):
    return result.target.probabilities.ravel(), result.walk.probabilities()


@pytest.fixture
def saved(rng, tmp_path):
    """A file with a result, and the data in it."""
    path = tmp_path / "result.json"
    target = dyadic_target(rng)
    assess(random_walk(rng, 3), target, 0.01, advice="none", seed=3, history=HISTORY).save(path)
    return path, json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sizes", SIZES)
def test_distances_by_their_formulas(rng, sizes):
    result = random_result(rng, sizes)
    p, q = pair(result)
    for found, expected in (
        (result.total_variation, sum(max(b - a, 0) for a, b in zip(p, q, strict=True))),
        (result.kl_divergence, sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))),
        (result.reverse_kl_divergence, sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))),
        (result.hellinger, math.sqrt(1 - sum(math.sqrt(a * b) for a, b in zip(p, q, strict=True)))),
    ):
        assert found == pytest.approx(expected, rel=1e-9)
        assert found > 1e-3
        assert type(found) is float


def test_divergences_are_infinite_where_only_one_vanishes(rng):
    everywhere, half = random_walk(rng, 2), on_the_line([0.5, 0, 0.5, 0])
    missing = assess(everywhere, half, 0.5, advice="none")
    assert math.isfinite(missing.kl_divergence)
    assert missing.reverse_kl_divergence == math.inf
    still = MultiscaleWalk(2, [], [])
    short = assess(still, on_the_line([0.25] * 4), 0.5, advice="none")
    assert short.kl_divergence == math.inf
    assert short.reverse_kl_divergence == pytest.approx(math.log(4))


@pytest.mark.parametrize("draw", range(3))
def test_moment_errors_in_one_dimension(rng, draw):
    result = random_result(rng, (4,))
    p, q = pair(result)
    x = np.linspace(*BOXES[0], 16)
    assert result.mean_error == pytest.approx(np.dot(q, x) - np.dot(p, x), abs=1e-14)
    assert result.second_moment_error == pytest.approx(np.dot(q, x * x) - np.dot(p, x * x))
    assert abs(result.mean_error) > 1e-3
    assert type(result.mean_error) is type(result.second_moment_error) is float


@pytest.mark.parametrize("sizes", [sizes for sizes in SIZES if len(sizes) > 1])
def test_moment_errors_in_several_dimensions(rng, sizes):
    result = random_result(rng, sizes)
    shape, dimensions = tuple(2**size for size in sizes), len(sizes)
    excess = (result.walk.probabilities() - result.target.probabilities.ravel()).reshape(shape)
    axes = [np.linspace(*BOXES[i], length) for i, length in enumerate(shape)]
    grids = np.meshgrid(*axes, indexing="ij")
    mean = np.array([np.sum(excess * x) for x in grids])
    second = np.array([[np.sum(excess * x * y) for y in grids] for x in grids])
    assert result.mean_error.shape == (dimensions,)
    assert result.second_moment_error.shape == (dimensions, dimensions)
    assert result.mean_error == pytest.approx(mean, abs=1e-14)
    assert result.second_moment_error == pytest.approx(second, abs=1e-14)


@pytest.mark.parametrize("sizes", [(4,), (2, 2)])
def test_no_payoff_does_worse_than_the_price_error_bound(rng, sizes):
    result = random_result(rng, sizes)
    p, q = pair(result)
    payoffs = [
        *rng.normal(size=(200, 16)),
        *(rng.uniform(size=(200, 16)) > 0.5),
        *np.maximum(rng.normal(size=(200, 16)) + 5, 5),
        1e6 * np.sign(q - p),
    ]
    for payoff in np.array(payoffs, dtype=float):
        error = abs(np.dot(q, payoff) - np.dot(p, payoff))
        assert error <= result.price_error_bound(np.ptp(payoff)) * (1 + 1e-12)


@pytest.mark.parametrize("sizes", [(4,), (2, 2)])
def test_price_error_bound_is_attained(rng, sizes):
    result = random_result(rng, sizes)
    p, q = pair(result)
    payoff = np.where(q > p, 7.0, 4.5)
    error = np.dot(q, payoff) - np.dot(p, payoff)
    assert error == pytest.approx(result.price_error_bound(2.5))
    assert result.price_error_bound(0) == 0


@pytest.mark.parametrize(
    ("payoff_range", "rule"),
    [
        (-1e-9, "payoff_range must not be negative, got -1e-09"),
        (math.nan, "payoff_range must be finite, got nan"),
        (math.inf, "payoff_range must be finite, got inf"),
    ],
)
def test_price_error_bound_of_a_bad_range(rng, payoff_range, rule):
    with pytest.raises(ValueError, match=rule):
        random_result(rng).price_error_bound(payoff_range)


def test_price_error_bound_of_no_number(rng):
    with pytest.raises(TypeError, match="payoff_range must be a real number, got 'wide'"):
        random_result(rng).price_error_bound("wide")


def test_summary_shows_the_certificate(rng):
    result = random_result(rng, (3,))
    lines = [" ".join(line.split()) for line in str(result).splitlines()]
    for line in (
        f"walk {result.walk!r}",
        f"total variation {result.total_variation:.2e} tolerance 0.001",
        f"KL divergence {result.kl_divergence:.2e} reverse {result.reverse_kl_divergence:.2e}",
        f"Hellinger {result.hellinger:.2e}",
        f"two-qubit gates {result.two_qubit_gates}",
        f"mean error {result.mean_error:+.2e}",
        f"2nd moment error {result.second_moment_error:+.2e}",
        f"price error at most {result.total_variation:.2e} x the payoff's range",
        "evaluations 0",
    ):
        assert line in lines
    assert lines[0] == "fit MISSED THE TOLERANCE"
    assert lines[-1] == result.message


@pytest.mark.parametrize("draw", range(4))
def test_summary_shows_the_largest_moment_error(rng, draw):
    result = random_result(rng, (2, 2))
    mean, second = result.mean_error.ravel(), result.second_moment_error.ravel()
    lines = [" ".join(line.split()) for line in str(result).splitlines()]
    assert f"mean error {max(mean, key=abs):+.2e} largest" in lines
    assert f"2nd moment error {max(second, key=abs):+.2e} largest" in lines


def test_success_is_decided_by_the_tolerance(rng):
    result = random_result(rng)
    error = result.total_variation
    for tolerance, success in ((error, True), (np.nextafter(error, 0), False)):
        assessed = assess(result.walk, result.target, tolerance, advice="walk on")
        assert assessed.success is success
        assert ("misses the tolerance" in assessed.message) is not success
        assert assessed.message.endswith(": walk on.") is not success


def test_message_of_a_tree_that_replaces_a_grown_walk(rng):
    target = on_the_line(rng.dirichlet(np.ones(32)))
    tree = TreeWalk.from_probabilities(target.probabilities)
    result = assess(tree, target, 1e-6, advice="walk on", fallback=True)
    assert result.success
    for part in (
        "met the tolerance 1e-06, so a tree of multiplexed rotations loads the target exactly",
        "with 30 two-qubit gates",
    ):
        assert part in result.message
    assert "walk on" not in result.message


def test_message_of_a_tree_that_was_given(rng):
    target = on_the_line(rng.dirichlet(np.ones(32)))
    tree = TreeWalk.from_probabilities(target.probabilities)
    result = assess(tree, target, 1e-6, advice="walk on")
    assert result.message.endswith("is within the tolerance, with 30 two-qubit gates.")


@pytest.mark.parametrize("fallback", [False, True])
def test_message_of_a_tree_that_misses(rng, fallback):
    tree = TreeWalk.from_probabilities(rng.dirichlet(np.ones(8)))
    target = on_the_line([1] + 7 * [0])
    result = assess(tree, target, 1e-6, advice="walk on", fallback=fallback)
    assert not result.success
    assert "misses the tolerance 1e-06 with 6 two-qubit gates: walk on." in result.message
    assert "exactly" not in result.message


def test_assess_with_other_sites(rng):
    with pytest.raises(ValueError, match="the walk loads 16 sites, but the target has 8"):
        assess(random_walk(rng, 4), dyadic_target(rng), 0.1, advice="none")
    with pytest.raises(TypeError, match=r"walk must be a Walk, got 'walk'"):
        assess("walk", dyadic_target(rng), 0.1, advice="none")
    with pytest.raises(
        TypeError, match="target must be a TargetDistribution or TargetState, got 'target'"
    ):
        assess(random_walk(rng, 3), "target", 0.1, advice="none")


def fitted(rng):
    return fit(dyadic_target(rng), tolerance=0.01, seed=5)


def fitted_on_a_line(rng):
    result = fit(dyadic_target(rng, (2, 2)), tolerance=0.05, order="interleaved", seed=5)
    assert result.walk.line == (3, 1, 2, 0)
    return result


def missed(rng):
    return fit(dyadic_target(rng), max_two_qubit_gates=0, seed=5)


def tree(rng):
    target = dyadic_target(rng)
    return assess(TreeWalk.from_probabilities(target.probabilities), target, 1e-6, advice="none")


def lattice(rng):
    walk = lattice_walk(rng, 3)
    return assess(walk, dyadic_target(rng), 0.9, advice="none", seed=2**40, history=HISTORY)


def traced_lattice(rng):
    walk = SplitStepWalk(3, rng.normal(size=(4, 2)))
    return assess(walk, dyadic_target(rng), 1e-9, advice="größer", history=HISTORY)


def own_points(rng):
    return assess(random_walk(rng, 3), on_own_points(rng), 0.9, advice="none")


def own_points_of_two_assets(rng):
    return assess(random_walk(rng, 3), on_own_points(rng, (1, 2)), 0.9, advice="none")


def log_grid(rng):
    target = TargetDistribution.from_black_scholes(3, 100, 0.2, 0.03, 1)
    return assess(random_walk(rng, 3), target, 0.9, advice="none")


@pytest.mark.parametrize(
    "make",
    [
        *(fitted, fitted_on_a_line, missed, tree, lattice, traced_lattice),
        *(own_points, own_points_of_two_assets, log_grid),
    ],
)
def test_loaded_result_equals_the_saved_one(rng, tmp_path, make):
    result = make(rng)
    result.save(tmp_path / "result.json")
    loaded = FitResult.load(tmp_path / "result.json")
    assert loaded == result
    for name in ("walk", "target", "tolerance", "message", "seed", "history", "success"):
        assert getattr(loaded, name) == getattr(result, name), name
    assert type(loaded.walk) is type(result.walk)
    assert np.array_equal(loaded.walk.parameters, result.walk.parameters)
    assert np.array_equal(loaded.walk.probabilities(), result.walk.probabilities())
    assert np.array_equal(loaded.target.values, result.target.values)
    assert getattr(loaded.walk, "line", None) == getattr(result.walk, "line", None)
    assert all(type(step) is FitStep for step in loaded.history)
    assert str(loaded) == str(result)


@pytest.mark.parametrize("size", [2, 5, 8])
def test_no_probability_changes_by_saving(rng, tmp_path, size):
    for _ in range(20):
        target = on_the_line(rng.dirichlet(np.ones(2**size)))
        result = assess(random_walk(rng, size), target, 0.1, advice="none")
        result.save(tmp_path / "result.json")
        loaded = FitResult.load(tmp_path / "result.json")
        assert np.array_equal(loaded.target.probabilities, target.probabilities)
        assert loaded == result


def test_a_path_may_be_a_string(rng, tmp_path):
    result = tree(rng)
    result.save(str(tmp_path / "result"))
    assert FitResult.load(str(tmp_path / "result")) == result


def test_file_is_plain_json(saved):
    path, data = saved
    assert data["format"] == "qiskit-ssqw fit result"
    assert data["schema"] == 4
    assert set(data) == {
        *("format", "schema", "walk", "target", "tolerance", "message", "seed", "history")
    }
    assert data["history"] == [list(step) for step in HISTORY]
    assert data["walk"]["walk"] == "MultiscaleWalk"
    assert FitResult.load(path).target.probabilities.tolist() == data["target"]["probabilities"]


def test_file_with_grid_points(rng, tmp_path):
    path = tmp_path / "result.json"
    result = own_points_of_two_assets(rng)
    result.save(path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert set(data["target"]) == {"probabilities", "axes"}
    assert data["target"]["axes"] == [axis.tolist() for axis in result.target.axes]


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_file_of_an_older_schema(saved, schema):
    path, data = saved
    history = [step[:4] if schema == 1 else step for step in data["history"]]
    old = {**data, "schema": schema, "history": history}
    path.write_text(json.dumps(old), encoding="utf-8")
    loaded = FitResult.load(path)
    assert loaded.target.bounds == tuple(data["target"]["bounds"])
    assert [step[:4] for step in loaded.history] == [step[:4] for step in HISTORY]


@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_truncated_file(saved, share):
    path, _ = saved
    text = path.read_bytes()
    path.write_bytes(text[: int(share * len(text))])
    with pytest.raises(ValueError, match=r"result\.json is damaged"):
        FitResult.load(path)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\xff", id="binary"),
        pytest.param(b"\x00" * 100, id="zeros"),
        pytest.param(b"price: 2.0", id="text"),
        pytest.param(b"[" * 100_000, id="deeply nested"),
    ],
)
def test_file_without_json(tmp_path, content):
    path = tmp_path / "result.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"result\.json is damaged"):
        FitResult.load(path)


@pytest.mark.parametrize(
    "data", [[], [1, 2], 5, None, "walk", {}, {"schema": 1}, {"format": "fit", "schema": 1}]
)
def test_file_with_something_else(tmp_path, data):
    path = tmp_path / "other.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match=r"other\.json holds no fit result of qiskit-ssqw"):
        FitResult.load(path)


@pytest.mark.parametrize(
    "entry", ["walk", "target", "tolerance", "message", "seed", "history", "schema"]
)
def test_file_without_an_entry(saved, entry):
    path, data = saved
    del data[entry]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"result\.json is damaged.*{entry}"):
        FitResult.load(path)


def walk_data(num_qubits):
    return MultiscaleWalk(num_qubits, [], []).to_dict()


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        pytest.param("walk", walk_data(4), id="walk of another size"),
        pytest.param(
            "walk",
            {**walk_data(1), "num_qubits": 50, "initial_angles": [0] * 50, "line": [*range(50)]},
            id="walk of absurd size",
        ),
        pytest.param("walk", {**walk_data(3), "walk": "RandomWalk"}, id="unknown walk"),
        pytest.param("walk", {**walk_data(3), "steps": 3}, id="walk with unknown entry"),
        pytest.param("walk", {**walk_data(3), "flips": [[0, 2]]}, id="impossible flip"),
        pytest.param("walk", {**walk_data(3), "initial_angles": [0, math.nan, 0]}, id="NaN angle"),
        pytest.param("walk", None, id="null walk"),
        pytest.param("target", None, id="null target"),
        pytest.param("target", {"probabilities": [0.125] * 8}, id="no bounds"),
        pytest.param(
            "target",
            {"probabilities": [math.nan] + 7 * [0.125], "bounds": [0, 1]},
            id="NaN probability",
        ),
        pytest.param(
            "target", {"probabilities": [-0.5, 1.5] + 6 * [0], "bounds": [0, 1]}, id="negative"
        ),
        pytest.param("target", {"probabilities": [0.1] * 8, "bounds": [0, 1]}, id="sum not 1"),
        pytest.param("target", {"probabilities": [0.125] * 8, "axes": [[0] * 8]}, id="flat axis"),
        pytest.param("target", {"probabilities": [0.125] * 8, "axes": []}, id="no axis"),
        pytest.param("target", {"probabilities": [0.125] * 8, "axes": 3}, id="number for axes"),
        pytest.param(
            "target",
            {"probabilities": [0.125] * 8, "axes": [[*range(8)]], "bounds": [0, 7]},
            id="axes and bounds",
        ),
        pytest.param(
            "target", {"probabilities": [0.125] * 8, "axes": [[*range(8)]] * 2}, id="two axes"
        ),
        pytest.param("tolerance", 0, id="zero tolerance"),
        pytest.param("tolerance", math.nan, id="NaN tolerance"),
        pytest.param("tolerance", "small", id="text tolerance"),
        pytest.param("tolerance", 10**400, id="huge tolerance"),
        pytest.param("seed", True, id="bool seed"),
        pytest.param("seed", -1, id="negative seed"),
        pytest.param("seed", 1.5, id="fractional seed"),
        pytest.param("history", None, id="null history"),
        pytest.param("history", [[1, 2, 3]], id="short step"),
        pytest.param("history", [[1, 2, 3, 4, 5, 6]], id="long step"),
        pytest.param("history", [["1", "2", "3", "x"]], id="text in a step"),
        pytest.param("schema", True, id="bool schema"),
        pytest.param("schema", 0, id="schema 0"),
        pytest.param("schema", 1.0, id="fractional schema"),
        pytest.param("schema", "1", id="text schema"),
        pytest.param("schema", None, id="null schema"),
    ],
)
def test_file_with_a_bad_entry(saved, entry, value):
    path, data = saved
    path.write_text(json.dumps({**data, entry: value}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"result\.json is damaged"):
        FitResult.load(path)


def test_file_of_a_newer_version(saved):
    path, data = saved
    path.write_text(json.dumps({**data, "schema": 5, "walk": "new"}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"has schema 5, .*reads up to 4: upgrade qiskit-ssqw"):
        FitResult.load(path)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        FitResult.load(tmp_path / "result.json")


def test_saving_into_a_missing_directory(rng, tmp_path):
    with pytest.raises(FileNotFoundError, match="No such file"):
        tree(rng).save(tmp_path / "missing" / "result.json")
    assert list(tmp_path.iterdir()) == []


def test_saving_replaces_a_file(saved, rng):
    path, _ = saved
    result = lattice(rng)
    result.save(path)
    assert FitResult.load(path) == result
    assert list(path.parent.iterdir()) == [path]


def test_failed_saving_keeps_the_old_file(saved, rng, monkeypatch):
    path, _ = saved
    before = path.read_bytes()

    def fill_the_disk(draft, text, **_):
        draft.write_bytes(text[: len(text) // 2].encode())
        raise OSError("no space left")

    monkeypatch.setattr(Path, "write_text", fill_the_disk)
    with pytest.raises(OSError, match="no space left"):
        tree(rng).save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_saving_over_a_directory(rng, tmp_path):
    (tmp_path / "result.json").mkdir()
    with pytest.raises(OSError, match=r"result\.json"):
        tree(rng).save(tmp_path / "result.json")
    assert list(tmp_path.iterdir()) == [tmp_path / "result.json"]


def test_many_threads_save_to_one_file(rng, tmp_path):
    results, path = [lattice(rng) for _ in range(4)], tmp_path / "result.json"

    def save(result):
        result.save(path)
        return FitResult.load(path)

    with ThreadPoolExecutor(4) as pool:
        assert all(loaded in results for loaded in pool.map(save, results * 50))
    assert list(tmp_path.iterdir()) == [path]


@pytest.fixture
def link(tmp_path):
    """A link to a file in another directory, where links may be made."""
    (tmp_path / "far").mkdir()
    link = tmp_path / "result.json"
    try:
        link.symlink_to(tmp_path / "far" / "there.json")
    except OSError:  # on Windows not everyone may
        pytest.skip("no symbolic links here")
    return link


@pytest.mark.parametrize("dangling", [True, False])
def test_saving_follows_a_link(rng, tmp_path, link, dangling):
    far = tmp_path / "far" / "there.json"
    if not dangling:
        tree(rng).save(far)
    result = lattice(rng)
    result.save(link)
    assert link.is_symlink()
    assert not far.is_symlink()
    assert FitResult.load(far) == FitResult.load(link) == result
    assert list((tmp_path / "far").iterdir()) == [far]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "far", link]


def test_saving_to_a_circle_of_links(rng, tmp_path, link):
    (tmp_path / "far" / "there.json").symlink_to(link)
    with pytest.raises(OSError, match="symbolic links"):
        tree(rng).save(link)
    assert link.is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFO here")
def test_saving_refuses_special_files(rng, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(pipe)
    for path in (pipe, tmp_path / "link"):
        with pytest.raises(OSError, match=r"must be a regular file.*(pipe|link)"):
            tree(rng).save(path)
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    assert sorted(tmp_path.iterdir()) == [tmp_path / "link", pipe]


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o755])
def test_saving_keeps_the_mode(saved, rng, mode):
    path, _ = saved
    path.chmod(mode)
    result = lattice(rng)
    result.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert FitResult.load(path) == result


@pytest.mark.skipif(os.name != "posix", reason="modes of POSIX")
def test_a_new_file_has_the_usual_mode(rng, tmp_path):
    tree(rng).save(tmp_path / "result.json")
    (tmp_path / "usual").write_text("")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_saving_does_not_replace_a_read_only_file(saved, rng, monkeypatch):
    path, _ = saved
    before = path.read_bytes()
    path.chmod(0o444)
    monkeypatch.setattr("qiskit_ssqw._files.os.access", lambda *_: False)  # also for root
    with pytest.raises(PermissionError, match=r"result\.json"):
        tree(rng).save(path)
    assert path.read_bytes() == before
