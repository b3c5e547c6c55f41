"""Pictures of walkers, fits, payoffs and estimates: the artists hold the right numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, QuantumWalkUncertaintyModel, SplitStepWalk, fit
from qiskit_ssqw.finance import BullSpread, Call, DigitalCall, Put, Straddle, price
from qiskit_ssqw.targets import TargetDistribution
from qiskit_ssqw.visualization import (
    animate_walker,
    new_axes,
    plot_angles,
    plot_convergence,
    plot_estimation,
    plot_payoff,
    plot_walker,
)
from qiskit_ssqw.walks import TreeWalk

TARGET = TargetDistribution.lognormal(4, 0.7, 0.02, (1.2, 2.8))


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.fixture(scope="module")
def results():
    return {str(budget): fit(TARGET, max_two_qubit_gates=budget, seed=1) for budget in (2, 4)}


@pytest.fixture
def lattice(rng):
    return SplitStepWalk(
        4, rng.normal(size=(3, 2, 3)), start=5, initial_coin=[0.3, 0.1, 0.2], repetitions=2
    )


class TestWalker:
    def test_the_map_is_the_history(self, lattice):
        ax = plot_walker(lattice)
        image = ax.images[0].get_array()
        np.testing.assert_allclose(image.T**2, lattice.position_history(), atol=1e-12)
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("half steps", "site of the cycle")

    def test_the_dots_are_the_edges_of_the_light_cone(self, lattice):
        up, down, start = plot_walker(lattice).lines
        assert list(up.get_ydata()) == [5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11]
        assert list(down.get_ydata()) == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0, 0, 15]
        assert list(start.get_ydata()) == [5]
        for site, time in enumerate(range(1, 13, 2), 6):
            assert lattice.position_history()[time, site] > 0
            assert lattice.position_history()[time, site + 1] == 0

    def test_the_moving_picture_ends_with_the_walk(self, lattice):
        ax = new_axes()
        animation = animate_walker(lattice, interval=10, ax=ax)
        animation._init_draw()
        animation._func(12)
        heights = np.array([bar.get_height() for bar in ax.patches])
        np.testing.assert_allclose(heights**2, lattice.probabilities(), atol=1e-12)
        assert ax.get_title() == "after 6 split steps"

    def test_refuses_frames_without_duration(self, lattice):
        with pytest.raises(ValueError, match="interval must be at least 1"):
            animate_walker(lattice, interval=0)

    @pytest.mark.parametrize("draw", [plot_walker, animate_walker])
    def test_refuses_other_walks(self, draw):
        with pytest.raises(TypeError, match="walk must be a SplitStepWalk, got"):
            draw(MultiscaleWalk(2, [], []))


class TestConvergence:
    def test_the_best_so_far_of_each_grid(self, results):
        result = results["4"]
        ax = plot_convergence(result)
        last = ax.lines[-1]
        steps = [step for step in result.history if step.num_qubits == 4]
        assert list(last.get_xdata()) == [step.evaluation for step in steps]
        best = np.minimum.accumulate([max(step.infidelity, 1e-17) for step in steps])
        np.testing.assert_allclose(last.get_ydata(), best)
        assert ax.get_yscale() == "log"
        assert ax.get_legend() is None

    def test_several_differ_in_style_and_shade(self, results):
        ax = plot_convergence(results)
        assert legend_of(ax) == ["2", "4"]
        assert legend_of(plot_convergence(list(results.values()))) == ["1", "2"]
        first, last = ax.lines[0], ax.lines[-1]
        assert first.get_linestyle() != last.get_linestyle()
        assert first.get_color() != last.get_color()

    def test_the_cross_is_the_returned_walk(self, results):
        result = results["2"]
        ax = plot_convergence(result)
        ((evaluation, infidelity),) = ax.collections[0].get_offsets()
        assert evaluation == result.history[-1].evaluation
        overlap = np.sqrt(TARGET.probabilities) @ np.abs(result.walk.amplitudes())
        assert infidelity == pytest.approx(1 - overlap**2)
        assert [text.get_text() for text in ax.texts] == ["2 CX"]
        assert min(step.infidelity for step in result.history) < infidelity  # of more gates

    def test_the_cross_does_not_mind_mixed_signs(self):
        target = TargetDistribution.from_black_scholes(3, 2.0, 0.4, 0.05, 40 / 365)
        result = fit(target, tolerance=1e-2, signs="free", seed=0)
        assert result.walk.amplitudes().min() < 0
        ((_, infidelity),) = plot_convergence(result).collections[0].get_offsets()
        overlap = np.sqrt(target.probabilities) @ np.sqrt(result.walk.probabilities())
        assert infidelity == pytest.approx(1 - overlap**2)
        assert infidelity == pytest.approx(min(step.infidelity for step in result.history))

    def test_below_the_tolerance_s_line_fits_succeed(self, results):
        ax = plot_convergence(results["4"], show_tolerance=True)
        assert ax.lines[-1].get_ydata()[0] == results["4"].tolerance ** 2
        assert legend_of(ax)[-1] == f"TV at most {results['4'].tolerance:g} below"

    def test_a_fit_without_evaluations_is_a_cross(self, results):
        uniform = fit(TargetDistribution(np.full(8, 1 / 8), (0, 1)), seed=1)
        ax = plot_convergence({"uniform": uniform, "log-normal": results["4"]})
        assert list(ax.collections[0].get_offsets()[0]) == [0, pytest.approx(1e-17, abs=1e-15)]
        assert legend_of(ax) == ["uniform", "log-normal"]

    def test_refuses_none_and_what_is_no_fit(self):
        with pytest.raises(ValueError, match="results must hold at least one fit"):
            plot_convergence({})
        with pytest.raises(TypeError, match="results must be of type FitResult, got 3"):
            plot_convergence({"fit": 3})


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel(TARGET, tolerance=1e-2, seed=1)


class TestPayoff:
    @pytest.mark.parametrize(
        ("payoff", "strikes"), [(Call(1.9), [1.9]), (BullSpread(1.8, 2.2), [1.8, 2.2])]
    )
    def test_payoff_mean_and_strikes(self, model, payoff, strikes):
        ax = plot_payoff(payoff, model)
        twin = ax.figure.axes[1]
        curve, mean = twin.lines
        assert set(TARGET.values) <= set(curve.get_xdata())
        np.testing.assert_allclose(curve.get_ydata(), payoff(curve.get_xdata()))
        expected = TARGET.probabilities @ payoff(TARGET.values)
        assert mean.get_ydata()[0] == pytest.approx(expected)
        assert [line.get_xdata()[0] for line in ax.lines] == strikes
        assert [text.get_text() for text in ax.texts] == [f"{strike:g}" for strike in strikes]
        heights = [bar.get_height() for bar in ax.patches]
        np.testing.assert_allclose(heights, TARGET.probabilities)

    @pytest.mark.parametrize("strike", [1.9, 2.001])
    def test_the_kink_is_at_the_strike(self, model, strike):
        curve = plot_payoff(Call(strike), model).figure.axes[1].lines[0]
        at_strike = curve.get_xdata() == strike
        assert curve.get_ydata()[at_strike].tolist() == [0]
        rising = curve.get_ydata() > 1e-12
        np.testing.assert_array_equal(rising, curve.get_xdata() > strike)

    def test_a_jump_is_upright(self, model):
        x, y = plot_payoff(DigitalCall(1.9), model).figure.axes[1].lines[0].get_data()
        (jump,) = np.flatnonzero(np.diff(y))
        assert x[jump + 1] == 1.9
        assert x[jump] == pytest.approx(1.9, abs=1e-5)

    @pytest.mark.parametrize(
        "payoff",
        [Call(1.9), -Call(1.9), Call(1.9) - Put(1.9), Straddle(1.9) - 0.2 * DigitalCall(1.5)],
        ids=lambda payoff: payoff.name,
    )
    def test_one_zero_and_all_of_the_payoff(self, model, payoff):
        ax = plot_payoff(payoff, model)
        heights = []
        for each in ax.figure.axes:
            low, high = each.get_ylim()
            assert low <= 0 < high
            heights.append(-low / (high - low))
        assert heights[0] == pytest.approx(heights[1])
        payments, (low, high) = payoff(TARGET.values), ax.figure.axes[1].get_ylim()
        assert low <= payments.min()
        assert payments.max() <= high
        assert ax.get_ylim()[1] >= TARGET.probabilities.max()
        assert (heights[0] > 0) == bool(payments.min() < 0)
        assert min(ax.get_yticks()) == 0

    def test_a_strike_off_the_grid_adds_no_payoff_there(self, model):
        low, high = TARGET.bounds
        x = plot_payoff(Call(high + 1), model).figure.axes[1].lines[0].get_xdata()
        assert (x.min(), x.max()) == (low, high)

    def test_refuses_what_is_no_payoff_or_model(self, model):
        with pytest.raises(TypeError, match=r"payoff must be a payoff of qiskit_ssqw.finance"):
            plot_payoff(1.9, model)
        with pytest.raises(TypeError, match="model must have values and probabilities, got 3"):
            plot_payoff(Call(1.9), 3)

    def test_refuses_two_dimensions(self):
        target = TargetDistribution.lognormal([1, 1], [0, 0], np.eye(2) / 9, [(0.5, 2)] * 2)
        with pytest.raises(ValueError, match="only one-dimensional models can be drawn, got 2"):
            plot_payoff(Call(1.0), target)


class TestEstimation:
    def test_points_and_guides(self):
        ax = plot_estimation({"iae": [(100, 1e-2), (10_000, 1e-4)], "mlae": [(500, 3e-3)]})
        points, others, fast, slow = ax.lines
        assert list(points.get_xdata()) == [100, 10_000]
        assert list(others.get_ydata()) == [3e-3]
        np.testing.assert_allclose(fast.get_ydata(), [1e-2, 1e-4])
        np.testing.assert_allclose(slow.get_ydata(), [1e-2 / np.sqrt(10), 1e-4 * np.sqrt(10)])
        assert legend_of(ax) == ["iae", "mlae", "1 / M", "1 / sqrt(M)"]

    def test_prices_by_estimator(self, model):
        prices = [price(Call(1.9), model, epsilon=e, seed=1) for e in (0.02, 0.005)]
        ax = plot_estimation(prices)
        calls, errors = ax.lines[0].get_data()
        assert list(calls) == sorted(found.oracle_calls for found in prices)
        expected = {abs(found.estimate - found.loaded_value) for found in prices}
        assert set(errors) == expected
        assert legend_of(ax)[0] == prices[0].estimator

    def test_a_price_without_oracle_calls_has_no_place(self):
        sampled = SimpleNamespace(oracle_calls=0, estimator="iae", estimate=0.2, loaded_value=0.1)
        amplified = [
            SimpleNamespace(**{**vars(sampled), "oracle_calls": calls, "estimate": 0.1 + 1 / calls})
            for calls in (300, 900)
        ]
        assert list(plot_estimation([sampled, *amplified]).lines[0].get_xdata()) == [300, 900]
        assert legend_of(plot_estimation({"a": [sampled], "b": amplified}))[0] == "b"
        with pytest.raises(ValueError, match="at least one pair"):
            plot_estimation([sampled])

    def test_a_price_without_error_is_drawn_at_the_rounding(self):
        exact = SimpleNamespace(oracle_calls=9, estimator="ae", estimate=0.1, loaded_value=0.1)
        pairs = plot_estimation({"ae": [exact, (300, 1e-3)]}).lines[0].get_ydata()
        assert list(pairs) == [1e-16, 1e-3]

    def test_refuses_sequences_of_pairs(self):
        with pytest.raises(TypeError, match="runs without names must be of type PricingResult"):
            plot_estimation([(100, 1e-2)])

    def test_refuses_none_and_what_has_no_logarithm(self):
        with pytest.raises(ValueError, match="at least one pair"):
            plot_estimation({"iae": []})
        with pytest.raises(ValueError, match=r"runs\['iae'\] must be positive, got 0"):
            plot_estimation({"iae": [(100, 0.0)]})


class TestAngles:
    def test_of_a_multiscale_walk_by_its_place_on_the_line(self):
        walk = MultiscaleWalk(3, [(2, 1), (1, 0)], [[0.1, 0.2], [4.0, -0.3]])
        control, target, _ = plot_angles(walk).lines
        assert list(control.get_xdata()) == [1, 2]
        np.testing.assert_allclose(control.get_ydata(), [0.1, 4.0 - 2 * np.pi])
        np.testing.assert_allclose(target.get_ydata(), [0.2, -0.3])
        assert control.get_marker() != target.get_marker()

    def test_flips_of_one_level_stand_side_by_side(self):
        walk = MultiscaleWalk(3, [(2, 1), (2, 1), (1, 0)], np.ones((3, 2)))
        control, *_ = plot_angles(walk).lines
        places = control.get_xdata()
        assert places[0] < 1 < places[1] < 1.5
        assert places[2] == 2

    def test_of_a_lattice_walk_by_half_step(self):
        walk = SplitStepWalk(2, [[[0.1, 9, 9], [0.2, 9, 9]], [[0.3, 9, 9], [0.4, 9, 9]]])
        thetas, _ = plot_angles(walk).lines
        np.testing.assert_allclose(thetas.get_data(), [[1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4]])

    def test_refuses_a_walk_without_flips(self):
        with pytest.raises(ValueError, match="walk must have flips, as only their angles"):
            plot_angles(MultiscaleWalk(2, [], []))

    def test_refuses_other_walks(self):
        with pytest.raises(
            TypeError, match="plot_angles is not for a tree walk, which has no angles to draw"
        ):
            plot_angles(TreeWalk(1, [0.1]))
