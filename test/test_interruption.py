"""Ctrl-C, killed workers and full disks: what is finished stays, and what is lost is said."""

import ast
import errno
import importlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import warnings
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np
import pytest

from qiskit_ssqw import FitResult, TargetDistribution, fit, fit_many
from qiskit_ssqw.fitting import CheckpointWarning
from qiskit_ssqw.fitting import many as many_module

unix = pytest.mark.skipif(os.name != "posix", reason="signals of Unix")


def surface(count=3):
    """Targets that differ, as maturities of an option surface do."""
    weights = np.arange(1.0, 9.0)
    return [
        TargetDistribution(row / row.sum(), (1.0, 2.0))
        for row in (weights ** (power / 2) for power in range(1, count + 1))
    ]


OPTIONS = {"tolerance": 5e-3, "seed": 1}


@pytest.fixture(scope="module")
def plain():
    """What a call gives that nothing interrupts."""
    return fit_many(surface(), **OPTIONS)


def interrupt_at(monkeypatch, number, error=KeyboardInterrupt):
    """Let the fit of a number raise, and count the fits."""
    calls = []

    def interrupted(target, **options):
        calls.append(target)
        if len(calls) == number:
            raise error
        return fit(target, **options)

    monkeypatch.setattr(many_module, "fit", interrupted)
    monkeypatch.setattr(many_module, "_try_options", lambda *_: None)
    return calls


