import sys
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from reference import data
from scipy import stats

from qiskit_ssqw import MultiscaleWalk, SplitStepWalk, TargetDistribution, fit
from qiskit_ssqw.fitting import FitStep, moves, pruning
from qiskit_ssqw.fitting.contest import Round
from qiskit_ssqw.fitting.goal import Goal
from qiskit_ssqw.fitting.record import Recorder
from qiskit_ssqw.fitting.result import assess
from qiskit_ssqw.fitting.search import Search
from qiskit_ssqw.metrics import total_variation
from qiskit_ssqw.targets import TargetState
from qiskit_ssqw.walks import TorusWalk, TreeWalk


def on_the_line(probabilities):
    return TargetDistribution(probabilities, (0, len(probabilities) - 1))


def normalised(weights):
    return np.asarray(weights) / np.sum(weights)


def assert_valid(result):
    """What holds for every fit of a multiscale walk, recomputed from scratch."""
    walk, target = result.walk, result.target
    p, q = target.probabilities.ravel(), walk.probabilities()
    assert walk.num_qubits == target.num_qubits
    places = {qubit: place for place, qubit in enumerate(walk.line)}
    assert all(abs(places[control] - places[flipped]) == 1 for control, flipped in walk.flips)
    assert result.total_variation == pytest.approx(0.5 * np.abs(p - q).sum(), abs=1e-15)
    assert result.success == (result.total_variation <= result.tolerance)
    assert result.two_qubit_gates == len(walk.flips)


