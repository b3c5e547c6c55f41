"""The registry of walk kinds: what a new kind can do, and what it says where it cannot."""

import importlib
import io
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from own_examples import own_examples
from qiskit import qpy, transpile
from qiskit.circuit import Gate
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.quantum_info import Operator, Statevector
from qiskit.transpiler import CouplingMap
from reference.contract import check_jacobian, check_pullback

from qiskit_ssqw import (
    FitResult,
    MultiscaleWalk,
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
    fit_many,
)
from qiskit_ssqw.circuit import TreeWalkGate, WalkGate
from qiskit_ssqw.clifford_t import t_lean
from qiskit_ssqw.devices import fit_for
from qiskit_ssqw.finance import Call, OptionPricing
from qiskit_ssqw.finance.registers.parts import law_of_walks
from qiskit_ssqw.fitting import fit_continuous, many
from qiskit_ssqw.visualization import plot_angles
from qiskit_ssqw.walks import (
    TorusWalk,
    TreeWalk,
    Walk,
    WalkKind,
    kind_of,
    kinds,
    register_walk_kind,
    walk_kinds,
)

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "write-a-walk.md"
DEVICE = GenericBackendV2(
    5, basis_gates=["cx", "rz", "sx", "x"], coupling_map=CouplingMap.from_line(5), seed=1
)
WALKS = {
    "lattice walk": SplitStepWalk.template(2, 1),
    "multiscale walk": MultiscaleWalk(2, [(1, 0)], [[0.1, 0.2]]),
    "torus walk": TorusWalk.template((1, 1), 1),
    "tree walk": TreeWalk(2, [0.1, 0.2, 0.3]),
}
OTHERS = {kind.walk for kind in walk_kinds()} - {type(walk) for walk in WALKS.values()}
WALKS |= {kind_of(walk).title: walk for walk in own_examples(OTHERS).values()}


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """Kinds that a test registers are not known after it."""
    kinds.walk_kinds()  # all of this package
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    yield
    kinds._load_all.cache_clear()


@pytest.fixture
def page(forgotten):
    """What the page on new kinds defines: `MarkovWalk`, its gate, and its entry."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    names = {"__name__": "page"}
    for block in blocks[: next(i for i, text in enumerate(blocks) if "fit(" in text)]:
        exec(block, names)
    return names


@pytest.fixture
def markov(page, rng):
    """A function of a number of qubits to a random walk of the page's kind."""
    return lambda size: page["MarkovWalk"](size, rng.uniform(0.3, 2.5, 2 * size - 1))


def bare(**fields):
    """A walk of a kind that offers just the fields given."""

    class Bare(TreeWalk):
        pass

    register_walk_kind(WalkKind(Bare, title="bare walk", **fields))
    return Bare(2, [0.1, 0.2, 0.3])