class TestCheckpoint:
    @pytest.mark.parametrize("warm_start", [True, False])
    def test_an_interrupted_call_goes_on(self, tmp_path, monkeypatch, warm_start):
        options = {**OPTIONS, "warm_start": warm_start}
        whole = fit_many(surface(), **options)
        with monkeypatch.context() as patch:
            interrupt_at(patch, 3)
            with pytest.raises(KeyboardInterrupt):
                fit_many(surface(), checkpoint=tmp_path, **options)
        kept = sorted(tmp_path.iterdir())
        assert [path.suffix for path in kept] == [".json"] * 2
        assert {FitResult.load(path).target for path in kept} == {*surface()[:2]}
        calls = interrupt_at(monkeypatch, 0)
        assert fit_many(surface(), checkpoint=tmp_path, **options) == whole
        assert calls == surface()[2:]
        assert fit_many(surface(), checkpoint=tmp_path, **options) == whole
        assert len(calls) == 1

    def test_it_changes_no_result(self, tmp_path, plain):
        folder = tmp_path / "made" / "here"
        assert fit_many(surface(), checkpoint=str(folder), **OPTIONS) == plain
        assert len(list(folder.iterdir())) == 3

    def test_another_request_has_files_of_its_own(self, tmp_path, monkeypatch, plain):
        fit_many(surface(2), checkpoint=tmp_path, **OPTIONS)
        others = [
            ({"tolerance": 6e-3}, surface(2)),
            ({"seed": 2}, surface(2)),
            ({"warm_start": False}, surface(2)),
            ({"max_two_qubit_gates": 1}, surface(2)),
            ({}, surface(2)[::-1]),
        ]
        for number, (changed, targets) in enumerate(others, 2):
            fit_many(targets, checkpoint=tmp_path, **{**OPTIONS, **changed})
            assert len(list(tmp_path.iterdir())) == 2 * number
        monkeypatch.setattr("qiskit_ssqw.fitting.checkpoint.__version__", "99")
        assert fit_many(surface(2), checkpoint=tmp_path, **OPTIONS) == plain[:2]
        assert len(list(tmp_path.iterdir())) == 2 * (len(others) + 2)

    def test_without_warm_starts_the_order_does_not_count(self, tmp_path, monkeypatch):
        options = {**OPTIONS, "warm_start": False, "checkpoint": tmp_path}
        results = fit_many(surface(), **options)
        calls = interrupt_at(monkeypatch, 0)
        assert fit_many(surface()[::-1], **options) == results[::-1]
        assert calls == []

    @pytest.mark.parametrize("damage", ["", "{", "[]", "other"])
    def test_a_file_that_cannot_be_used_is_written_anew(self, tmp_path, plain, damage):
        fit_many(surface(), checkpoint=tmp_path, **OPTIONS)
        files = sorted(tmp_path.iterdir())
        good = [path.read_text() for path in files]
        files[0].write_text(good[1] if damage == "other" else damage)
        with pytest.warns(CheckpointWarning, match=f"fitted again: .*{files[0].name}") as caught:
            assert fit_many(surface(), checkpoint=tmp_path, **OPTIONS) == plain
        assert len(caught) == 1
        assert caught[0].filename == __file__
        assert [path.read_text() for path in files] == good

    def test_a_full_disk_costs_no_result(self, tmp_path, monkeypatch, plain):
        written = []

        def full(path, text):
            written.append(path)
            if len(written) > 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
            path.write_text(text)

        monkeypatch.setattr("qiskit_ssqw.fitting.storage.replace_text", full)
        match = r"2 fit\(s\) are returned, but not in the checkpoint: .*No space left"
        with pytest.warns(CheckpointWarning, match=match):
            assert fit_many(surface(), checkpoint=tmp_path, **OPTIONS) == plain
        assert [path.name for path in tmp_path.iterdir()] == [written[0].name]

    def test_a_failed_fit_is_tried_again(self, tmp_path, monkeypatch, plain):
        with monkeypatch.context() as patch:
            interrupt_at(patch, 3, MemoryError("too large"))
            failed = fit_many(surface(), checkpoint=tmp_path, **OPTIONS)
        assert "MemoryError: too large" in failed[2].message
        assert len(list(tmp_path.iterdir())) == 2
        assert fit_many(surface(), checkpoint=tmp_path, **OPTIONS) == plain

    @pytest.mark.parametrize("warm_start", [True, pytest.param(False, marks=pytest.mark.deep)])
    def test_after_a_failure_the_results_are_those_of_a_whole_call(
        self, tmp_path, monkeypatch, warm_start
    ):
        options = {"tolerance": 5e-3, "seed": 1, "warm_start": warm_start}
        points = np.linspace(0, 1, 16)
        shapes = [np.exp(-((points - m) ** 2) / 0.02) + 0.4 * points for m in (0.3, 0.31, 0.32)]
        targets = [TargetDistribution(shape / shape.sum(), (0, 1)) for shape in shapes]
        whole = fit_many(targets, **options)
        with monkeypatch.context() as patch:
            interrupt_at(patch, 1, MemoryError("too large"))
            fit_many(targets, checkpoint=tmp_path, **options)
        assert len(list(tmp_path.iterdir())) == (0 if warm_start else 2)
        assert fit_many(targets, checkpoint=tmp_path, **options) == whole

    def test_starts_of_the_caller_are_kept(self, tmp_path, plain):
        options = {**OPTIONS, "starts": [plain[2].walk]}
        results = fit_many(surface(), checkpoint=tmp_path, **options)
        assert all(result.success for result in results)
        assert fit_many(surface(), checkpoint=tmp_path, **options) == results

    @pytest.mark.parametrize(
        ("options", "error", "match"),
        [
            ({"checkpoint": 3, "seed": 1}, TypeError, "checkpoint must be a .*, got 3"),
            ({"checkpoint": "x", "seed": None}, ValueError, "checkpoint needs a seed"),
            ({"checkpoint": __file__, "seed": 1}, OSError, "test_interruption"),
        ],
    )
    def test_refuses_bad_input(self, tmp_path, monkeypatch, options, error, match):
        monkeypatch.chdir(tmp_path)
        with pytest.raises(error, match=match):
            fit_many(surface(), **options)
        assert list(tmp_path.iterdir()) == []


def killing_fit_run(*task):
    """A run of fits in a process that is killed after it has saved two."""
    import qiskit_ssqw.fitting.many as many

    real, saved = many._save, []

    def save(result, path):
        saved.append(real(result, path))
        if len(saved) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return saved[-1]

    many._save = save
    return many._fit_run(*task)


