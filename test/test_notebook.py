"""What a notebook shows where an object ends a cell, and what ``print`` does."""

import io
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib import image
from matplotlib.figure import Figure

from qiskit_ssqw import (
    QuantumWalkUncertaintyModel,
    SplitStepWalk,
    SSQWDistribution,
    TargetDistribution,
    fit,
)
from qiskit_ssqw.finance import (
    Asian,
    Barrier,
    Basket,
    BullSpread,
    Butterfly,
    Call,
    DigitalCall,
    FunctionPayoff,
    Market,
    OptionPricing,
    PathModel,
    PresentValue,
    Put,
    delta,
    price,
)
from qiskit_ssqw.visualization import (
    animate_walker,
    new_axes,
    plot_convergence,
    plot_images,
    plot_loaded_distribution,
    plot_walker,
)

PAYOFFS = [
    Call(1.9),
    2 * Call(1.9) - DigitalCall(2.0),
    Call(1.9) + FunctionPayoff(np.sqrt),
    Basket((1, 0.5), Call(3.5)),
    Asian(Put(2.0)),
    Barrier(Call(1.9), 2.5),
    PresentValue([1.0, 2.0]),
    delta(Call(1.9), 2.0, method="bump"),
]


@pytest.fixture(scope="module")
def model():
    return QuantumWalkUncertaintyModel.from_black_scholes(3, 2.0, 0.4, 0.05, 0.1, seed=1)


@pytest.fixture(scope="module")
def path():
    return PathModel(1, 2, 2.0, 0.4, 0.05, 0.1, seed=1)


def cells_of(shown):
    root = ElementTree.fromstring(f"<div>{shown._repr_html_()}</div>")
    return {row[0].text: tuple(cell.text for cell in row[1:]) for row in root.iter("tr")}


def words_of_html(shown):
    root = ElementTree.fromstring(f"<div>{shown._repr_html_()}</div>")
    return " ".join(" ".join(text for text in root.itertext()).split())


class TestTables:
    @pytest.mark.parametrize("payoff", PAYOFFS, ids=lambda payoff: payoff.name)
    def test_payoffs_print_what_a_notebook_shows(self, payoff):
        assert " ".join(str(payoff).split()) == words_of_html(payoff)
        assert str(payoff).splitlines()[0] == payoff.name

    def test_prices_applications_and_markets_too(self, model):
        shown = [price(Call(1.9), model, seed=1), OptionPricing(Call(1.9), model), model.market]
        for each in shown:
            assert " ".join(str(each).split()) == words_of_html(each)

    def test_an_application_tells_its_sums(self, model):
        application = OptionPricing(Call(1.9), model)
        cells = cells_of(application)
        assert cells["sum over the grid"] == (f"{application.exact_value:.6g}", "8 points")
        assert cells["bias, at most"][0] == f"{application.bias_bound.total:.6g}"

    def test_a_model(self, model):
        cells, fitted = cells_of(model), model.fit_result
        assert cells["walk"][0] == repr(fitted.walk)
        assert cells["total variation"][0] == f"{fitted.total_variation:.6g}"
        assert cells["two-qubit gates"][0] == str(fitted.two_qubit_gates)
        assert cells["spot"][0] == "2"
        assert fitted.message in words_of_html(model)
        gates = f"{fitted.two_qubit_gates} two-qubit gates"
        assert repr(model).startswith(f"<QuantumWalkUncertaintyModel: 3 qubits, {gates}, total")

    def test_a_model_without_a_market(self):
        target = TargetDistribution.normal(2, 0, 1, (-2, 2))
        assert "spot" not in cells_of(QuantumWalkUncertaintyModel(target, seed=1))

    def test_a_path(self, path):
        cells, each = cells_of(path), path.fit_result.two_qubit_gates
        assert cells["two-qubit gates"] == (str(2 * each), "of all steps")
        assert cells["spot"][0] == "2"
        assert repr(path) == f"<PathModel: 2 steps of {path._increment!r}>"

    def test_a_circuit(self):
        ansatz = SSQWDistribution.ansatz(2, 1)
        cells = cells_of(ansatz)
        assert cells["qubits"][0] == "3"
        assert cells["free parameters"][0] == str(ansatz.num_parameters)
        assert repr(ansatz) == f"<SSQWDistribution: {ansatz._template!r}>"

    def test_assets_and_their_correlation(self):
        market = Market((2.0, 3.0), 0.4, 0.05, 1.0, [[1, 0.5], [0.5, 1]])
        assert cells_of(market)["correlation"][0] == "((1.0, 0.5), (0.5, 1.0))"


class TestPiecesOfPayoffs:
    @pytest.mark.parametrize(
        ("payoff", "pieces"),
        [
            (Call(100.0), ["0", "S - 100"]),
            (-Call(100.0), ["0", "100 - S"]),
            (Put(2.5), ["2.5 - S", "0"]),
            (BullSpread(1.8, 2.2), ["0", "S - 1.8", "0.4"]),
            (Butterfly(1, 1.5, 3), ["0", "S - 1", "1 - 0.333333 S", "0"]),
            (2 * Call(1.0) - 3 * DigitalCall(2.0), ["0", "2 S - 2", "2 S - 5"]),
            (delta(Call(2.0), 4.0), ["0", "0.25 S"]),
            (-2 * Put(1.0), ["2 S - 2", "0"]),
        ],
        ids=lambda each: getattr(each, "name", ""),
    )
    def test_formulas(self, payoff, pieces):
        cells = cells_of(payoff)
        assert [value for value, _ in cells.values()] == pieces

    def test_where_they_hold(self):
        assert list(cells_of(BullSpread(1.8, 2.2))) == [
            "S below 1.8",
            "S from 1.8 to 2.2",
            "S from 2.2 on",
        ]


@pytest.fixture(scope="module")
def result():
    return fit(TargetDistribution.lognormal(3, 0.7, 0.02, (1.2, 2.8)), seed=1)


@pytest.fixture(scope="module")
def walk():
    return SplitStepWalk(2, [[1.0, 2.0], [0.5, 1.5]])


class TestPictures:
    def assert_is_picture(self, shown, width, height):
        data, size = shown._repr_png_()
        assert size == {"width": width, "height": height}
        pixels = image.imread(io.BytesIO(data))
        assert pixels.shape[:2] == (2 * height, 2 * width)
        assert np.ptp(pixels) > 0.5

    def test_axes_and_their_figure(self, result):
        ax = plot_loaded_distribution(result, payoff=Call(1.9))
        self.assert_is_picture(ax, 700, 420)
        self.assert_is_picture(ax.figure, 700, 420)

    def test_every_plot_is_shown(self, result, walk):
        for ax in (plot_convergence(result), plot_walker(walk), plot_walker(walk, ax=new_axes())):
            self.assert_is_picture(ax, 700, 420)

    def test_arrays_of_axes(self):
        square = TargetDistribution.normal([1, 1], [0, 0], np.eye(2), [(-1, 1), (-1, 1)])
        axes = plot_images([fit(square, seed=1)])
        self.assert_is_picture(axes, 300, 300)
        self.assert_is_picture(axes[0], 300, 300)
        self.assert_is_picture(axes[1, 0], 300, 300)

    def test_somebody_else_s_axes_stay_as_they_are(self, result):
        ax = Figure().subplots()
        assert plot_loaded_distribution(result, ax=ax) is ax
        assert not hasattr(ax, "_repr_png_")

    def test_an_animation_can_be_played(self, walk):
        assert "<script" in animate_walker(walk)._repr_html_()
