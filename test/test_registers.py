"""Sums of tables, laws of registers as networks of tensors, and distributions of sums."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from qiskit_ssqw import MultiscaleWalk
from qiskit_ssqw.finance.registers import Law, Price, Register, TableSum, parts
from qiskit_ssqw.finance.registers.distribution import SumPoints, common_spacing, support
from qiskit_ssqw.finance.registers.network import contract
from qiskit_ssqw.fitting import fit_continuous

SIZES = (4, 2, 8, 2)


@pytest.fixture(name="law")
def _law(rng):
    """Registers 0 and 2 of one walk, and 1 and 3 independent given something hidden."""
    joint = rng.dirichlet(np.ones(32)).reshape(4, 8)
    hidden = rng.dirichlet(np.ones(3))
    given = [rng.dirichlet(np.ones(2), size=3) for _ in range(2)]
    return Law(((joint, (0, 2)), (hidden, (-2,)), (given[0], (-2, 1)), (given[1], (-2, 3))))


def joint_of(law: Law) -> np.ndarray:
    (joint, _), (hidden, _), (one, _), (three, _) = law.tensors
    return np.einsum("ac,h,hb,hd->abcd", joint, hidden, one, three)


def random_sum(rng, *places: tuple[int, ...]) -> TableSum:
    return TableSum({p: rng.normal(size=[SIZES[k] for k in p]) for p in places}, rng.normal())


def all_integers() -> np.ndarray:
    return np.array(list(product(*map(range, SIZES))))


PLACES = [[(0,)], [(0,), (1,), (2,), (3,)], [(0, 1), (2,)], [(1,), (1, 3), (0, 2)], [(0, 1, 2, 3)]]


class TestNetworks:
    @pytest.mark.parametrize("seed", range(8))
    def test_contraction_is_that_of_einsum(self, seed):
        rng = np.random.default_rng(seed)
        lengths = rng.integers(1, 4, 8)
        labels = [
            tuple(rng.choice(8, rng.integers(1, 4), replace=False).tolist()) for _ in range(6)
        ]
        tensors = [(rng.normal(size=lengths[list(some)]), some) for some in labels]
        met = sorted({label for some in labels for label in some})
        kept = met[: int(rng.integers(0, 3))]
        operands = [part for tensor in tensors for part in (tensor[0], list(tensor[1]))]
        assert np.allclose(contract(tensors, kept), np.einsum(*operands, kept))

    def test_a_star_of_many_leaves_stays_small(self, rng):
        leaves = [(rng.random((4, 2)), (0, k)) for k in range(1, 80)]
        center = rng.random(4)
        expected = center @ np.prod([leaf.sum(axis=1) for leaf, _ in leaves], axis=0)
        assert contract([(center, (0,)), *leaves], ()) == pytest.approx(expected)


class TestLaws:
    @pytest.mark.parametrize("places", PLACES)
    def test_characteristic_function_is_the_sum_over_all_points(self, law, rng, places):
        total, weights = random_sum(rng, *places), joint_of(law).ravel()
        frequencies = np.array([0.0, 0.3, -2.0, 17.0])
        sums = total.at(all_integers())
        expected = np.exp(1j * np.outer(frequencies, sums)) @ weights
        assert np.allclose(law.characteristic(total, frequencies), expected, atol=1e-13)
        assert law.mean(total) == pytest.approx(weights @ sums)
        assert np.allclose(
            law.log_moments(total, np.array([0.5, -3.0])),
            np.log(np.exp(np.outer([0.5, -3.0], sums)) @ weights),
        )

    def test_moments_do_not_overflow(self, law):
        total = TableSum({(0,): 1e4 * np.arange(4.0), (1,): np.array([0.0, -1e4])})
        assert np.isfinite(law.log_moments(total, np.array([10.0, -10.0]))).all()

    @pytest.mark.parametrize("places", [(0,), (2, 0), (3, 1), (0, 1, 2, 3)])
    def test_marginals(self, law, places):
        others = tuple(place for place in range(4) if place not in places)
        expected = joint_of(law).sum(axis=others)
        order = [sorted(places).index(place) for place in places]
        assert np.allclose(law.marginal(places), expected.transpose(order))

    @pytest.mark.parametrize("is_log", [True, False])
    def test_mean_of_a_price(self, law, rng, is_log):
        price = Price(random_sum(rng, (0,), (1, 3)), is_log)
        expected = joint_of(law).ravel() @ price.at(all_integers())
        assert law.mean_price(price) == pytest.approx(expected)


class TestSums:
    def test_arithmetic(self, rng):
        one, two = random_sum(rng, (0,), (1, 2)), random_sum(rng, (0,), (3,))
        points = all_integers()
        mixed = 2.0 * one + two + 1.5
        assert np.allclose(mixed.at(points), 2 * one.at(points) + two.at(points) + 1.5)
        assert mixed.registers == (0, 1, 2, 3)
        assert len(mixed.tables) == 3

    @pytest.mark.parametrize("places", PLACES)
    def test_bounds_hold(self, rng, places):
        total = random_sum(rng, *places)
        low, high = total.bounds
        sums = total.at(all_integers())
        assert low <= sums.min() + 1e-12
        assert high >= sums.max() - 1e-12

    @pytest.mark.parametrize("places", PLACES)
    def test_a_function_of_a_sum_is_one_table(self, rng, places):
        total = random_sum(rng, *places)
        joint = total.mapped(np.exp)
        assert len(joint.tables) == 1
        assert np.allclose(joint.at(all_integers()), np.exp(total.at(all_integers())))

    def test_a_function_of_a_constant_is_one(self, law):
        found = TableSum({}, 4.0).mapped(np.sqrt)
        assert (found.tables, found.constant) == ({}, 2.0)
        summed = found + TableSum.of_register(0, np.arange(4.0))
        assert law.mean(summed) == pytest.approx(2 + law.marginal((0,)) @ np.arange(4))
        assert Price(TableSum({}, np.log(3.0)), is_log=True).as_sum().constant == pytest.approx(3)

    def test_large_tables_are_refused(self):
        total = TableSum({(place,): np.arange(16.0) for place in range(4)})
        assert total.mapped(np.exp) is None

    def test_prices_and_their_logarithms(self, rng):
        total, points = random_sum(rng, (0,), (1,)), all_integers()
        price = Price(total, is_log=True)
        assert np.allclose(price.as_sum().at(points), price.at(points))
        assert price.as_log_sum() is total
        plain = Price(TableSum.of_register(0, np.arange(1.0, 5.0)))
        assert np.allclose(plain.as_log_sum().at(points), np.log(plain.at(points)))
        assert Price(TableSum.of_register(0, np.arange(4.0))).as_log_sum() is None

    def test_registers_need_a_value_per_integer(self):
        with pytest.raises(ValueError, match="'step1' of 2 qubits needs a table of 4 values"):
            Register("step1", (0, 1), np.arange(3.0))


class TestDistributions:
    @pytest.mark.parametrize("places", PLACES)
    def test_atoms_on_a_lattice_are_exact(self, law, rng, places):
        tables = {p: 0.3 * rng.integers(-9, 9, [SIZES[k] for k in p]) for p in places}
        total = TableSum(tables, 0.1)
        seen = SumPoints.of(total, (law,))
        found = seen.probabilities(0)
        sums, weights = total.at(all_integers()), joint_of(law).ravel()
        nearest = np.abs(sums[:, None] - seen.points).argmin(axis=1)
        expected = np.bincount(nearest, weights, minlength=len(found))
        if common_spacing(total) is not None:
            assert np.allclose(seen.points[nearest], sums)
            assert np.allclose(found, expected, atol=1e-12)
        assert found @ seen.points == pytest.approx(weights @ sums)

    @pytest.mark.parametrize("places", PLACES[1:])
    def test_expectations_of_other_sums(self, law, rng, places):
        total = random_sum(rng, *places)
        seen, sums = SumPoints.of(total, (law,)), total.at(all_integers())
        found, weights = seen.probabilities(0), joint_of(law).ravel()
        spread = np.ptp(sums)
        for strike in np.quantile(sums, [0.1, 0.5, 0.8]):
            expected = weights @ np.maximum(sums - strike, 0)
            assert found @ np.maximum(seen.points - strike, 0) == pytest.approx(
                expected, abs=1e-6 * spread
            )
        assert found.sum() == pytest.approx(1)

    def test_a_constant_is_one_point(self, law):
        seen = SumPoints.of(TableSum({(0,): np.full(4, 2.0)}, 1.0), (law,))
        assert seen.points.tolist() == [3.0]
        assert seen.probabilities(0).tolist() == [1.0]

    def test_many_terms_need_few_frequencies(self):
        values = np.linspace(-3, 3, 16)
        weights = np.exp(-(values**2) / 2)
        law = Law.of_groups([(weights / weights.sum(), [k]) for k in range(200)])
        total = TableSum({(k,): (1 + k / 200) * values for k in range(200)})
        seen = SumPoints.of(total, (law,))
        assert len(seen.spectra[0]) < 200
        found = seen.probabilities(0)
        variance = weights @ values**2 / weights.sum() * sum((1 + k / 200) ** 2 for k in range(200))
        assert found @ seen.points**2 == pytest.approx(variance, rel=1e-9)

    @pytest.mark.parametrize("places", PLACES)
    def test_chernoff_bounds_leave_next_to_nothing_out(self, law, rng, places):
        total = random_sum(rng, *places)
        low, high = support(total, law)
        sums, weights = total.at(all_integers()), joint_of(law).ravel()
        rounding = 1e-12 * np.ptp(sums)
        assert weights[(sums < low - rounding) | (sums > high + rounding)].sum() <= 2e-15

    @pytest.mark.parametrize(
        ("tables", "spacing"),
        [
            ([[0, 1], [0, 3]], 1.0),
            ([[0, 2], [1, 5]], 2.0),
            ([[0, 0.1, 0.2, 0.3], [0.05, 0.35]], 0.1),
            ([[0, 2], [0, 3]], 1.0),
            ([[0, 100], [0, 250], [75, 0]], 25.0),
            ([[0, 0.6, 1.0], [0.2, 1.7]], 0.1),
            ([[0, 1], [0, np.pi]], None),
            ([[0, 1], [0, 1 + 1e-7]], None),
            ([[2, 2], [3, 3]], None),
        ],
    )
    def test_common_spacing(self, tables, spacing):
        total = TableSum({(k,): np.array(t, float) for k, t in enumerate(tables)})
        found = common_spacing(total)
        assert found == (None if spacing is None else pytest.approx(spacing))


class TestWalksAsMatrixProducts:
    @pytest.mark.parametrize("line", [None, (3, 4, 5, 2, 1, 0), (5, 2, 4, 1, 3, 0)])
    @pytest.mark.parametrize("sizes", [[6], [3, 3], [2, 1, 3]])
    def test_laws_are_those_of_the_amplitudes(self, rng, monkeypatch, line, sizes):
        order = line or range(5, -1, -1)
        places = rng.integers(0, 5, 9)
        flips = [rng.permutation([order[k], order[k + 1]]).tolist() for k in places]
        walk = MultiscaleWalk(
            6, flips, rng.normal(size=(9, 2)), initial_angles=rng.normal(size=6), line=line
        )
        dense = parts.law_of_walks([walk], [sizes])
        monkeypatch.setattr(parts, "_MOST_DENSE", 3)
        product_state = parts.law_of_walks([walk], [sizes])
        assert len(product_state.tensors) == 12
        tables = {(k,): rng.normal(size=2**size) for k, size in enumerate(sizes)}
        if len(sizes) > 1:
            tables[0, 1] = rng.normal(size=(2 ** sizes[0], 2 ** sizes[1]))
        total, frequencies = TableSum(tables), np.array([0.3, 2.0])
        assert np.allclose(
            product_state.characteristic(total, frequencies),
            dense.characteristic(total, frequencies),
        )
        everything = range(len(sizes))
        assert np.allclose(product_state.marginal(everything), dense.marginal(everything))
        assert np.allclose(product_state.marginal((0,)), dense.marginal((0,)))

    def test_many_qubits(self):
        fitted = fit_continuous(norm(), 64, (-4, 4), tolerance=5e-3, seed=1)
        law = parts.law_of_walks([fitted.walk], [[8] * 8])
        # The last registers are far below the width of the density: all their integers are alike.
        assert np.allclose(law.marginal((5,)), 1 / 256, atol=1e-6)
        assert law.marginal((0, 1)).sum() == pytest.approx(1)
