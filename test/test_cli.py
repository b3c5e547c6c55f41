"""The command line: what it prints, and that bad input ends in one clear line and code 2."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import fields

import numpy as np
import pytest
from qiskit.exceptions import QiskitError
from qiskit_algorithms import AlgorithmError

from qiskit_ssqw import __version__, finance
from qiskit_ssqw.cli import main, models
from qiskit_ssqw.cli.arguments import ENCODINGS, OF_PRICES
from qiskit_ssqw.cli.payoffs import PAYOFFS
from qiskit_ssqw.finance import realised_volatility, uncertainty_model

pytestmark = pytest.mark.usefixtures("remembering")

FAST = ["--accuracy", "0.1", "--epsilon", "0.1", "--estimator", "sampling"]
AT_TWO = ["--spot", "2"]
TUTORIAL_GRID = ["--qubits", "3", "--rule", "pdf", "--num-std", "3"]

CLASSICAL_PAYOFFS = {
    "call": ([1.896], lambda s: np.maximum(0, s - 1.896)),
    "put": ([2.1], lambda s: np.maximum(0, 2.1 - s)),
    "digital-call": ([2.1], lambda s: np.where(s >= 2.1, 1, 0)),
    "digital-put": ([2.1], lambda s: np.where(s < 2.1, 1, 0)),
    "straddle": ([1.9], lambda s: np.abs(s - 1.9)),
    "bull-spread": ([1.8, 2.3], lambda s: np.clip(s - 1.8, 0, 0.5)),
    "bear-spread": ([1.8, 2.3], lambda s: np.clip(2.3 - s, 0, 0.5)),
    "butterfly": ([1.5, 1.9, 2.4], lambda s: np.interp(s, [1.5, 1.9, 2.4], [0, 0.4, 0])),
}
"""Strikes and payments on the tutorial's market, by the words of --payoff."""

JSON_KEYS = {
    "is_blind",
    *("market", "history", "grid", "strikes", "payoff", "payoff_range", "reference", "discount"),
    *("estimate", "confidence_interval", "alpha", "interval", "present_value", "present_interval"),
    *("exact_value", "loaded_value", "bias_bound", "statistical_error", "reference_error"),
    *(
        "error",
        "allowed_error",
        "success",
        "message",
        "notes",
        "warnings",
        "encoding",
        "estimator",
        "seed",
    ),
    *("num_problems", "num_qubits", "oracle_calls", "iterate_two_qubit_gates", "two_qubit_gates"),
    "loader",
}

COMMAND = [sys.executable, "-m", "qiskit_ssqw"]
NOT_CLOSE = "Warning: the price is not as close as was asked for."


def refuse_constant(name):
    raise AssertionError(f"{name} is not JSON")