@pytest.mark.parametrize(
    ("num_qubits", "tolerance", "gates"),
    [
        (1, 1e-6, 0),
        (2, 1e-6, 1),
        (3, 5e-3, 3),
        (3, 1e-6, 3),
        (4, 2e-2, 5),
        (4, 1e-6, 7),
        (6, 2e-2, 9),
        (6, 5e-3, 13),
        (6, 2e-3, 15),
        (8, 2e-2, 11),
        (8, 5e-3, 17),
        (10, 2e-2, 13),
        (10, 5e-3, 20),
        (12, 2e-2, 15),
        (16, 2e-2, 20),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_gates_for_the_reference_lognormal(lognormal, num_qubits, tolerance, gates, seed):
    result = fit(lognormal(num_qubits), tolerance=tolerance, seed=seed)
    assert_valid(result)
    assert result.success
    assert result.total_variation <= tolerance
    assert result.two_qubit_gates <= gates


@pytest.mark.parametrize(
    "probabilities",
    [
        pytest.param([0, 0, 0, 0, 0, 1, 0, 0], id="one site"),
        pytest.param([1, 0, 0, 0], id="first site"),
        pytest.param([0, 0, 0.25, 0, 0, 0, 0.75, 0], id="two sites"),
        pytest.param([0.5, 0, 0, 0, 0, 0, 0, 0.5], id="both ends"),
        pytest.param([1 / 16] * 16, id="uniform"),
        pytest.param([0.1, 0.2, 0, 0.2, 0, 0, 0.4, 0.1], id="zeros inside"),
        pytest.param([0.3, 0.7], id="one qubit"),
        pytest.param([0, 1], id="one qubit one site"),
    ],
)
def test_degenerate_targets_are_exact(probabilities):
    result = fit(on_the_line(probabilities), tolerance=1e-6, seed=1)
    assert_valid(result)
    assert result.success


@pytest.mark.parametrize("draw", range(4))
@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_few_qubits_load_any_distribution(rng, num_qubits, draw):
    target = on_the_line(rng.dirichlet(np.ones(2**num_qubits)))
    result = fit(target, tolerance=1e-6, seed=draw)
    assert_valid(result)
    assert result.success
    if num_qubits < 3:
        assert result.two_qubit_gates == num_qubits - 1


@pytest.mark.parametrize(
    ("size", "steps"), [(3, 2), (4, 4), pytest.param(5, 10, marks=pytest.mark.deep)]
)
def test_lattice_walk_with_absorbed_coin_is_exact(lognormal, size, steps):
    walk = SplitStepWalk(
        size - 1,
        np.full((steps, 2, 3), 0.5),
        start=2 ** (size - 2),
        initial_coin=[1, 0, 0],
        final_coin=[1, 0, 0],
        coin="absorbed",
    )
    result = fit(lognormal(size), walk=walk, tolerance=1e-6, seed=1)
    assert result.total_variation <= 1e-6
    assert result.success
    assert result.walk.to_dict().keys() == walk.to_dict().keys()
    assert result.walk.num_steps == steps
    assert (result.walk.start, result.walk.coin) == (walk.start, "absorbed")


def test_lattice_walk_with_traced_coin(lognormal):
    walk = SplitStepWalk(3, np.full((4, 2, 3), 0.5), start=4, initial_coin=[1, 0, 0])
    result = fit(lognormal(3), walk=walk, seed=1)
    assert result.success
    assert total_variation(lognormal(3).probabilities, result.walk.probabilities()) <= 1e-3


def test_fit_keeps_the_structure_of_a_multiscale_walk(lognormal):
    walk = MultiscaleWalk.from_windows(4, [(1, 2), (0, 1), (1, 2)], last=[(0, 1)])
    result = fit(lognormal(4), walk=walk, tolerance=1e-6, seed=1)
    assert result.success
    assert result.walk.flips == walk.flips


def test_fitted_walk_is_its_own_first_start(lognormal):
    first = fit(lognormal(3), tolerance=1e-6, seed=1)
    again = fit(lognormal(3), walk=first.walk, tolerance=1e-6, seed=1)
    assert again.success
    assert len(again.history) <= 4


def test_correlated_target_in_two_dimensions():
    target = TargetDistribution.normal(
        [2, 2], [0.1, -0.1], [[0.5, 0.2], [0.2, 0.4]], [(-1, 1), (-1.5, 1)]
    )
    result = fit(target, seed=1)
    assert_valid(result)
    assert result.total_variation <= 1e-3


def test_same_seed_gives_the_same_walk(rng):
    amplitudes = rng.normal(size=8)
    target = TargetState(amplitudes / np.linalg.norm(amplitudes))  # no known walk loads any
    first, other = (fit(target, seed=seed) for seed in (7, 8))
    clutter = [np.empty(size) for size in range(1, 200, 7)]  # moves what is allocated next
    second = fit(target, seed=7)
    assert len(clutter) > 0
    assert first.walk == second.walk
    assert first.history == second.history
    assert first.seed == 7
    assert first.walk != other.walk


def test_drawn_seed_is_reported(lognormal):
    drawn = fit(lognormal(3))
    assert type(drawn.seed) is int
    assert fit(lognormal(3), seed=drawn.seed).walk == drawn.walk
    assert fit(lognormal(3), tolerance=2e-3).seed != drawn.seed


@pytest.mark.parametrize("budget", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("num_qubits", [1, 2, 3, 6])
def test_budget_is_respected(lognormal, num_qubits, budget):
    result = fit(lognormal(num_qubits), max_two_qubit_gates=budget, seed=1)
    assert_valid(result)
    assert result.two_qubit_gates <= budget


def test_larger_budget_is_not_worse(lognormal):
    errors = [
        fit(lognormal(3), max_two_qubit_gates=budget, seed=1, tolerance=1e-3).total_variation
        for budget in range(4)
    ]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] <= 1e-3


def test_missed_tolerance_is_reported_with_advice(lognormal):
    result = fit(lognormal(5), tolerance=1e-3, max_two_qubit_gates=2, seed=1)
    assert not result.success
    for part in (
        f"total variation {result.total_variation:.2e} misses the tolerance 0.001",
        f"with {result.two_qubit_gates} two-qubit gates",
        "raise the tolerance, allow more two-qubit gates or try another seed",
    ):
        assert part in result.message
    assert "MISSED THE TOLERANCE" in str(result)


def test_walk_without_enough_steps_misses_with_advice(lognormal):
    result = fit(lognormal(3), walk=SplitStepWalk(3, [[1, 1]], start=4), seed=1)
    assert not result.success
    assert result.kl_divergence == np.inf
    assert "give the walk more coins and shifts" in result.message


def test_unreachable_tolerance_ends(rng):
    result = fit(on_the_line(rng.dirichlet(np.ones(32))), tolerance=1e-12, seed=1)
    assert_valid(result)
    assert np.isfinite(result.total_variation)


def test_callback_sees_the_history(lognormal):
    steps = []
    result = fit(lognormal(5), tolerance=5e-3, seed=1, callback=steps.append)
    assert tuple(steps) == result.history
    assert all(isinstance(step, FitStep) for step in steps)
    assert all(np.diff([step.evaluation for step in steps]) > 0)
    assert all(-1e-12 <= step.infidelity <= 1 + 1e-12 for step in steps)
    assert steps[-1].num_qubits == 5
    p, q = result.target.probabilities, result.walk.probabilities()
    final = 1 - np.sum(np.sqrt(p * q)) ** 2
    assert min(abs(step.infidelity - final) for step in steps) <= 1e-9


def test_progress_bar_goes_to_stderr(lognormal, capsys):
    silent = fit(lognormal(3), seed=1)
    assert capsys.readouterr() == ("", "")
    shown = fit(lognormal(3), seed=1, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "fit" in err
    assert f"{shown.history[-1].evaluation} evaluations" in err
    assert shown.walk == silent.walk


def test_progress_without_tqdm(lognormal, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=r"progress=True needs tqdm: pip install .*\[plot\]"):
        fit(lognormal(3), progress=True)


def test_summary_contains_the_key_facts(lognormal):
    result = fit(lognormal(3), seed=1)
    for part in (
        "succeeded",
        repr(result.walk),
        f"total variation {result.total_variation:.2e} tolerance 0.001",
        f"{result.kl_divergence:.2e}",
        f"{result.hellinger:.2e}",
        f"evaluations {result.history[-1].evaluation:,}",
        "two-qubit gates 3",
        "is within the tolerance, with 3 two-qubit gates",
    ):
        assert part in " ".join(str(result).split())
    assert "history" not in repr(result)


def test_result_is_frozen(lognormal):
    result = fit(lognormal(2), seed=1)
    with pytest.raises(FrozenInstanceError):
        result.message = "perfect"
    with pytest.raises(AttributeError):
        result.success = True


def test_large_walks_descend_by_the_adjoint_gradient(lognormal, monkeypatch):
    monkeypatch.setattr("qiskit_ssqw.fitting.large._LARGEST_JACOBIAN", 0)
    monkeypatch.setattr(
        "qiskit_ssqw.fitting.objective.Objective.columns", lambda *_: pytest.fail("Jacobian used")
    )
    walk = SplitStepWalk(
        2, np.full((3, 2, 3), 0.5), start=2, initial_coin=[1, 0, 0], coin="absorbed"
    )
    result = fit(lognormal(3), walk=walk, seed=1)
    assert result.total_variation <= 1e-3
    assert [step.evaluation for step in result.history] == list(range(1, len(result.history) + 1))
    assert result.history[-1].infidelity < result.history[0].infidelity


FAR = SplitStepWalk.template(3, 1, start=1)
NOWHERE = [
    FAR,
    SplitStepWalk.template(3, 1, coins="ry", start=1),
    SplitStepWalk.template(3, 1, start=1, repetitions=2),
    TorusWalk.template((2, 1), 1, start=(0, 0)),
]
ORTHOGONAL = [
    MultiscaleWalk(3, [(2, 1), (1, 0)], np.zeros((2, 2))),
    TreeWalk(3, np.zeros(7)),
    SplitStepWalk.template(2, 2, coin="absorbed", start=0),
]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("memory", [2**24, 0])
@pytest.mark.parametrize("walk", NOWHERE + ORTHOGONAL)
def test_a_given_walk_without_overlap(monkeypatch, walk, memory):
    """It may be out of reach whatever the angles, or at the first ones only."""
    monkeypatch.setattr("qiskit_ssqw.fitting.large._LARGEST_JACOBIAN", memory)
    monkeypatch.setattr("qiskit_ssqw.fitting.given._ROUNDS", (Round(25, 2), Round(100, 1)))
    site = 4 if isinstance(walk, TorusWalk) else 6
    target = on_the_line(np.eye(8)[site])
    assert walk.probabilities()[site] == 0
    result = fit(target, walk=walk, tolerance=1e-3, seed=1)
    if walk in ORTHOGONAL:
        assert result.success
    else:
        assert result.total_variation == pytest.approx(1)
        assert "misses the tolerance" in result.message


def test_fine_bits_without_memory_for_a_jacobian(lognormal, monkeypatch):
    """Once equal halves are precise enough, finer grids need no Jacobian at all."""
    monkeypatch.setattr("qiskit_ssqw.fitting.large._LARGEST_JACOBIAN", 2**15)
    result = fit(lognormal(14), tolerance=2e-2, seed=1)
    assert result.success
    assert result.two_qubit_gates <= 15


def test_assess_an_existing_walk(rng):
    walk = SplitStepWalk(2, rng.normal(size=(3, 2)))
    exact = assess(walk, on_the_line(walk.probabilities()), 1e-9, advice="none")
    assert exact.success
    assert exact.seed is None
    assert exact.history == ()
    missed = assess(walk, on_the_line([1, 0, 0, 0]), 1e-9, advice="walk on")
    assert not missed.success
    assert missed.message.endswith(": walk on.")


def random_walk(rng, num_qubits, flips):
    return MultiscaleWalk(
        num_qubits,
        flips,
        rng.normal(size=(len(flips), 2)),
        initial_angles=rng.normal(size=num_qubits),
    )


@pytest.mark.parametrize("flips", [1, 2, 3, 4])
def test_flips_of_a_fresh_qubit_do_nothing(rng, flips):
    walk = random_walk(rng, 3, [(2, 1), (1, 0), (2, 1), (1, 0)])
    finer = walk.refined(4)
    assert finer.probabilities() == pytest.approx(np.repeat(walk.probabilities() / 2, 2))
    longer, new = moves.inserted(finer, moves.onto_the_last_qubit(finer, flips))
    assert longer.flips.count((1, 0)) == flips
    assert longer.flips[-1] == (1, 0)
    assert not longer.parameters[new].any()
    assert longer.amplitudes() == pytest.approx(finer.amplitudes())


@pytest.mark.parametrize("qubits", [2, 3, 5])
def test_loops_undo_themselves(rng, qubits):
    walk = random_walk(rng, 5, [(4, 3), (3, 2), (1, 0)])
    longer, new = moves.inserted(walk, moves.loop(walk, qubits))
    assert len(longer.flips) == 3 + 2 * (qubits - 1)
    assert len(new) == 4 * (qubits - 1)
    assert longer.amplitudes() == pytest.approx(walk.amplitudes())


def test_reversed_line_reverses_the_bits(rng):
    walk = MultiscaleWalk(
        3, [(2, 1), (0, 1)], rng.normal(size=(2, 2)), initial_angles=rng.normal(size=3)
    )
    expected = walk.amplitudes().reshape(2, 2, 2).T.ravel()
    assert moves.reversed_line(walk).amplitudes() == pytest.approx(expected)


@pytest.mark.parametrize(("num_qubits", "finer"), [(1, 0), (2, 0), (2, 2), (5, 0), (5, 3)])
def test_a_mirrored_walk_loads_the_folded_distribution(rng, num_qubits, finer):
    flips = [(1, 0), (num_qubits - 1, num_qubits - 2)] if num_qubits > 1 else []
    half = random_walk(rng, num_qubits, flips).refined(num_qubits + finer)
    whole = moves.mirrored(half)
    probabilities = whole.probabilities()
    assert probabilities == pytest.approx(probabilities[::-1])
    assert moves.folded(probabilities) == pytest.approx(half.probabilities())
    assert len(whole.flips) == len(flips) + num_qubits  # none for the finer bits


@pytest.mark.parametrize(
    ("distribution", "tolerance", "gates"),
    [
        (stats.t(3), 5e-3, 24),
        pytest.param(stats.norm(), 1e-3, 28, marks=pytest.mark.deep),
        pytest.param(stats.laplace(), 2e-3, 22, marks=pytest.mark.deep),
        pytest.param(stats.cosine(), 2e-3, 22, marks=pytest.mark.deep),
    ],
)
def test_symmetric_targets_are_unfolded(distribution, tolerance, gates):
    target = TargetDistribution.from_scipy(7, distribution, (-3, 3))
    result = fit(target, tolerance=tolerance, seed=3)
    assert_valid(result)
    assert result.success
    assert result.two_qubit_gates <= gates


def test_an_unfolded_walk_is_turned_to_a_target_that_is_nearly_symmetric():
    rng = np.random.default_rng(1)
    half = rng.dirichlet(np.ones(16))
    mirrored = half[::-1] * (1 + 0.02 * rng.normal(size=16))
    target = on_the_line(normalised(np.concatenate([half, mirrored])))
    result = fit(target, tolerance=2e-2, seed=3)
    assert_valid(result)
    assert result.success
    assert result.two_qubit_gates <= 9


@pytest.mark.parametrize("budget", [3, pytest.param(8, marks=pytest.mark.deep)])
def test_a_budget_holds_for_symmetric_targets(budget):
    target = TargetDistribution.from_scipy(6, stats.t(3), (-6, 6))
    result = fit(target, max_two_qubit_gates=budget, seed=1)
    assert_valid(result)
    assert result.two_qubit_gates <= budget
    steps = {(step.num_qubits, step.two_qubit_gates) for step in result.history}
    assert max(steps)[0] == 6


@pytest.mark.parametrize(("thorough", "tried"), [(False, [8]), (True, [8, 4])])
def test_thorough_pruning_leaves_out_every_flip(rng, monkeypatch, thorough, tried):
    walk = random_walk(rng, 5, [(4, 3), (3, 2), (2, 1), (1, 0)] * 3)
    sizes, contest = [], pruning.contest

    def spy(model, starts, *args, **options):
        sizes.append(len(starts))
        return contest(model, starts, *args, **options)

    monkeypatch.setattr(pruning, "contest", spy)
    goal = Goal.of(rng.dirichlet(np.ones(32)))
    assert pruning.prune(walk, goal, 0.0, Recorder(), thorough=thorough).flips == walk.flips
    assert sizes == [1, *tried]


def test_a_walk_within_the_tolerance_is_returned_as_it_is(lognormal):
    rough = fit(lognormal(4), tolerance=0.05, seed=1).walk
    assert fit(lognormal(4), walk=rough, tolerance=0.06, seed=2).walk == rough


@pytest.mark.parametrize("seed", range(3))
def test_fitting_a_walk_never_makes_it_worse(lognormal, seed):
    """A tolerance just below what the walk has: the result may not be further off."""
    result = fit(lognormal(5), tolerance=5e-3, seed=seed)
    again = fit(lognormal(5), walk=result.walk, tolerance=0.999 * result.total_variation, seed=seed)
    assert again.total_variation <= result.total_variation


@pytest.mark.parametrize("num_qubits", [1, 3, 6])
def test_independent_bits_need_no_gate(rng, num_qubits):
    probabilities = np.ones(1)
    for share in rng.uniform(0.05, 0.95, size=num_qubits):
        probabilities = np.outer([share, 1 - share], probabilities).ravel()
    result = fit(TargetDistribution(probabilities, (0, 1)), tolerance=1e-9, seed=1)
    assert result.success
    assert result.two_qubit_gates == 0


@pytest.mark.parametrize(
    "num_qubits", [5, *(pytest.param(size, marks=pytest.mark.deep) for size in (6, 7))]
)
def test_any_distribution_takes_half_the_gates_of_a_tree(rng, num_qubits):
    target = on_the_line(rng.dirichlet(np.ones(2**num_qubits)))
    result = fit(target, tolerance=1e-6, seed=1)
    assert_valid(result)
    assert result.success
    assert result.two_qubit_gates <= 0.55 * (2**num_qubits - 2)


def test_fine_bits_do_not_cost_a_cell_rule_its_coarse_form():
    # On 10 qubits more than 120 angles of a matrix product state, on 8 of them far fewer.
    target = TargetDistribution.lognormal(10, 0.69, 0.0175, (1.2, 3.3), rule="cell")
    result = fit(target, tolerance=2e-3, seed=1)
    assert result.success
    assert result.two_qubit_gates <= 30


def test_as_many_flips_as_any_state_takes_come_before_a_tree(monkeypatch):
    asked = []

    def fail(self, goal, aim):
        asked.append(goal.num_qubits)
        return moves.independent_bits(goal.amplitudes**2), np.inf

    monkeypatch.setattr(Search, "_with_loops", lambda self, found, *_: self._as_any_state(*_[1:]))
    monkeypatch.setattr(Search, "_as_any_state", fail)
    heavy = np.linspace(-1, 1, 64) ** 2 + 0.02
    target = TargetDistribution(heavy / heavy.sum(), (-1, 1))
    result = fit(target, tolerance=1e-6, seed=1)
    assert isinstance(result.walk, TreeWalk)
    assert asked == [5, 6]  # the target is its own mirror image, so one half comes first


def test_a_tree_takes_over_where_flips_do_not_suffice(rng):
    target = on_the_line(rng.dirichlet(np.ones(2**11)))
    result = fit(target, tolerance=1e-6, seed=1)
    assert isinstance(result.walk, TreeWalk)
    assert result.total_variation <= 1e-12
    assert result.two_qubit_gates == 2**11 - 2
    assert "tree of multiplexed rotations" in result.message


@pytest.mark.parametrize("name", data.QGAN_TARGETS)
def test_targets_of_the_qgan_paper(name):
    target = on_the_line(normalised(data.QGAN_TARGETS[name]))
    result = fit(target, tolerance=1e-6, seed=1)
    assert result.success
    assert result.two_qubit_gates <= 4


@pytest.mark.parametrize("order", ["auto", "mirrored", "concatenated", "interleaved", (1, 0, 3, 2)])
def test_order_of_a_product_grid(order):
    target = TargetDistribution.normal([2, 2], [0, 0], [[1, 0.6], [0.6, 1]], [(-2, 2), (-2, 2)])
    result = fit(target, tolerance=1e-2, order=order, seed=1)
    assert_valid(result)
    assert result.success
    if not isinstance(order, str):
        assert result.walk.line == order
    if order in ("auto", "mirrored"):
        assert result.walk.line == (2, 3, 1, 0)


@pytest.mark.parametrize(
    ("order", "rule"),
    [
        ("sideways", "order must be one of 'auto', 'concatenated'.*got 'sideways'"),
        ((0, 1, 2), "order must contain each of 4 qubits once"),
        ((0, 1, 2, 2), "order must contain each of 4 qubits once"),
        ((0, 1, 2, -3), "a qubit of order must be at least 0"),
    ],
)
def test_bad_order(order, rule):
    target = TargetDistribution.normal([2, 2], [0, 0], [[1, 0.6], [0.6, 1]], [(-2, 2), (-2, 2)])
    with pytest.raises(ValueError, match=rule):
        fit(target, order=order)


def test_order_of_another_type():
    with pytest.raises(TypeError, match="order must be a word or a sequence of qubits, got 5"):
        fit(on_the_line([0.5, 0.5]), order=5)


def test_a_given_tree_is_not_reported_as_a_fallback():
    tree = TreeWalk.from_probabilities([0.1, 0.2, 0.3, 0.4])
    result = fit(on_the_line([0.1, 0.2, 0.3, 0.4]), walk=tree, seed=1)
    assert result.walk == tree
    assert result.message == (
        f"The total variation {result.total_variation:.2e} is within the tolerance, "
        "with 2 two-qubit gates."
    )


@pytest.mark.parametrize("probabilities", [[0.5, 0.5], [0.3, 0.7], [1.0, 0.0]])
def test_a_tolerance_below_rounding_on_one_qubit(probabilities):
    result = fit(TargetDistribution(probabilities, (0, 1)), tolerance=1e-320, seed=1)
    assert result.total_variation < 1e-15
    assert result.two_qubit_gates == 0
