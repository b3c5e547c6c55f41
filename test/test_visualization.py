"""Pictures: the artists hold the right numbers."""

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure
from qiskit import transpile
from qiskit.providers.fake_provider import GenericBackendV2
from qiskit.transpiler import CouplingMap

from qiskit_ssqw import SSQWDistribution, TargetDistribution, fit
from qiskit_ssqw.visualization import (
    new_axes,
    plot_loaded_distribution,
    plot_walk_layout,
)


@pytest.fixture(scope="module")
def result():
    target = TargetDistribution.lognormal(3, 0.7, 0.02, (1.2, 2.8))
    return fit(target, max_two_qubit_gates=1, tolerance=0.5, seed=1)


@pytest.fixture(scope="module")
def fine_result():
    target = TargetDistribution.lognormal(6, 0.7, 0.02, (1.2, 2.8))
    return fit(target, max_two_qubit_gates=5, tolerance=0.5, seed=1)


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


@pytest.mark.parametrize("name", ["result", "fine_result"])
def test_bars_and_points(name, request):
    result = request.getfixturevalue(name)
    ax = plot_loaded_distribution(result)
    bars, (line,) = ax.patches, ax.lines
    centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    np.testing.assert_allclose(centres, result.target.values)
    np.testing.assert_allclose([bar.get_height() for bar in bars], result.target.probabilities)
    np.testing.assert_allclose(line.get_xdata(), result.target.values)
    np.testing.assert_allclose(line.get_ydata(), result.walk.probabilities())
    loaded, target = sorted(legend_of(ax))
    assert target == "target"
    assert f"{result.two_qubit_gates} CX" in loaded
    assert f"TV {result.total_variation:.1e}" in loaded
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("value", "probability")
    assert ax.figure.axes == [ax]


def test_bars_do_not_overlap(result):
    bars = plot_loaded_distribution(result).patches
    step = result.target.values[1] - result.target.values[0]
    assert all(0 < bar.get_width() <= step for bar in bars)


def test_bars_of_an_uneven_grid_meet_at_the_mid_points():
    target = TargetDistribution([0.1, 0.2, 0.3, 0.4], axes=[1.0, 2.0, 4.0, 8.0])
    bars = plot_loaded_distribution(fit(target, seed=1)).patches
    centres = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    np.testing.assert_allclose(centres, [1.0, 2.25, 4.5, 8.0])
    np.testing.assert_allclose([bar.get_width() / 0.85 for bar in bars], [1.0, 1.5, 3.0, 4.0])
    np.testing.assert_allclose([bar.get_height() for bar in bars], target.probabilities)


def test_payoff_has_its_own_axis(result):
    ax = plot_loaded_distribution(result, payoff=lambda values: np.maximum(values - 2, 0))
    main, twin = ax.figure.axes
    assert main is ax
    (line,) = twin.lines
    np.testing.assert_allclose(line.get_xdata(), result.target.values)
    np.testing.assert_allclose(line.get_ydata(), np.maximum(result.target.values - 2, 0))
    assert twin.get_ylabel() == "payoff"
    assert twin.get_ylim()[0] == 0
    assert sorted(legend_of(ax))[1:] == ["payoff", "target"]
    assert ax.get_xlabel() == "value at maturity"


def test_a_negative_payoff_is_seen(result):
    values = result.target.values
    main, twin = plot_loaded_distribution(result, payoff=lambda x: 1 - x).figure.axes
    assert twin.get_ylim()[0] < (1 - values).min()
    assert main.get_ylim()[0] < 0
    assert min(main.get_yticks()) == 0


def test_the_band_is_the_magnified_error(fine_result):
    target = fine_result.target.probabilities
    error = 5 * np.abs(fine_result.walk.probabilities() - target)
    ax = plot_loaded_distribution(fine_result, magnify_error=5)
    (band,) = ax.collections
    heights = band.get_paths()[0].vertices[:, 1]
    assert heights.max() == pytest.approx((target + error).max())
    assert heights.min() == pytest.approx(max((target - error).min(), 0.0))
    assert "error x 5" in legend_of(ax)
    assert band.get_hatch()


def test_the_magnification_is_checked_before_anything_is_drawn(result):
    ax = new_axes()
    with pytest.raises(ValueError, match="magnify_error must be positive"):
        plot_loaded_distribution(result, magnify_error=0, ax=ax)
    with pytest.raises(TypeError, match="magnify_error must be a real number"):
        plot_loaded_distribution(result, magnify_error="much", ax=ax)
    assert not ax.has_data()