def run_table(capsys, *arguments, command="price"):
    assert main([command, *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def run_json(capsys, *arguments, **options):
    printed = run_table(capsys, "--json", *arguments, **options)
    return json.loads(printed, parse_constant=refuse_constant)


def warnings_in(table):
    return [line for line in table.splitlines() if line.startswith("Warning:")]


def strike_words(strikes):
    """Strikes on the tutorial's market."""
    return ["--spot", "2", "--strike", *map(str, strikes)]


def tutorial_distribution():
    """Grid and probabilities of the tutorial's market, written down once more."""
    spot, volatility, rate, maturity = 2.0, 0.4, 0.05, 40 / 365
    variance = volatility**2 * maturity
    mean = spot * np.exp(rate * maturity)
    std = mean * np.sqrt(np.expm1(variance))
    values = np.linspace(mean - 3 * std, mean + 3 * std, 8)
    centred = np.log(values / mean) + variance / 2
    density = np.exp(-(centred**2) / (2 * variance)) / values
    return values, density / density.sum()


@pytest.fixture(scope="module")
def history():
    return pytest.importorskip("arch.data.sp500").load()


@pytest.fixture
def csv_file(history, tmp_path):
    path = tmp_path / "sp500.csv"
    history[-300:].to_csv(path)
    return path


class TestReferenceCall:
    def test_table_as_a_module(self):
        done = subprocess.run(
            [*COMMAND, "price"], capture_output=True, text=True, check=False, timeout=300
        )
        assert (done.returncode, done.stderr) == (0, "")
        output = done.stdout
        assert output.startswith(
            "spot 2, volatility 0.4, rate 0.05, maturity 0.1096 years\n"
            "log grid of 32 prices from 1.298 to 3.078, an edge of a cell at 1.896\n\n"
            "call 1.896: expected payoff, undiscounted\n"
        )
        interval = r"interval \[0\.1[67]\d+, 0\.17\d+\]"
        assert re.search(rf"estimate \(bayes\) +0\.1[67]\d+ +99% {interval}, bias incl", output)
        assert re.search(rf"estimate, discounted +0\.1[67]\d+ +{interval}\n", output)
        assert re.search(r"sum over the grid +0\.170627\n", output)
        assert re.search(r"what the circuits encode +0\.17\d+ +payoff circuit: multipl", output)
        assert re.search(r"Black-Scholes +0\.170627\n", output)
        assert re.search(rf"statistical error +0\.00\d+ +{interval}\n", output)
        assert re.search(r"bias +\S+ +loader \S+, payoff \S+, grid (0|\S+e-1\d)\n", output)
        assert re.search(
            r" The price of the call 1\.896 is off by at most 0\.00\d+ with 99% confidence, within "
            r"the 0\.0017 asked for\.",
            " ".join(output.split()),
        )
        assert re.search(r"CX, quantum walk +1\d ", output)
        assert not warnings_in(output)

    @pytest.fixture(scope="class")
    @staticmethod
    def demo():
        output = io.StringIO()
        with redirect_stdout(output):
            assert main(["price", "--json"]) == 0
        return json.loads(output.getvalue(), parse_constant=refuse_constant)

    def test_json(self, demo):
        assert set(demo) == JSON_KEYS
        assert (demo["payoff"], demo["strikes"]) == ("call 1.896", [1.896])
        assert (demo["encoding"], demo["estimator"]) == ("multiplexed", "bayes")
        assert demo["reference"]["method"] == "Black-Scholes"
        assert demo["reference"]["value"] == pytest.approx(0.170627, abs=1e-6)
        assert demo["exact_value"] == pytest.approx(demo["reference"]["value"], rel=1e-9)
        bias = demo["bias_bound"]
        assert bias["grid"] == pytest.approx(0, abs=1e-12)
        circuits = bias["loader"] + bias["payoff"]
        assert demo["loaded_value"] == pytest.approx(demo["exact_value"], abs=circuits)
        discount = demo["discount"]
        assert discount == pytest.approx(np.exp(-0.05 * 40 / 365))
        assert demo["present_value"] == pytest.approx(discount * demo["estimate"])
        assert demo["present_interval"] == pytest.approx([discount * x for x in demo["interval"]])
        assert demo["loader"]["two_qubit_gates"] < 20
        assert demo["market"]["maturity"] == pytest.approx(40 / 365)

    def test_it_is_within_one_percent_and_says_so(self, demo):
        price = demo["reference"]["value"]
        assert demo["allowed_error"] == pytest.approx(0.01 * price)
        assert abs(demo["estimate"] - price) <= demo["error"]
        assert demo["error"] <= demo["allowed_error"] * (1 + 1e-9)
        low, high = demo["interval"]
        assert low <= price <= high
        statistical_low, statistical_high = demo["confidence_interval"]
        assert low < statistical_low < demo["estimate"] < statistical_high < high
        assert (demo["success"], demo["notes"], demo["warnings"]) == (True, [], [])
        assert re.fullmatch(
            r"The price of the call 1\.896 is off by at most 0\.00\d+ with 99% confidence, "
            r"within the 0\.0017 asked for\.",
            demo["message"],
        )

    def test_resources_of_the_same_estimation(self, capsys, demo):
        data = run_json(capsys, "--resources")
        needed = data.pop("resources")
        assert data == demo
        assert needed["error"] == pytest.approx(
            demo["allowed_error"] - sum(part or 0.0 for part in demo["bias_bound"].values())
        )
        assert needed["num_qubits"] == demo["num_qubits"]
        assert needed["iterate"]["cx"] == pytest.approx(demo["iterate_two_qubit_gates"], abs=4)
        assert demo["oracle_calls"] / 2 < needed["oracle_calls"] < 2 * demo["oracle_calls"]
        assert needed["total"]["t_count"] > 1e6
        table = run_table(capsys, "--resources", "--estimator", "iae", "--epsilon", "0.01")
        assert "an estimation to 0.0118 on a fault-tolerant machine" in table
        assert re.search(r"oracle calls +[\d,]+ +iae, [\d,]+ shots", table)

    def test_what_is_constant_takes_no_resources(self, capsys):
        words = ("--payoff", "call", "--strike", "9", "--spot", "2", "--align", "none")
        assert "resources" not in run_json(capsys, *words, "--resources", "--qubits", "2")

    def test_the_seed_decides(self, capsys):
        first, again, other = (
            run_json(capsys, "--accuracy", "0.1", "--qubits", "3", "--seed", seed)
            for seed in ("5", "5", "6")
        )
        assert first == again
        assert first["seed"] == first["loader"]["seed"] == 5
        assert first["estimate"] != other["estimate"]

    def test_seeds_of_any_size(self, capsys):
        data = run_json(capsys, *FAST, "--qubits", "2", "--seed", str(2**70))
        assert data["seed"] == data["loader"]["seed"] == 2**70


class TestAccuracy:
    def test_it_is_a_fraction_of_the_price(self, capsys):
        data = run_json(capsys, "--accuracy", "0.2", "--qubits", "3")
        assert data["allowed_error"] == pytest.approx(0.2 * data["reference"]["value"])
        assert data["success"]
        assert data["error"] <= data["allowed_error"] * (1 + 1e-9)

    def test_epsilon_is_a_fraction_of_the_range_and_leaves_the_verdict_alone(self, capsys):
        data = run_json(capsys, *FAST, *TUTORIAL_GRID, "--estimator", "bayes")
        low, high = data["confidence_interval"]
        (lowest, highest), exact = data["payoff_range"], 2.8133707280959594 - 1.896
        assert (lowest, highest) == pytest.approx((0, exact))
        assert 0.02 * exact < (high - low) / 2 <= 0.1 * exact * (1 + 1e-9)
        assert data["allowed_error"] == pytest.approx(0.1 * data["reference"]["value"])
        assert not data["success"]
        assert re.fullmatch(
            r"Statistics make up 0\.0\d+ of it: take a smaller epsilon\.", *data["notes"]
        )
        assert data["message"].endswith(f"more than the 0.017 asked for. {data['notes'][0]}")

    def test_the_warning_is_there_only_without_success(self, capsys):
        words = ["--qubits", "2", "--accuracy"]
        assert warnings_in(run_table(capsys, *words, "0.2")) == []
        assert warnings_in(run_table(capsys, *words, "0.2", "--epsilon", "0.2")) == [NOT_CLOSE]

    def test_prices_near_zero(self, capsys):
        words = ["--qubits", "3", "--spot", "2", "--strike", "2.6", "--absolute-accuracy", "0.004"]
        data = run_json(capsys, *words)
        assert data["allowed_error"] == 0.004 > 0.02 * data["reference"]["value"]
        assert data["success"]

    def test_a_missed_tolerance_is_told(self, capsys):
        words = ["--accuracy", "0.1", "--qubits", "3", "--tolerance", "1e-17"]
        (line,) = warnings_in(run_table(capsys, *words))
        assert "misses the tolerance 1e-17" in line

    @pytest.mark.parametrize(
        ("words", "advice"),
        [
            (["--payoff", "bull-spread", *strike_words([1.9, 1.95])], "take more qubits."),
            (["--align", "none"], "put its strike on the edge of a cell, align=1.896."),
        ],
    )
    def test_a_grid_that_is_too_coarse_is_told(self, capsys, words, advice):
        data = run_json(capsys, *words, "--qubits", "1", "--accuracy", "0.02")
        assert not data["success"]
        assert data["bias_bound"]["grid"] > data["allowed_error"]
        (note,) = data["notes"]
        assert note.endswith(f"due to the grid: {advice}")

    def test_the_bias_of_the_tutorials_grid_is_told(self, capsys):
        output = run_table(capsys, *TUTORIAL_GRID, "--accuracy", "0.02")
        assert output.startswith(
            "spot 2, volatility 0.4, rate 0.05, maturity 0.1096 years\n"
            "linear grid of 8 prices from 1.209 to 2.813\n\n"
        )
        assert re.search(r"estimate \(bayes\) +0\.1\d+ +99% interval \[0\.1\d+, 0\.1\d+\]", output)
        assert re.search(r"sum over the grid +0\.162276\n", output)
        assert re.search(r"what the circuits encode +0\.16\d* +payoff circuit: multipl", output)
        assert re.search(r"Black-Scholes +0\.170627\n", output)
        assert re.search(r"bias +0\.0\d+ +loader .*, payoff .*, grid 0\.0084\n", output)
        assert re.search(r"CX, quantum walk +3 ", output)
        assert re.search(
            r"at most 0\.0\d+ with 99% confidence, more than the 0\.0034 asked for\. "
            r"Bias makes up 0\.008\d of it, 0\.0084 due to the grid: take --grid log\.",
            " ".join(output.split()),
        )
        assert warnings_in(output) == [NOT_CLOSE]


class TestGrid:
    @pytest.mark.parametrize(
        ("words", "kind", "aligned"),
        [
            (["--qubits", "3"], "log", 1.896),
            (["--grid", "log", "--rule", "cell"], "log", 1.896),
            (["--align", "strike"], "log", 1.896),
            (["--align", "none"], "log", None),
            (["--align", "2.1"], "log", 2.1),
            (["--payoff", "bull-spread", *AT_TWO, "--strike", "1.8", "2.3"], "log", None),
            (["--spot", "100", "--strike", "1000"], "log", None),
            (["--spot", "100", "--strike", "1"], "log", None),
            (["--grid", "linear"], "linear", None),
            (["--rule", "cell"], "linear", None),
            (["--num-std", "3"], "linear", None),
            (TUTORIAL_GRID, "linear", None),
            (["--grid", "linear", "--align", "2.1"], "linear", 2.1),
        ],
    )
    def test_kind_and_alignment(self, capsys, words, kind, aligned):
        data = run_json(capsys, *FAST, "--qubits", "3", *words)
        grid = data["grid"]
        assert (grid["kind"], grid["aligned_with"], grid["num_points"]) == (kind, aligned, 8)
        if kind == "log" and aligned == data["strikes"][0]:
            # A cell on either side of the edge: the linear payoff is exact on both.
            assert data["exact_value"] == pytest.approx(data["reference"]["value"], rel=0.002)

    def test_the_table_says_where_the_edge_is(self, capsys):
        line = run_table(capsys, *FAST, "--qubits", "2", "--align", "2.1").splitlines()[1]
        assert re.fullmatch(r"log grid of 4 prices from .*, an edge of a cell at 2\.1", line)
        line = run_table(capsys, *FAST, "--qubits", "2", "--align", "none").splitlines()[1]
        assert re.fullmatch(r"log grid of 4 prices from \S+ to \S+", line)

    def test_tail_mass(self, capsys):
        narrow, wide = (
            run_json(capsys, *FAST, "--qubits", "3", "--align", "none", "--tail-mass", mass)["grid"]
            for mass in ("0.1", "0.001")
        )
        assert wide["first"] < narrow["first"] < narrow["last"] < wide["last"]

    def test_num_std_and_rule(self, capsys):
        data = run_json(capsys, *FAST, "--qubits", "4", "--rule", "cell", "--num-std", "4")
        assert (data["grid"]["num_points"], data["loader"]["num_qubits"]) == (16, 4)
        mean = 2 * np.exp(0.05 * 40 / 365)
        reach = 4 * mean * np.sqrt(np.expm1(0.16 * 40 / 365))
        bounds = [data["grid"]["first"], data["grid"]["last"]]
        assert bounds == pytest.approx([mean - reach, mean + reach])
        assert data["exact_value"] == pytest.approx(data["reference"]["value"], rel=0.02)
        assert data["loaded_value"] == pytest.approx(data["exact_value"], rel=0.02)

    @pytest.mark.parametrize(
        ("payoff", "strikes", "pay"),
        [
            ("put", [0.2], lambda s: 0 * s),
            ("digital-put", [9], lambda s: 0 * s + 1),
            ("bull-spread", [1.8, 9], lambda s: np.maximum(0, s - 1.8)),
            ("butterfly", [0.2, 1.9, 2.4], lambda s: np.interp(s, [0.2, 1.9, 2.4], [0, 1.7, 0])),
        ],
    )
    def test_a_strike_outside_the_grid_is_priced(self, capsys, payoff, strikes, pay):
        words = ["--payoff", payoff, *strike_words(strikes), "--accuracy", "0.1"]
        data = run_json(capsys, *words, *TUTORIAL_GRID)
        values, probabilities = tutorial_distribution()
        assert data["exact_value"] == pytest.approx(probabilities @ pay(values))
        assert data["interval"][0] <= data["reference"]["value"] <= data["interval"][1]
        assert (data["success"], data["notes"]) == (True, [])

    def test_a_strike_of_vanishing_probability_is_priced(self, capsys):
        data = run_json(capsys, "--qubits", "3", "--spot", "100", "--strike", "1000")
        assert data["encoding"] == "constant"
        assert (data["estimate"], data["exact_value"], data["oracle_calls"]) == (0, 0, 0)
        assert 0 < data["reference"]["value"] < 1e-60
        # What is always allowed: the payoff vanishes on the grid, and the price is far below.
        assert data["allowed_error"] == pytest.approx(1e-10, rel=0.01)
        assert (data["success"], data["notes"], data["warnings"]) == (True, [], [])
        assert "off by at most 2.5e-67, within the 1e-10 asked for." in data["message"]


HESTON = {
    "initial_variance": 0.04,
    "mean_reversion": 1.5,
    "long_run_variance": 0.04,
    "volatility_of_variance": 0.5,
    "correlation": -0.7,
}
JUMPS = {"jump_intensity": 0.4, "jump_mean": -0.1, "jump_std": 0.15}
MODELS = {
    "heston": (finance.Heston, HESTON),
    "merton": (finance.Merton, {"volatility": 0.4, **JUMPS}),
    "bates": (finance.Bates, HESTON | JUMPS),
    "variance-gamma": (
        finance.VarianceGamma,
        {"volatility": 0.4, "drift": -0.1, "variance_rate": 0.3},
    ),
    "bachelier": (finance.Bachelier, {"volatility": 0.4}),
}
"""Classes and parameters beside spot and rate, by the words of --model."""


def words_of(model):
    given = {name: number for name, number in MODELS[model][1].items() if name != "volatility"}
    words = ["--model", model, "--qubits", "3", "--maturity", "1"]
    if model == "bachelier":
        words += ["--volatility", "0.4"]
    return words + (["--set", *(f"{n}={v}" for n, v in given.items())] if given else [])


class TestMarkets:
    def test_dividends(self, capsys):
        data = run_json(capsys, *FAST, "--qubits", "3", "--dividend", "0.1")
        market = finance.Market(2.0, 0.4, 0.05, 40 / 365, dividend_yield=0.1)
        assert data["reference"]["value"] == pytest.approx(market.expectation(finance.Call(1.896)))
        assert data["market"]["dividend_yield"] == 0.1
        table = run_table(capsys, *FAST, "--qubits", "3", "--dividend", "0.1")
        assert "maturity 0.1096 years, dividend yield 0.1" in table

    @pytest.mark.parametrize("model", MODELS)
    def test_models(self, capsys, model):
        kind, parameters = MODELS[model]
        prices = kind(2.0, 0.05, **parameters).at(1.0)
        data = run_json(capsys, *FAST, *words_of(model), "--payoff", "put")
        assert data["market"]["model"] == model
        assert data["market"].items() >= parameters.items()
        assert data["reference"]["value"] == pytest.approx(prices.expectation(finance.Put(1.896)))
        assert data["exact_value"] == pytest.approx(data["reference"]["value"], rel=1e-6)
        table = run_table(capsys, *FAST, *words_of(model))
        assert table.startswith(f"{model}: spot 2, ")

    def test_equally_probable_cells(self, capsys):
        data = run_json(capsys, *FAST, "--qubits", "3", "--grid", "quantile")
        assert data["grid"]["kind"] == "quantile"
        assert data["loader"]["two_qubit_gates"] == 0
        assert data["exact_value"] == pytest.approx(data["reference"]["value"], rel=1e-9)
        table = run_table(capsys, *FAST, "--qubits", "3", "--align", "none")
        other = run_json(capsys, *FAST, "--qubits", "3", "--align", "none", "--grid", "quantile")
        assert f"{other['exact_value']:.6g}   --grid quantile: loader without CX" in table


class TestRisk:
    def test_of_a_share(self, capsys):
        data = run_json(capsys, "--qubits", "5", "--level", "0.9", command="risk")
        assert (data["measure"], data["level"]) == ("expected shortfall", 0.9)
        assert data["value_at_risk"] < data["estimate"] < 2.0
        low, high = data["interval"]
        assert low <= data["reference"]["value"] <= high
        table = run_table(capsys, "--qubits", "3", "--level", "0.9", command="risk")
        assert "fall of the share: expected shortfall at 90%" in table
        assert "value at risk" in table

    @pytest.mark.parametrize("payoff", ["call", "put", "straddle"])
    def test_of_options_that_were_sold(self, capsys, payoff):
        words = ["--payoff", payoff, "--accuracy", "0.1", "--qubits", "3"]
        data = run_json(capsys, *words, command="risk")
        assert abs(data["estimate"] - data["exact_value"]) <= 0.1 * data["exact_value"]

    def test_a_coarse_grid_warns(self, capsys):
        table = run_table(capsys, "--qubits", "2", command="risk")
        assert warnings_in(table) == ["Warning: the shortfall is not as close as was asked for."]


@pytest.mark.parametrize(
    ("payoff", "grid"),
    [("call", ["--qubits", "3"]), ("bull-spread", TUTORIAL_GRID)],
    ids=["log", "linear"],
)
def test_plot(capsys, tmp_path, payoff, grid):
    path = tmp_path / f"{payoff}.png"
    strikes, _ = CLASSICAL_PAYOFFS[payoff]
    option = ["--payoff", payoff, *strike_words(strikes), *grid]
    assert "Black-Scholes" in run_table(capsys, *FAST, *option, "--plot", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


class TestPayoffs:
    @pytest.mark.parametrize("payoff", PAYOFFS)
    def test_every_word(self, capsys, payoff):
        strikes, pay = CLASSICAL_PAYOFFS[payoff]
        data = run_json(capsys, *FAST, "--payoff", payoff, *strike_words(strikes), *TUTORIAL_GRID)
        values, probabilities = tutorial_distribution()
        payments = pay(values)
        assert data["payoff"].startswith(payoff.replace("-", " "))
        assert data["strikes"] == strikes
        assert data["exact_value"] == pytest.approx(probabilities @ payments)
        bias = data["bias_bound"]["loader"] + data["bias_bound"]["payoff"]
        assert abs(data["loaded_value"] - data["exact_value"]) <= bias + 1e-12
        assert abs(data["estimate"] - data["loaded_value"]) <= 0.1 * np.ptp(payments)

    def test_table(self, capsys):
        option = ["--payoff", "butterfly", *strike_words([1.5, 1.9, 2.4]), *TUTORIAL_GRID]
        assert main(["price", *FAST, *option]) == 0
        assert "\nbutterfly 1.5, 1.9, 2.4: expected payoff" in capsys.readouterr().out

    def test_one_strike_is_that_of_the_tutorial(self, capsys):
        data = run_json(capsys, *FAST, "--payoff", "straddle")
        assert (data["strikes"], data["loader"]["num_qubits"]) == ([1.896], 5)

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_every_encoding(self, capsys, encoding):
        data = run_json(capsys, "--epsilon", "0.1", "--encoding", encoding, *TUTORIAL_GRID)
        assert data["encoding"] == ("multiplexed" if encoding == "auto" else encoding)
        assert (data["num_problems"] > 1) == (encoding == "fourier")
        assert data["exact_value"] == pytest.approx(0.162276, abs=1e-6)
        assert data["loaded_value"] == pytest.approx(0.162276, abs=1e-4)
        assert abs(data["estimate"] - data["loaded_value"]) < 0.0917  # 0.1 of the range

    @pytest.mark.parametrize("estimator", OF_PRICES)
    def test_every_estimator(self, capsys, estimator):
        data = run_json(capsys, *FAST, "--estimator", estimator, "--qubits", "2")
        assert data["estimator"] == estimator
        low, high = data["confidence_interval"]
        assert low <= data["estimate"] <= high
        assert abs(data["estimate"] - data["loaded_value"]) < 0.1 * np.ptp(data["payoff_range"])

    def test_the_table_names_encoding_and_estimator(self, capsys):
        words = ["--encoding", "fourier", "--estimator", "mlae", "--qubits", "3"]
        output = run_table(capsys, *FAST, *words)
        assert "estimate (mlae)" in output
        assert "payoff circuit: fourier" in output


class TestOwnMarket:
    def test_history(self, capsys, csv_file, history):
        data = run_json(capsys, *FAST, "--csv", str(csv_file), "--maturity", "1/4")
        closes = history["Close"].to_numpy()
        assert data["market"]["spot"] == pytest.approx(closes[-1])
        assert data["strikes"] == [data["market"]["spot"]]
        assert data["market"]["volatility"] == pytest.approx(realised_volatility(closes[-253:]))
        assert data["market"]["maturity"] == 0.25
        assert data["loader"]["num_qubits"] == 5
        assert data["grid"]["aligned_with"] == data["market"]["spot"]
        assert data["exact_value"] == pytest.approx(data["reference"]["value"], rel=1e-9)

    def test_column_and_window(self, capsys, csv_file, history):
        data = run_json(capsys, *FAST, "--csv", str(csv_file), "--column", "Open", "--window", "21")
        opens = history["Open"].to_numpy()
        assert data["market"]["spot"] == pytest.approx(opens[-1])
        assert data["market"]["volatility"] == pytest.approx(realised_volatility(opens[-22:]))

    def test_newest_first(self, capsys, history, tmp_path):
        path = tmp_path / "sp500.csv"
        history[::-1].to_csv(path)
        data = run_json(capsys, *FAST, "--csv", str(path), "--qubits", "3")
        assert data["market"]["spot"] == pytest.approx(2506.85, abs=0.01)
        assert data["market"]["volatility"] == pytest.approx(0.1707, abs=1e-4)
        assert data["history"] == {
            "file": str(path),
            "first_date": "2017-12-28T00:00:00",
            "last_date": "2018-12-31T00:00:00",
            "num_returns": 252,
            "periods_per_year": 252,
            "gave_spot": True,
            "gave_volatility": True,
            "notes": ["newest first: the order was put right"],
        }
        assert data["warnings"] == []

    @pytest.mark.parametrize(
        ("words", "volatility"),
        [([], 0.1463), (["--periods-per-year", "252"], 0.6705), (["--window", "12"], 0.1562)],
    )
    def test_monthly(self, capsys, history, tmp_path, words, volatility):
        path = tmp_path / "months.csv"
        history.resample("ME").last().to_csv(path, sep=";", decimal=",", date_format="%d.%m.%Y")
        data = run_json(capsys, *FAST, "--csv", str(path), "--qubits", "3", *words)
        assert data["market"]["volatility"] == pytest.approx(volatility, abs=1e-4)

    def test_the_table_says_what_was_used(self, capsys, tmp_path):
        path = tmp_path / "prices.csv"
        rows = "".join(f"01/{day:02d}/2024,{100 + day % 3}\n" for day in range(31, 14, -1))
        path.write_text(f"Date,Last\n{rows}01/14/2024,50\n01/13/2024,.\n")
        words = ["--csv", str(path), "--column", "last", "--window", "99", "--qubits", "3"]
        assert main(["price", *FAST, *words]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[1:5] == [
            "history, for spot and volatility: 17 returns from 2024-01-14 to 2024-01-31, "
            "daily with weekends, 365 a year",
            "  1 row(s) without a price skipped",
            "  dates read with the month first",
            "  newest first: the order was put right",
        ]
        assert set(lines) >= {
            "Warning: the window of 99 returns is longer than the history of 17",
            "Warning: 1 return(s) beyond 30%, a split or a wrong price? +100% to 2024-01-15",
        }

    def test_without_dates_and_without_use(self, capsys, tmp_path):
        path = tmp_path / "prices.csv"
        path.write_text("Close\n1.9\n2\n1.9\n2\n")
        assert main(["price", *FAST, "--csv", str(path), "--qubits", "3"]) == 0
        output = capsys.readouterr().out
        assert "\nhistory, for spot and volatility: 3 returns without dates, 252 a year\n" in output
        assert "\nWarning: the prices have no dates: taken as daily, 252 a year, olde" in output
        given = ["--spot", "2", "--volatility", "0.4", "--qubits", "3"]
        assert main(["price", *FAST, "--csv", str(path), *given]) == 0
        output = capsys.readouterr().out
        assert "\nhistory, for nothing, as all is given: 3 returns without dates\n" in output
        assert "Warning: the prices" not in output

    def test_decimal_mark_and_order_of_dates_can_be_given(self, capsys, tmp_path):
        path = tmp_path / "prices.csv"
        path.write_text("Date;Close\n01/02/2024;2.001\n01/03/2024;2.101\n01/04/2024;2.001\n")
        words = ["--csv", str(path), "--decimal", ",", "--no-day-first", "--qubits", "3"]
        data = run_json(capsys, *FAST, *words)
        assert data["market"]["spot"] == 2001
        assert data["history"]["last_date"] == "2024-01-04T00:00:00"

    @pytest.mark.parametrize(
        ("word", "rate"), [("-5e-3", -0.005), ("-.5E-2", -0.005), ("-0.", 0), ("-1e-05", -1e-5)]
    )
    def test_negative_rates_in_any_form(self, capsys, word, rate):
        data = run_json(capsys, *FAST, "--rate", word, "--qubits", "3")
        assert data["market"]["rate"] == rate

    def test_given_numbers_override_the_history(self, capsys, csv_file):
        data = run_json(
            capsys,
            *FAST,
            *["--csv", str(csv_file), "--spot", "2500", "--volatility", "0.2"],
            *["--strike", "2600", "--qubits", "3", "--rate", "-0.01"],
        )
        market = data["market"]
        assert (market["spot"], data["strikes"], market["volatility"]) == (2500, [2600], 0.2)
        assert market["rate"] == -0.01
        assert data["loader"]["num_qubits"] == 3

    def test_a_model_without_a_volatility_takes_the_spot(self, capsys, csv_file, history):
        data = run_json(capsys, *FAST, "--csv", str(csv_file), *words_of("heston"))
        assert data["market"]["spot"] == pytest.approx(history["Close"].iloc[-1])
        assert data["history"]["gave_spot"]
        assert not data["history"]["gave_volatility"]

    def test_another_spot_is_priced_at_the_money(self, capsys):
        data = run_json(capsys, *FAST, "--spot", "50")
        assert (data["strikes"], data["grid"]["aligned_with"]) == ([50], 50)
        assert data["loader"]["num_qubits"] == 5


class TestBadInput:
    @pytest.fixture
    def refuse(self, capsys):
        """Run, expect exit code 2, and return the one line that says why."""

        def refuse(*arguments, usage=False, command="price"):
            with pytest.raises(SystemExit) as caught:
                main([command, *arguments])
            assert caught.value.code == 2
            captured = capsys.readouterr()
            assert captured.out == ""
            lines = captured.err.splitlines()
            assert lines[-1].startswith("qiskit-ssqw")
            assert lines[-1].count("error:") == 1
            if not usage:
                assert len(lines) == 1
            return lines[-1]

        return refuse

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--level", "1"], "level must lie strictly between 0 and 1, got 1"),
            (["--strike", "2"], "a share has no strike: leave out --strike, or give --payoff"),
            (["--accuracy", "0"], "accuracy must be positive, got 0"),
        ],
    )
    def test_risks(self, refuse, arguments, message):
        assert message in refuse(*arguments, command="risk")

    def test_the_volatility_of_returns_is_no_volatility_of_prices(self, refuse, csv_file):
        for given in (["--csv", str(csv_file)], ["--spot", "100"], []):
            said = refuse(*given, "--model", "bachelier")
            assert "--model bachelier needs --volatility, in units of the price" in said

    def test_the_table_of_models_is_that_of_their_classes(self):
        for model, (name, listed) in models.MODELS.items():
            known = {each.name for each in fields(getattr(finance, name)) if each.init}
            others = {"spot", "rate", "dividend_yield", "maturity"}
            if model == "black-scholes":
                others.add("correlation")
            assert set(listed) == known - others

    def test_the_help_needs_no_numpy(self):
        code = "from qiskit_ssqw.cli.arguments import build_parser as b; b(); import sys; "
        code += "sys.exit('numpy' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_the_help_lists_the_parameters_of_models(self, capsys):
        with pytest.raises(SystemExit):
            main(["price", "--help"])
        text = " ".join(capsys.readouterr().out.split())
        for model, (_, given) in MODELS.items():
            for name in given.keys() - {"volatility"}:
                assert name in text.partition(f"{model}:")[2]

    def test_a_parameter_that_is_no_number(self, refuse):
        assert "no NAME=NUMBER: 'speed'" in refuse("--set", "speed", usage=True)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["--model", "heston"],
                "--model heston needs --set initial_variance=... mean_reversion=... ",
            ),
            (
                ["--model", "merton", "--set", "speed=1"],
                "--model merton has no speed: --set takes jump_intensity, jump_mean, jump_std",
            ),
            (
                [*words_of("heston"), "--volatility", "0.2"],
                "--model heston has no --volatility: leave it out",
            ),
            (["--set", "speed=1"], "--model black-scholes has no speed: --set takes none"),
            (
                [*words_of("heston"), "--num-std", "3"],
                "--num-std and --rule are for black-scholes, not for heston",
            ),
            (
                [*words_of("bachelier"), "--grid", "log"],
                "--grid log needs positive prices, which those of Bachelier need not be",
            ),
            (
                [*words_of("heston"), "--set", *(f"{name}=-1" for name in HESTON)],
                "initial_variance must be positive, got -1",
            ),
            (["--dividend", "nan"], "dividend_yield must be finite, got nan"),
            (["--grid", "quantile", "--tail-mass", "0.1"], 'tail_mass is for "log" and "linear"'),
            (["--strike", "0"], "strike must be positive, got 0"),
            (["--strike", "-1"], "strike must be positive, got -1"),
            (["--strike", "nan"], "strike must be positive, got nan"),
            ([*AT_TWO, "--strike", "inf"], "strike must be finite, got inf"),
            ([*AT_TWO, "--strike", "1.9", "2"], "--payoff call takes 1 strike(s), got 2"),
            (["--volatility", "-0.4"], "volatility must be positive, got -0.4"),
            (["--volatility", "nan"], "volatility must be finite, got nan"),
            (["--spot", "0"], "spot must be positive, got 0.0"),
            (["--maturity", "0"], "maturity must be positive"),
            (["--rate", "inf"], "rate must be finite"),
            (["--qubits", "0"], "at least 1, got 0"),
            (["--num-std", "0"], "num_std must be positive"),
            (["--num-std", "nan"], "num_std must be finite, got nan"),
            (["--num-std", "3", "--tail-mass", "1e-3"], "num_std and tail_mass both set the bou"),
            (["--num-std", "3", "--grid", "log"], "num_std is for --grid linear"),
            (["--rule", "pdf", "--grid", "log"], 'rule="pdf" is for --grid linear'),
            (["--tail-mass", "0"], "tail_mass must lie strictly between 0 and 0.5, got 0.0"),
            (["--tail-mass", "0.5"], "tail_mass must lie strictly between 0 and 0.5, got 0.5"),
            (["--tail-mass", "nan"], "tail_mass must be finite, got nan"),
            (
                ["--align", "99"],
                "align must lie inside (0.691095, 5.74999), outside which the probability "
                "vanishes, got 99",
            ),
            (
                [*TUTORIAL_GRID, "--align", "99"],
                "align must lie inside the grid (1.20861, 2.81337), got 99",
            ),
            (["--align", "-1"], "align must be positive, got -1.0"),
            (["--align", "nan"], "align must be finite, got nan"),
            (["--tolerance", "0"], "tolerance must lie strictly between 0 and 1, got 0.0"),
            (["--tolerance", "1"], "tolerance must lie strictly between 0 and 1, got 1.0"),
            (["--accuracy", "0"], "accuracy must be positive, got 0.0"),
            (["--accuracy", "-1"], "accuracy must be positive, got -1.0"),
            (["--accuracy", "nan"], "accuracy must be finite, got nan"),
            (["--accuracy", "inf"], "accuracy must be finite, got inf"),
            (["--epsilon", "0"], "epsilon must be positive, got 0.0"),
            (["--epsilon", "nan"], "epsilon must be finite, got nan"),
            (["--epsilon", "0.5"], "epsilon must be below 0.5, got 0.5"),
            (["--max-seconds", "0"], "max_seconds must be positive, got 0.0"),
            (["--max-seconds", "nan"], "max_seconds must be finite, got nan"),
            (["--seed", "-1"], "seed must be at least 0, got -1"),
            (["--qubits", "13"], "--qubits must be at most 12, got 13"),
            (["--volatility", "100"], "volatility 100 means 10,000 % a year (100 % is 1)"),
            (["--volatility", "20"], "volatility 20 means 2,000 % a year (20 % is 0.2)"),
            (["--rate", "3"], "rate 3 means 300 % a year (3 % is 0.03)"),
            (["--rate", "-3e0"], "rate -3 means -300 % a year (-3 % is -0.03)"),
            (["--maturity", "10950"], "maturity 10950 means 10,950 years (10950 days are 30)"),
            (["--strike", "2.1"], "--strike needs the price today of the same underlying: give"),
            (["--column", "Close"], "--column describes a price history: give --csv too"),
            (["--periods-per-year", "12"], "--periods-per-year describes a price history: give"),
            (["--decimal", ","], "--decimal describes a price history: give --csv too"),
            (["--day-first"], "--day-first describes a price history: give --csv too"),
            (["--no-day-first"], "--day-first describes a price history: give --csv too"),
            (["--window", "9"], "--window describes a price history: give --csv too"),
            (["--csv", "nowhere.csv"], "No such file or directory: 'nowhere.csv'"),
            (["--plot", os.path.join("nowhere", "call.png"), *FAST], "no directory 'nowhere' for"),
            (["--plot", "call.nonsense", *FAST], "--plot takes a file that ends in"),
        ],
    )
    def test_values(self, refuse, arguments, message):
        assert message in refuse(*arguments)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["--maturity", "abc"], "not a number of years: 'abc'"),
            (["--maturity", "1/0"], "not a number of years: '1/0'"),
            (["--maturity", "1/2/3"], "not a number of years: '1/2/3'"),
            (["--spot", "two"], "invalid float value: 'two'"),
            (["--qubits", "2.5"], "invalid int value: '2.5'"),
            (["--accuracy", "1%"], "argument --accuracy: invalid float value: '1%'"),
            (["--rule", "magic"], "argument --rule: invalid choice: 'magic'"),
            (["--grid", "magic"], "argument --grid: invalid choice: 'magic'"),
            (["--align", "edge"], "argument --align: no price, strike or none: 'edge'"),
            (["--payoff", "condor"], "argument --payoff: invalid choice: 'condor'"),
            (["--encoding", "magic"], "argument --encoding: invalid choice: 'magic'"),
            (["--estimator", "magic"], "argument --estimator: invalid choice: 'magic'"),
            (["--strike"], "argument --strike: expected at least one argument"),
            (["--strike", "1.9", "two"], "invalid float value: 'two'"),
            (["--rescaling", "0.1"], "unrecognized arguments: --rescaling 0.1"),
            (["--nonsense"], "unrecognized arguments: --nonsense"),
            (["several\nlines"], "unrecognized arguments: several lines"),
        ],
    )
    def test_syntax(self, refuse, arguments, message):
        assert message in refuse(*arguments, usage=True)

    @pytest.mark.parametrize("market", [[], ["--spot", "50"]])
    @pytest.mark.parametrize("payoff", ["bull-spread", "bear-spread", "butterfly"])
    def test_missing_strikes(self, refuse, payoff, market):
        message = refuse(*market, "--payoff", payoff)
        assert f"--payoff {payoff} needs its strikes: give --strike" in message

    @pytest.mark.parametrize("payoff", PAYOFFS)
    def test_wrong_number_of_strikes(self, refuse, payoff):
        needed = len(CLASSICAL_PAYOFFS[payoff][0])
        for given in {1, 2, 3, 4} - {needed}:
            message = refuse("--payoff", payoff, *strike_words([1.5, 1.9, 2.4, 2.5][:given]))
            assert f"--payoff {payoff} takes {needed} strike(s), got {given}" in message

    @pytest.mark.parametrize(
        ("payoff", "strikes"),
        [
            ("bull-spread", [2.3, 1.8]),
            ("bear-spread", [2, 2]),
            ("butterfly", [1.5, 2.4, 1.9]),
        ],
    )
    def test_strikes_out_of_order(self, refuse, payoff, strikes):
        message = refuse("--payoff", payoff, *strike_words(strikes))
        assert f"strikes must ascend, got {', '.join(map(str, strikes))}" in message

    def test_no_command(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main([])
        assert caught.value.code == 2
        assert "command" in capsys.readouterr().err

    def test_unknown_column(self, refuse, csv_file):
        message = refuse("--csv", str(csv_file), "--column", "Price")
        assert "no column 'Price', only" in message
        assert "'Adj Close'" in message

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            ([], "line 2: '01/02/2024' may begin with the day or the month, and no other date"),
            (["--day-first", "--decimal", ","], "line 2: '1.5' is not a number"),
            (["--day-first", "--periods-per-year", "0"], "per_year must be positive, got 0.0"),
            (["--day-first", "--periods-per-year", "nan"], "per_year must be finite, got nan"),
        ],
    )
    def test_history(self, refuse, tmp_path, words, message):
        path = tmp_path / "prices.csv"
        path.write_text("Date,Close\n01/02/2024,1.5\n01/03/2024,1.6\n01/04/2024,1.5\n")
        assert message in refuse("--csv", str(path), *words)

    def test_irregular_dates_ask_for_their_frequency(self, refuse, tmp_path):
        path = tmp_path / "prices.csv"
        rows = "".join(f"2024-01-02 10:{minute},{minute}\n" for minute in range(10, 20))
        path.write_text(f"Date,Close\n{rows}")
        assert "0.000694 days apart" in (message := refuse("--csv", str(path)))
        assert message.endswith("give periods_per_year")

    def test_unbalanced_quotes(self, refuse, tmp_path):
        path = tmp_path / "prices.csv"
        path.write_text('Close\n1\n"2\n3\n')
        assert "line 4: unexpected end of data" in refuse("--csv", str(path))

    @pytest.mark.parametrize(
        "words",
        [
            *(["--epsilon", "0"], ["--epsilon", "0.5"], ["--epsilon", "nan"], ["--seed", "-1"]),
            *(["--accuracy", "0"], ["--accuracy", "-1"], ["--accuracy", "nan"]),
            *(["--accuracy", "inf"], ["--tail-mass", "0.5"]),
            *(["--max-seconds", "0"], ["--absolute-accuracy", "0"], ["--alpha", "1"]),
            *(["--volatility", "20"], ["--align", "99"], ["--num-std", "0"], ["--strike", "2"]),
            *(["--num-std", "3", "--tail-mass", "1e-3"], ["--plot", "call.nonsense"]),
        ],
        ids=" ".join,
    )
    def test_nothing_is_fitted_before_a_refusal(self, refuse, monkeypatch, words):
        def fit(*_, **__):
            pytest.fail("fitted")

        monkeypatch.setattr(uncertainty_model, "fit", fit)
        refuse(*words)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--epsilon", "1e-9"], "more than --max-seconds 600: ask for an error "),
            (["--epsilon", "0.001", "--max-seconds", "0.1"], "more than --max-seconds 0.1: ask"),
        ],
    )
    def test_an_estimation_that_takes_too_long(self, refuse, words, message):
        assert message in refuse("--qubits", "2", "--estimator", "ae", *words)

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--encoding", "exact"], "--estimator sampling has no payoff circuit"),
            (["--resources"], "--resources are those of amplitude estimation, not of sampling"),
        ],
    )
    def test_sampling_has_no_circuits_of_payoffs(self, refuse, words, message):
        assert message in refuse("--estimator", "sampling", *words)

    def test_short_window(self, refuse, csv_file):
        message = refuse("--csv", str(csv_file), "--window", "1")
        assert "--window must be at least 2, got 1" in message

    def test_bad_cell(self, refuse, tmp_path):
        path = tmp_path / "bad.csv"
        path.write_text("Close\n1\n2\nthree\n")
        assert "line 4: 'three' is not a number" in refuse("--csv", str(path))

    def test_plot_without_matplotlib(self, refuse, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        monkeypatch.delitem(sys.modules, "qiskit_ssqw.visualization.shown", raising=False)
        message = refuse(*FAST, "--plot", str(tmp_path / "call.png"))
        assert "pip install 'qiskit-ssqw[plot]'" in message


class TestFailures:
    """What is no fault of the input: one line, and the exit code of its kind."""

    @pytest.mark.parametrize(
        ("error", "code", "line"),
        [
            (QiskitError("no such\n  gate"), 1, "error: no such gate"),
            (AlgorithmError("a job failed"), 1, "error: a job failed"),
            (RuntimeError("stalled"), 1, "error: stalled"),
            (OverflowError("too large"), 1, "error: too large"),
            (np.linalg.LinAlgError("singular"), 2, "error: singular"),
            (MemoryError(), 2, "error: MemoryError"),
            (KeyboardInterrupt(), 130, "interrupted"),
        ],
    )
    def test_one_line(self, capsys, monkeypatch, error, code, line):
        def price(*_, **__):
            raise error

        monkeypatch.setattr(finance, "price", price)
        with pytest.raises(SystemExit) as caught:
            main(["price", "--qubits", "2"])
        assert caught.value.code == code
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", f"qiskit-ssqw: {line}\n")

    def test_a_fault_of_the_program_keeps_its_traceback(self, monkeypatch):
        monkeypatch.setattr(finance, "price", lambda *_, **__: {}["missing"])
        with pytest.raises(KeyError, match="missing"):
            main(["price", "--qubits", "2"])


def run_command(words, stdout, **environment):
    return subprocess.run(
        [*COMMAND, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=300,
        env={**os.environ, **environment},
    )


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of Unix")
class TestOutput:
    @pytest.mark.parametrize(
        ("words", "unbuffered"),
        [
            (["price", *FAST, "--qubits", "2"], ""),
            (["--help"], ""),
            (["--help"], "1"),
            pytest.param(["--version"], "1", marks=pytest.mark.deep),
        ],
    )
    def test_a_reader_that_has_gone(self, words, unbuffered):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = run_command(words, writer, PYTHONUNBUFFERED=unbuffered)
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (141, "")

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    @pytest.mark.parametrize("words", [["price", "--help"], ["--version"]], ids=" ".join)
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_a_full_device(self, words, unbuffered):
        with open("/dev/full", "w") as device:
            done = run_command(words, device, PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == 1
        assert re.fullmatch(r"qiskit-ssqw: error: standard output: .*No space.*\n", done.stderr)


def test_a_closed_output():
    done = subprocess.run(
        ["/bin/sh", "-c", f"{shlex.join([*COMMAND, '--version'])} >&-"],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1
    assert done.stderr == "qiskit-ssqw: error: standard output: [Errno 9] Bad file descriptor\n"


def test_an_interruption():
    program = (
        "import os, signal, sys, threading\n"
        "from qiskit_ssqw.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # ignored in the background
        "threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "sys.exit(main(['price', '--qubits', '12', '--epsilon', '1e-5']))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "qiskit-ssqw: interrupted\n"


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_information(option, capsys):
    with pytest.raises(SystemExit) as caught:
        main([option])
    assert caught.value.code == 0
    output = capsys.readouterr().out
    assert (__version__ if option == "--version" else "price a European option") in output