@unix
def test_a_killed_worker(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([os.path.dirname(__file__), *sys.path]))
    done = run_python(
        f"""
        import qiskit_ssqw.fitting.many as many
        from test_interruption import OPTIONS, killing_fit_run, surface

        many._fit_run, many._RUN_LENGTH = killing_fit_run, 3
        try:
            many.fit_many(surface(6), n_jobs=2, checkpoint={str(tmp_path)!r}, **OPTIONS)
        except RuntimeError as error:
            print(error)
        """
    )
    kept = [path for path in tmp_path.iterdir() if path.suffix == ".json"]
    assert 2 <= len(kept) <= 4
    assert done.stdout == (
        f"a worker process was killed, for want of memory perhaps: {len(kept)} of 6 fits are in "
        f"{tmp_path}, the same call goes on from there\n"
    )
    monkeypatch.setattr(many_module, "_RUN_LENGTH", 3)
    calls = interrupt_at(monkeypatch, 0)
    assert fit_many(surface(6), checkpoint=tmp_path, **OPTIONS) == [
        *fit_many(surface(3), **OPTIONS),
        *fit_many(surface(6)[3:], **OPTIONS),
    ]
    assert len(calls) == 6 - len(kept) + 6


def test_a_killed_worker_without_a_checkpoint(monkeypatch):
    def killed(*_):
        raise BrokenProcessPool("a worker was killed")

    monkeypatch.setattr("joblib.Parallel.__call__", killed)
    with pytest.raises(RuntimeError, match="fits of this call are lost; give a folder, checkpoint"):
        fit_many(surface(), **OPTIONS)


def run_python(program, **options):
    """Run a program in a process of its own, in which Ctrl-C is as in a terminal."""
    listens = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    return subprocess.run(
        [sys.executable, "-c", listens + textwrap.dedent(program)],
        text=True,
        check=False,
        timeout=120,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options},
    )