def test_given_axes_are_used_and_returned(result):
    left, right = Figure().subplots(1, 2)
    assert plot_loaded_distribution(result, ax=right) is right
    assert len(right.patches) == 8
    assert not left.has_data()


def test_can_be_saved(result, tmp_path):
    path = tmp_path / "fit.png"
    plot_loaded_distribution(result).figure.savefig(path)
    assert path.stat().st_size > 1000


def test_pyplot_stays_out():
    code = (
        "import sys; from qiskit_ssqw import TargetDistribution, fit\n"
        "from qiskit_ssqw.visualization import plot_loaded_distribution\n"
        "plot_loaded_distribution(fit(TargetDistribution.normal(2), seed=1))\n"
        "assert 'matplotlib' in sys.modules\n"
        "sys.exit('matplotlib.pyplot' in sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_several_dimensions_are_refused():
    target = TargetDistribution.normal([1, 2], [0, 0], np.eye(2), [(-1, 1), (-1, 1)])
    result = fit(target, seed=1)
    with pytest.raises(ValueError, match="only one-dimensional targets can be drawn, got 2"):
        plot_loaded_distribution(result)


def test_advice_without_matplotlib(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "qiskit_ssqw.visualization.shown", raising=False)
    for draw in (new_axes, lambda: plot_loaded_distribution(result)):
        with pytest.raises(ImportError, match=r"pip install 'qiskit-ssqw\[plot\]'"):
            draw()


@pytest.fixture(scope="module")
def backend():
    return GenericBackendV2(16, coupling_map=CouplingMap.from_grid(4, 4), seed=1)


@pytest.fixture(scope="module")
def compiled(backend):
    ansatz = SSQWDistribution.ansatz(3, 2)
    return transpile(ansatz, backend, seed_transpiler=1, layout_method="ssqw")


class TestWalkLayout:
    def test_the_pairs_used_are_broad(self, backend, compiled):
        points = np.arange(32.0).reshape(16, 2)
        ax = plot_walk_layout(compiled, backend, coordinates=points)
        (lines,) = ax.collections
        assert len(lines.get_segments()) == 24
        used = {
            frozenset(compiled.find_bit(qubit).index for qubit in step.qubits)
            for step in compiled
            if len(step.qubits) == 2
        }
        broad = {
            frozenset(np.flatnonzero(np.isin(points[:, 0], segment[:, 0])).tolist())
            for segment, width in zip(lines.get_segments(), lines.get_linewidths(), strict=True)
            if width > 5
        }
        assert broad == used
        assert len(used) == 3

    def test_colours_are_the_errors(self, backend, compiled):
        (lines,) = plot_walk_layout(compiled, backend).collections
        errors = [
            min(backend.target["cx"][pair].error, backend.target["cx"][pair[::-1]].error)
            for pair in backend.coupling_map.get_edges()
        ]
        assert lines.get_array().min() == pytest.approx(min(errors))
        assert lines.get_array().max() == pytest.approx(max(errors))

    def test_qubits_bear_their_numbers(self, backend, compiled):
        points = np.arange(32.0).reshape(16, 2)
        ax = plot_walk_layout(compiled, backend.target, coordinates=points)
        found = {text.get_text(): int(text.xy[0]) // 2 for text in ax.texts}
        layout = compiled.layout.initial_index_layout(filter_ancillas=True)
        assert found == {str(number): place for number, place in enumerate(layout)}

    def test_neighbours_lie_close_without_coordinates(self, backend, compiled):
        (lines,) = plot_walk_layout(compiled, backend, ax=new_axes()).collections
        lengths = [np.linalg.norm(end - start) for start, end in lines.get_segments()]
        assert min(lengths) > 0.5
        assert max(lengths) < 2

    def test_refuses_what_was_not_transpiled_for_the_device(self, backend, compiled):
        with pytest.raises(ValueError, match="got one on 4 qubits and a device of 16"):
            plot_walk_layout(SSQWDistribution.ansatz(3, 2), backend)
        with pytest.raises(ValueError, match="got one on 16 qubits and a device of 20"):
            plot_walk_layout(compiled, GenericBackendV2(20, seed=1))
        with pytest.raises(ValueError, match="coordinates must have shape"):
            plot_walk_layout(compiled, backend, coordinates=[[0.0, 1.0]])
