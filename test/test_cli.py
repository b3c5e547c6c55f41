"""The command line: what it prints, and that bad input ends in one clear line and code 2."""

import json
import os
import re
import subprocess
import sys

import pytest
from arch.data import sp500

from qiskit_ssqw import __version__
from qiskit_ssqw.cli import main
from qiskit_ssqw.finance import realised_volatility

# qiskit-finance is built on classes that Qiskit deprecated; our own code must not be.
pytestmark = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning",
    "ignore::PendingDeprecationWarning",
    r"error::DeprecationWarning:qiskit_ssqw(\..*)?$",
)

FAST = ["--epsilon", "0.1"]


def run_json(capsys, *arguments):
    assert main(["price", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture(scope="module")
def history():
    return sp500.load()


@pytest.fixture
def csv_file(history, tmp_path):
    path = tmp_path / "sp500.csv"
    history[-300:].to_csv(path)
    return path


def assert_reference_table(output):
    for text in ("0.170627", "0.162276", "0.168736", "-4.89%"):
        assert text in output
    assert re.search(r"CX, quantum walk +3 ", output)
    assert re.search(r"CX, Qiskit StatePreparation +4 ", output)
    assert "Warning" not in output


class TestReferenceCall:
    def test_table(self, capsys):
        assert main(["price"]) == 0
        captured = capsys.readouterr()
        assert_reference_table(captured.out)
        assert captured.err == ""

    def test_as_a_module(self):
        done = subprocess.run(
            [sys.executable, "-m", "qiskit_ssqw", "price"],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert_reference_table(done.stdout)
        assert done.stderr == ""

    def test_json(self, capsys):
        data = run_json(capsys)
        assert data["black_scholes"] == pytest.approx(0.170627, abs=1e-6)
        assert data["grid_sum"] == pytest.approx(0.162276, abs=1e-6)
        assert data["loaded_sum"] == pytest.approx(0.162276, abs=1e-6)
        assert data["linearised"] == pytest.approx(0.168736, abs=1e-6)
        low, high = data["confidence_interval"]
        assert low <= data["estimate"] <= high
        assert data["state_preparation_cx"] == 4
        assert data["loader"]["two_qubit_gates"] == 3
        assert data["call"]["maturity"] == pytest.approx(40 / 365)

    def test_the_seed_decides(self, capsys):
        first, again, other = (run_json(capsys, "--seed", seed) for seed in ("5", "5", "6"))
        assert first == again
        assert first["loader"]["seed"] == 5
        assert first["estimate"] != other["estimate"]

    def test_nine_qubits_where_state_preparation_fails(self, capsys):
        assert main(["price", "--qubits", "9", "--epsilon", "0.2"]) == 0
        output = capsys.readouterr().out
        (line,) = [line for line in output.splitlines() if "StatePreparation" in line]
        assert "fails" in line

    def test_a_missed_tolerance_is_told(self, capsys):
        assert main(["price", *FAST, "--tolerance", "1e-17"]) == 0
        output = capsys.readouterr().out
        (line,) = [line for line in output.splitlines() if line.startswith("Warning:")]
        assert "misses the tolerance 1e-17" in line

    def test_plot(self, capsys, tmp_path):
        path = tmp_path / "call.png"
        assert main(["price", *FAST, "--plot", str(path)]) == 0
        assert path.read_bytes().startswith(b"\x89PNG")
        assert "Black-Scholes" in capsys.readouterr().out


class TestOwnMarket:
    def test_history(self, capsys, csv_file, history):
        data = run_json(capsys, *FAST, "--csv", str(csv_file), "--maturity", "1/4")
        closes = history["Close"].to_numpy()
        assert data["call"]["spot"] == pytest.approx(closes[-1])
        assert data["call"]["strike"] == data["call"]["spot"]
        assert data["call"]["volatility"] == pytest.approx(realised_volatility(closes[-253:]))
        assert data["call"]["maturity"] == 0.25
        assert data["num_qubits"] == 5
        assert data["grid_sum"] == pytest.approx(data["black_scholes"], rel=0.01)

    def test_column_and_window(self, capsys, csv_file, history):
        data = run_json(capsys, *FAST, "--csv", str(csv_file), "--column", "Open", "--window", "21")
        opens = history["Open"].to_numpy()
        assert data["call"]["spot"] == pytest.approx(opens[-1])
        assert data["call"]["volatility"] == pytest.approx(realised_volatility(opens[-22:]))

    def test_given_numbers_override_the_history(self, capsys, csv_file):
        data = run_json(
            capsys,
            *FAST,
            *["--csv", str(csv_file), "--spot", "2500", "--volatility", "0.2"],
            *["--strike", "2600", "--qubits", "3", "--rate", "-0.01"],
        )
        call = data["call"]
        assert (call["spot"], call["strike"], call["volatility"]) == (2500, 2600, 0.2)
        assert call["rate"] == -0.01
        assert data["num_qubits"] == 3

    def test_another_spot_is_priced_at_the_money(self, capsys):
        data = run_json(capsys, *FAST, "--spot", "50")
        assert data["call"]["strike"] == 50
        assert data["num_qubits"] == 5

    def test_the_grid_can_be_chosen(self, capsys):
        data = run_json(
            capsys, *FAST, "--qubits", "4", "--rule", "cell", "--num-std", "4", "--rescaling", "0.1"
        )
        assert data["num_qubits"] == 4
        assert data["grid_sum"] == pytest.approx(data["black_scholes"], rel=0.02)
        assert data["linearised"] == pytest.approx(data["loaded_sum"], rel=0.02)


class TestBadInput:
    @pytest.fixture
    def refuse(self, capsys):
        """Run, expect exit code 2, and return the one line that says why."""

        def refuse(*arguments, usage=False):
            with pytest.raises(SystemExit) as caught:
                main(["price", *arguments])
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
            (["--strike", "9"], "strike must lie inside the grid"),
            (["--strike", "0"], "strike must be positive"),
            (["--volatility", "-0.4"], "volatility must be positive, got -0.4"),
            (["--volatility", "nan"], "volatility must be finite, got nan"),
            (["--spot", "0"], "spot must be positive, got 0.0"),
            (["--maturity", "0"], "maturity must be positive"),
            (["--rate", "inf"], "rate must be finite"),
            (["--qubits", "0"], "at least 1, got 0"),
            (["--num-std", "0"], "num_std must be positive"),
            (["--tolerance", "0"], "tolerance must lie strictly between 0 and 1, got 0.0"),
            (["--tolerance", "1"], "tolerance must lie strictly between 0 and 1, got 1.0"),
            (["--epsilon", "0"], "epsilon must be positive"),
            (["--epsilon", "0.5"], "epsilon must lie strictly between 0 and 0.5"),
            (["--rescaling", "2"], "rescaling_factor must be at most 1"),
            (["--seed", "-1"], "--seed must be at least 0 and below 2**32, got -1"),
            (["--seed", str(2**64)], "--seed must be at least 0 and below 2**32"),
            (["--qubits", "13"], "--qubits must be at most 12, got 13"),
            (["--volatility", "100"], "without a finite standard deviation"),
            (["--column", "Close"], "--column describes a price history: give --csv too"),
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
            (["--rule", "magic"], "invalid choice: 'magic'"),
            (["--nonsense"], "unrecognized arguments: --nonsense"),
        ],
    )
    def test_syntax(self, refuse, arguments, message):
        assert message in refuse(*arguments, usage=True)

    def test_no_command(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main([])
        assert caught.value.code == 2
        assert "command" in capsys.readouterr().err

    def test_unknown_column(self, refuse, csv_file):
        message = refuse("--csv", str(csv_file), "--column", "Price")
        assert "no column 'Price', only" in message
        assert "'Adj Close'" in message

    def test_short_window(self, refuse, csv_file):
        message = refuse("--csv", str(csv_file), "--window", "1")
        assert "--window must be at least 2, got 1" in message

    def test_bad_cell(self, refuse, tmp_path):
        path = tmp_path / "bad.csv"
        path.write_text("Close\n1\n2\nthree\n")
        assert "line 4: 'three' is not a number" in refuse("--csv", str(path))

    def test_plot_without_matplotlib(self, refuse, monkeypatch, tmp_path):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        message = refuse(*FAST, "--plot", str(tmp_path / "call.png"))
        assert "pip install 'qiskit-ssqw[plot]'" in message


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_information(option, capsys):
    with pytest.raises(SystemExit) as caught:
        main([option])
    assert caught.value.code == 0
    output = capsys.readouterr().out
    assert (__version__ if option == "--version" else "price a European call") in output