class TestCalls:
    """An interrupted call raises what interrupted it and leaves nothing behind."""

    def test_of_fit(self):
        target = surface()[2]

        def stop(_):
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            fit(target, seed=1, tolerance=1e-3, callback=stop)
        assert fit(target, seed=1, tolerance=1e-3) == fit(target, seed=1, tolerance=1e-3)

    def test_of_price(self, monkeypatch):
        from qiskit_ssqw.finance import Call, QuantumWalkUncertaintyModel, price

        model = QuantumWalkUncertaintyModel(surface()[2], seed=1)
        options = {"accuracy": 0.2, "seed": 1, "reference": False}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            whole = price(Call(1.5), model, **options)
            with monkeypatch.context() as patch:

                def stop(*_, **__):
                    raise KeyboardInterrupt

                patch.setattr("qiskit_ssqw.finance.BayesianAmplitudeEstimation.estimate", stop)
                with pytest.raises(KeyboardInterrupt):
                    price(Call(1.5), model, **options)
            assert price(Call(1.5), model, **options) == whole

    def test_of_a_save(self, tmp_path, monkeypatch):
        result = fit(surface()[1], **OPTIONS)
        path = tmp_path / "fit.json"
        result.save(path)
        before = path.read_text()

        def stop(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("pathlib.Path.write_text", stop)
        with pytest.raises(KeyboardInterrupt):
            fit(surface()[2], **OPTIONS).save(path)
        assert path.read_text() == before
        assert [each.name for each in tmp_path.iterdir()] == ["fit.json"]

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    def test_a_full_disk_leaves_the_old_file(self, tmp_path, monkeypatch):
        path = tmp_path / "fit.json"
        result = fit(surface()[1], **OPTIONS)
        result.save(path)
        before = path.read_text()

        def full(*_, **__):
            with open("/dev/full", "w") as device:
                device.write("x" * 10**6)

        monkeypatch.setattr("pathlib.Path.write_text", full)
        with pytest.raises(OSError, match="No space left"):
            result.save(path)
        assert path.read_text() == before
        assert json.loads(before)["seed"] == 1
        assert [each.name for each in tmp_path.iterdir()] == ["fit.json"]


BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
SCRIPTS = [
    path
    for path in sorted([*BENCHMARKS.glob("*.py"), *BENCHMARKS.glob("peers/*.py")])
    if "__main__" in path.read_text(encoding="utf-8")
]


def run_script(lines, **options):
    """Run some lines as a benchmark runs its own."""
    body = textwrap.indent("\n".join(lines), " " * 4)
    start = f"import os, sys\nsys.path.insert(0, {str(BENCHMARKS)!r})\n"
    start += "from running import RESUMED, run_script\n"
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    program = f"{start}def main():\n{body}\nrun_script(main, RESUMED)\n"
    return run_python(program, env=buffered, **options)


class TestBenchmarks:
    """A script ends in one line, and what it has finished is kept."""

    KEPT = "finished rows are in the file, the same command goes on from there\n"

    @pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
    def test_all_scripts_are_run_alike(self, path):
        *_, last = ast.parse(path.read_text(encoding="utf-8")).body
        names = {node.id for node in ast.walk(last) if isinstance(node, ast.Name)}
        assert {"run_script", "run_tables"} & names

    @unix
    def test_ctrl_c(self):
        done = run_script(["print('one')", "os.kill(os.getpid(), signal.SIGINT)", "print('two')"])
        assert (done.returncode, done.stdout) == (130, "one\n")
        assert done.stderr == f"-c: interrupted: {self.KEPT}"

    @unix
    def test_a_killed_script_has_printed_its_lines(self):
        done = run_script(["print('one')", "os.kill(os.getpid(), signal.SIGKILL)"])
        assert (done.returncode, done.stdout) == (-signal.SIGKILL, "one\n")

    @unix
    @pytest.mark.parametrize(
        "lines",
        [
            ["print('one')"],
            ["print('one', end='')"],
            [
                "import subprocess",
                "subprocess.run([sys.executable, '-c', 'exit(141)'], check=True)",
            ],
        ],
        ids=["line", "part of a line", "part of a script"],
    )
    def test_a_reader_that_has_gone(self, lines):
        reader, writer = os.pipe()
        os.close(reader)
        try:
            done = run_script(lines, stdout=writer)
        finally:
            os.close(writer)
        assert (done.returncode, done.stderr) == (141, "")

    @unix
    def test_the_head_of_a_table(self):
        command = [sys.executable, str(BENCHMARKS / "state_preparation.py")]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as script:
            assert script.stdout.readline().startswith("Qiskit ")
            script.stdout.close()
            assert script.stderr.read() == ""
        assert script.returncode == 141

    @pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
    @pytest.mark.parametrize("end", ["\\n", ""])
    def test_a_full_device(self, end):
        with open("/dev/full", "w") as device:
            done = run_script([f"print('one', end='{end}')"], stdout=device)
        assert done.returncode == 1
        assert done.stderr == f"-c: error: [Errno 28] No space left on device: {self.KEPT}"

    def test_other_errors_keep_their_traceback(self):
        done = run_script(["print('one')", "raise KeyError('missing')"])
        assert (done.returncode, done.stdout) == (1, "one\n")
        assert done.stderr.endswith("KeyError: 'missing'\n")

    @pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
    def test_rows_are_added_as_a_whole_or_not_at_all(self, tmp_path, monkeypatch, error):
        monkeypatch.syspath_prepend(str(BENCHMARKS))
        append_rows = importlib.import_module("row_files").append_rows
        path, write_text = tmp_path / "rows.csv", Path.write_text

        def stop(self, text, **options):
            write_text(self, text[:-3], **options)
            raise error("no space")

        def append(rows):
            append_rows(path, ["name", "tv"], rows)

        with monkeypatch.context() as patch:
            patch.setattr("pathlib.Path.write_text", stop)
            with pytest.raises(error):
                append([{"name": "a"}])
        assert list(tmp_path.iterdir()) == []
        append([{"name": "a, b", "tv": 0.5}, {"name": "c"}])
        with monkeypatch.context() as patch:
            patch.setattr("pathlib.Path.write_text", stop)
            with pytest.raises(error):
                append([{"name": "d"}, {"name": "e"}])
        assert path.read_text() == 'name,tv\n"a, b",0.5\nc,\n'
        append([{"name": "d", "tv": 1}])
        assert path.read_text() == 'name,tv\n"a, b",0.5\nc,\nd,1\n'
        with pytest.raises(ValueError, match="fields not in fieldnames: 'kl'"):
            append([{"name": "e", "kl": 1}])
        assert [each.name for each in tmp_path.iterdir()] == ["rows.csv"]
        assert len(path.read_text().splitlines()) == 4