@pytest.mark.parametrize("title", WALKS)
def test_each_kind_of_this_package_has_an_entry(title):
    kind, walk = kind_of(WALKS[title]), WALKS[title]
    assert kind in walk_kinds()
    assert (kind.title, kind.tag) == (title, walk.to_dict()["walk"])
    assert Walk.from_dict(walk.to_dict()) == walk
    gate = kind.find("gate")(walk)
    assert WalkGate.from_operation(Gate(gate.name, gate.num_qubits, gate.params)).walk == walk
    assert title in str(SSQWDistribution(walk).draw())
    for field in ("gate", "flips", "exact", "guess", "angles"):
        assert kind.find(field) is None or callable(kind.find(field))


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS)
def test_the_sweep_that_a_kind_inherits(walk, rng):
    angles = rng.normal(size=walk.num_parameters)
    cotangent = rng.normal(size=2**walk.num_qubits) + 1j * rng.normal(size=2**walk.num_qubits)
    amplitudes, pullback = Walk.vjp(walk, angles)
    expected = walk.vjp(angles)[1](cotangent.copy())
    np.testing.assert_allclose(pullback(cotangent), expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(amplitudes, walk.vjp(angles)[0], rtol=0, atol=1e-14)


def test_all_kinds_are_tested():
    assert sorted(kind.title for kind in walk_kinds()) == sorted(WALKS)


def test_a_subclass_is_of_its_parents_kind(tmp_path):
    class Mine(MultiscaleWalk):
        pass

    mine = Mine(1, [], [])
    assert kind_of(mine).title == "multiscale walk"
    result = fit(TargetDistribution([1.0, 0.0], (0, 1)), walk=mine, seed=1)
    with pytest.raises(TypeError, match=r"a Mine would not be known when it is read: register_w"):
        result.save(tmp_path / "fit.json")
    assert not list(tmp_path.iterdir())


class TestAnotherKind:
    @pytest.mark.parametrize("size", [1, 2, 4])
    def test_circuit(self, markov, size):
        walk = markov(size)
        assert np.sum(walk.probabilities()) == pytest.approx(1, abs=1e-14)
        circuit = SSQWDistribution(walk)
        np.testing.assert_allclose(Statevector(circuit), walk.amplitudes(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(circuit.probabilities, walk.probabilities(), rtol=0, atol=1e-14)
        assert circuit.walk == walk
        line = CouplingMap.from_line(size)
        compiled = transpile(circuit, basis_gates=["cx", "u"], coupling_map=line)
        assert compiled.count_ops().get("cx", 0) <= walk.two_qubit_gates

    def test_derivatives(self, markov, rng):
        walk = markov(3)
        check_jacobian(walk)
        check_pullback(walk, rng.normal(size=8))
        check_pullback(walk, rng.normal(size=8) + 1j * rng.normal(size=8))

    def test_free_parameters(self, markov):
        walk = markov(3)
        circuit = SSQWDistribution.parametrised(walk)
        bound = circuit.assign_parameters(walk.parameters)
        assert bound.walk.parameters == pytest.approx(walk.parameters)
        assert Operator(bound).equiv(Operator(SSQWDistribution(walk)))
        assert circuit.num_parameters == 5

    def test_inverse_survives_qpy(self, markov):
        file = io.BytesIO()
        qpy.dump(SSQWDistribution(walk := markov(3)).inverse(), file)
        file.seek(0)
        gate = WalkGate.from_operation(qpy.load(file)[0].data[0].operation)
        assert gate.inverted
        assert gate.walk == walk

    @pytest.mark.parametrize("seed", range(3))
    def test_fit_save_draw_and_price(self, page, markov, tmp_path, seed):
        wanted = TargetDistribution(markov(3).probabilities(), (1, 3))
        start = page["MarkovWalk"](3, np.full(5, 1.5))
        result = fit(wanted, walk=start, tolerance=1e-6, seed=seed)
        assert result.success
        result.save(tmp_path / "fit.json")
        assert FitResult.load(tmp_path / "fit.json") == result
        (points,) = plot_angles(result.walk).lines[:1]
        assert len(points.get_xdata()) == 5
        model = QuantumWalkUncertaintyModel(wanted, walk=result.walk, tolerance=1e-5)
        pricing = OptionPricing(Call(2.0), model)
        exact = wanted.probabilities @ np.maximum(wanted.values - 2, 0)
        assert pricing.exact_value == pytest.approx(exact, abs=1e-5)

    def test_flips(self, page, markov):
        walk = markov(3)
        flips = page["as_flips"](walk)
        np.testing.assert_allclose(flips.amplitudes(), walk.amplitudes(), rtol=0, atol=1e-14)
        target = TargetDistribution(walk.probabilities(), (0, 1))
        warm = fit(target, starts=[walk], tolerance=1e-6, seed=1)
        assert warm.success
        assert fit_many([target], starts=[walk], tolerance=1e-6, seed=1)[0].walk == warm.walk
        assert fit_for(target, DEVICE, walk=walk, refit=False, seed=1).walk == flips
        lean = t_lean(target, walk=walk, tolerance=0.3, attempts=1, seed=1)
        assert lean.success
        assert lean.walk == flips


def test_workers_need_not_know_the_kind_of_a_start(monkeypatch):
    """What a process registers, those that it starts do not have."""
    walk, given = bare(flips=lambda walk: WALKS["multiscale walk"]), []
    monkeypatch.setattr(many, "_fit_run", lambda *task: given.append(task[2]["starts"]) or ([], []))
    fit_many([TargetDistribution.normal(2)], starts=[walk], tolerance=0.5, seed=1)
    assert given == [(WALKS["multiscale walk"],)]


class TestWhatIsMissing:
    def test_gate(self):
        with pytest.raises(TypeError, match=r"a circuit is not for a bare walk, which has no gate"):
            SSQWDistribution(bare())

    def test_flips(self):
        walk, target = bare(), TargetDistribution.normal(2)
        with pytest.raises(TypeError, match=r"t_lean is not for a bare walk, .* no flips=\), but"):
            t_lean(target, walk=walk)
        with pytest.raises(TypeError, match="fit_for is not for a bare walk"):
            fit_for(target, DEVICE, walk=walk)
        with pytest.raises(TypeError, match="starts= is not for a bare walk"):
            fit(target, starts=[walk])
        with pytest.raises(ValueError, match="fit_continuous is not for a bare walk"):
            fit_continuous(lambda x: x, 30, (0, 1), walk=walk)

    def test_flips_of_a_walk_on_many_qubits(self):
        walk = bare()
        object.__setattr__(walk, "num_qubits", 21)
        with pytest.raises(ValueError, match="law of more than 20 qubits is not for a bare walk"):
            law_of_walks([walk], [[21]])

    def test_angles(self):
        with pytest.raises(TypeError, match="plot_angles is not for a bare walk, which has no ang"):
            plot_angles(bare())

    @pytest.mark.parametrize(
        "walk", [bare, lambda: WALKS["torus walk"], lambda: WALKS["tree walk"]]
    )
    def test_exact(self, walk):
        with pytest.raises(
            ValueError, match=r'method="exact" is not for a .*but for a lattice walk'
        ):
            fit(TargetDistribution.normal(2), walk=walk(), method="exact")

    def test_no_entry_at_all(self):
        class Unknown(Walk):
            two_qubit_gates = parameters = None
            with_parameters = to_dict = jacobian = None

        for use in (SSQWDistribution, lambda walk: fit(TargetDistribution.normal(1), walk=walk)):
            with pytest.raises(TypeError, match="Unknown is no known kind of walk: register_walk"):
                use(Unknown())


class TestRegistration:
    def test_of_something_else(self):
        with pytest.raises(TypeError, match="kind must be a WalkKind, got"):
            register_walk_kind(TreeWalk)
        with pytest.raises(TypeError, match="walk must be a class of walks, got <class 'int'>"):
            WalkKind(int, title="number")
        with pytest.raises(TypeError, match="walk must be a class of walks, got nan"):
            WalkKind(float("nan"), title="number")

    def test_of_a_name_that_is_taken(self):
        other = type("TreeWalk", (TreeWalk,), {})
        with pytest.raises(
            ValueError, match=r"walks of qiskit_ssqw\.walks\.tree are named TreeWalk"
        ):
            register_walk_kind(WalkKind(other, title="another tree"))

    def test_with_fields_that_lead_nowhere(self):
        with pytest.raises(TypeError, match='gate must be callable or "module:name", got 5'):
            WalkKind(TreeWalk, title="tree", gate=5)
        with pytest.raises(TypeError, match="angles must be callable or"):
            WalkKind(TreeWalk, title="tree", angles="drawn")

    def test_of_a_gate_whose_name_is_taken(self):
        bare(gate=type("MyGate", (TreeWalkGate,), {}))
        with pytest.raises(ValueError, match="two gates of walks are named tree_walk: rename"):
            WalkGate.from_operation(Gate("tree_walk", 1, [0, 0.1]))

    def test_of_a_gate_that_is_not_there_spoils_no_other(self):
        bare(gate="no_such_module:Gate")
        (step,) = SSQWDistribution(WALKS["tree walk"]).data
        stored = Gate(step.operation.name, 2, step.operation.params)
        with pytest.warns(RuntimeWarning, match="gate of a bare walk could not be imported: No mo"):
            assert WalkGate.from_operation(stored).walk == WALKS["tree walk"]
        assert WalkGate.from_operation(Gate("h", 1, [])) is None

    def test_once_more(self):
        first, second = bare(), bare(gate="qiskit_ssqw.circuit:TreeWalkGate")
        assert [kind.walk for kind in walk_kinds()].count(type(second)) == 1
        assert kind_of(first).title == "tree walk"  # the parent's
        assert SSQWDistribution(second).num_qubits == 2


class TestEntryPoints:
    @pytest.fixture
    def publish(self, tmp_path, monkeypatch):
        def write(line):
            code = (
                "from qiskit_ssqw.walks import TreeWalk, WalkKind\n"
                "class Published(TreeWalk): pass\n"
                "KIND = WalkKind(Published, title='published walk')\n"
            )
            (tmp_path / "published_walks.py").write_text(code)
            info = tmp_path / "published_walks-1.dist-info"
            info.mkdir()
            (info / "METADATA").write_text("Metadata-Version: 2.1\nName: published-walks\n")
            (info / "entry_points.txt").write_text(f"[{kinds.GROUP}]\n{line}\n")
            kinds._load_all.cache_clear()
            monkeypatch.syspath_prepend(tmp_path)

        yield write
        sys.modules.pop("published_walks", None)

    def test_a_saved_walk_finds_its_kind(self, publish):
        data = {"walk": "Published", "num_qubits": 1, "angles": [0.3]}
        with pytest.raises(ValueError, match=r"must be one of .*, got 'Published'"):
            Walk.from_dict(data)
        publish("published = published_walks:KIND")
        walk = Walk.from_dict(data)
        assert kind_of(walk).title == "published walk"
        assert walk.parameters.tolist() == [0.3]

    def test_a_walk_is_not_taken_for_one_of_its_parents_kind(self, publish):
        publish("published = published_walks:KIND")
        module = importlib.import_module("published_walks")
        assert kind_of(module.Published(1, [0.3])).title == "published walk"

    def test_one_that_fails_is_told_of(self, publish):
        before = walk_kinds()
        publish("published = published_walks:NOTHING")
        with pytest.warns(RuntimeWarning, match="published_walks:NOTHING could not be registered"):
            known = walk_kinds()
        assert known == before
