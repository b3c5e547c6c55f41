"""Change one operator, number or condition at a time, and see whether the tests notice.

Run with ``python .ci/mutation.py`` (or ``tox -e mutation``) from the root: a random sample of the
mutants that cosmic-ray finds in each area, ``--sample`` of them (60; 0 for all, which takes days),
by ``--seed`` (0), of ``--areas``. Each is run on the tests that run its line, the fastest first, in
a process of its own, so no file is changed. To learn which tests these are, all of them run once,
under coverage. The answer and the rows are kept in ``--folder`` (``.mutation``): mutants that are
there are skipped, unless their module has changed, so it may be stopped and started again.
``--report`` prints the table and the survivors only.

Mutants of annotations, docstrings and messages are left out, as they change no behaviour that is
promised. Of the many that an operator has (``+`` as ``-``, ``*``, ``//``, ...) one is drawn.
"""

from __future__ import annotations

import argparse
import ast
import csv
import importlib
import json
import os
import random
import signal
import sys
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from difflib import unified_diff
from importlib.machinery import SourceFileLoader
from itertools import accumulate, islice
from pathlib import Path

import cosmic_ray.plugins
import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from coverage import CoverageData

AREAS = {
    "walks": ["walks/*.py"],
    "targets": ["targets/*.py"],
    "metrics": ["metrics.py"],
    "payoffs": ["finance/payoffs/*.py"],
    "estimators": ["finance/estimation/**/*.py"],
    "gates": ["circuit/*.py", "synthesis/*.py"],
}
"""Modules of each, in the package."""

LONGEST = 60.0
"""Seconds that the tests of a mutant take, in sum; after thrice as long it counts as noticed."""


@dataclass(frozen=True)
class Mutant:
    """A change of one module."""

    area: str
    module: str
    operator: str
    occurrence: int
    line: int
    column: int


@dataclass(frozen=True)
class Row(Mutant):
    """What the tests said to it."""

    version: int
    """Checksum of the module as it is, so that one that changes is run anew."""
    noticed: str
    """The test that noticed it, ``timeout``, or nothing."""
    seconds: float


def modules_of(area: str) -> list[str]:
    """Paths of its modules."""
    root = Path("qiskit_ssqw")
    found = {path for pattern in AREAS[area] for path in root.glob(pattern)}
    return sorted(path.as_posix() for path in found)


def mutants(area: str, module: str, rng: random.Random) -> list[Mutant]:
    """One mutant for each place and kind of operator of a module."""
    source = Path(module).read_text(encoding="utf-8")
    tree, quiet = get_ast(source), quiet_lines(source)
    found: dict[tuple[int, int, str], list[Mutant]] = {}
    for name in sorted(cosmic_ray.plugins.operator_names()):
        operator_class = cosmic_ray.plugins.get_operator(name)
        if operator_class.arguments():
            continue
        operator = operator_class()
        places = (place for node in ast_nodes(tree) for place in operator.mutation_positions(node))
        for occurrence, ((line, column), _) in enumerate(places):
            if line not in quiet:
                kind = name.partition("_")[0]
                mutant = Mutant(area, module, name, occurrence, line, column)
                found.setdefault((line, column, kind), []).append(mutant)
    return [rng.choice(found[place]) for place in sorted(found)]


def quiet_lines(source: str) -> set[int]:
    """Lines of annotations, docstrings, imports and messages of exceptions."""
    quiet: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        parts: list[ast.AST | None] = []
        if isinstance(node, (ast.Raise, ast.Import, ast.ImportFrom)):
            parts = [node]
        elif isinstance(node, (ast.arg, ast.AnnAssign)):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef):
            parts = [node.returns]
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts = [node]
        for part in parts:
            if part is not None:
                quiet |= set(range(part.lineno, (part.end_lineno or part.lineno) + 1))
    return quiet


def mutated(mutant: Mutant) -> str | None:
    """The module's source with the change, or None if it means the same or nothing."""
    source = Path(mutant.module).read_text(encoding="utf-8")
    operator = cosmic_ray.plugins.get_operator(mutant.operator)()
    changed = mutate_code(source, operator, mutant.occurrence)
    try:
        same = changed is None or ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return None if same else changed


def measured(coverage: Path) -> dict[str, float]:
    """Run all tests, write which lines each runs, and return the seconds that each takes."""
    os.environ["COVERAGE_FILE"] = str(coverage.absolute())
    seconds: defaultdict[str, float] = defaultdict(float)

    class Clock:
        @staticmethod
        def pytest_runtest_logreport(report: pytest.TestReport) -> None:
            seconds[report.nodeid] += report.duration

    options = ["-n", "auto", "-q", "--cov=qiskit_ssqw", "--cov-context=test", "--cov-report="]
    if pytest.main([*options, "test"], plugins=[Clock]):
        sys.exit("tests fail without a change")
    return dict(seconds)


class Tests:
    """Which tests run a line, and how long they take."""

    def __init__(self, folder: Path) -> None:
        self._coverage, times = folder / "coverage", folder / "seconds.json"
        if not times.exists():
            with ProcessPoolExecutor(1) as pool:  # it imports what is to be changed here
                seconds = pool.submit(measured, self._coverage).result()
            times.write_text(json.dumps(seconds), encoding="utf-8")
        self._seconds: dict[str, float] = json.loads(times.read_text(encoding="utf-8"))
        self._data = CoverageData(str(self._coverage))
        self._data.read()
        self._sound: set[str] = set()

    def of(self, module: str, line: int) -> list[str]:
        """Those that run a line, or else its function, or else the module, the fastest first."""
        contexts = self._data.contexts_by_lineno(str(Path(module).absolute()))
        named = {number: {_test(name) for name in names} for number, names in contexts.items()}
        found: set[str] = set()
        for lines in _wider(Path(module).read_text(encoding="utf-8"), line):
            found = set().union(*(named.get(number, ()) for number in lines)) & set(self._seconds)
            if found:
                break
        return sorted(found, key=lambda test: (self._seconds[test], test))

    def notice(self, mutant: Mutant) -> str:
        """The test that notices a mutant, "timeout" where they do not end, or nothing."""
        source = mutated(mutant)
        for tests in self._batches(self.of(mutant.module, mutant.line)):
            while tests:
                failed = run(tests, mutant.module, source)
                if failed == "timeout" or failed in self._sound or (failed and not run([failed])):
                    self._sound.add(failed)
                    return failed
                if not failed:
                    break
                tests.remove(failed)  # fails where nothing is changed, in such a process
        return ""

    def _batches(self, tests: list[str]) -> Iterator[list[str]]:
        """Those of the file that has the most, which alone are sooner imported, and the others."""
        left = self._affordable(tests)
        files = Counter(_file(test) for test in left)
        if not files:
            return
        nearest = max(files, key=lambda file: files[file])
        yield [test for test in left if _file(test) == nearest]
        yield [test for test in left if _file(test) != nearest]

    def _affordable(self, tests: list[str]) -> list[str]:
        totals = accumulate(self._seconds[test] for test in tests)
        kept = [test for test, total in zip(tests, totals, strict=True) if total <= LONGEST]
        return kept or tests[:1]


def _test(context: str) -> str:
    return context.rpartition("|")[0]


def _file(test: str) -> str:
    return test.partition("::")[0]


def _wider(source: str, line: int) -> Iterator[range]:
    """A line, its functions from the inmost outwards, and everything."""
    yield range(line, line + 1)
    inside = [
        range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    yield from sorted(inside, key=len)
    yield range(1, source.count("\n") + 2)


def run(tests: list[str], module: str = "", source: str | None = None) -> str:
    """The first test that fails in a process of its own, where a module has another source."""
    start = time.monotonic()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        status = 1
        try:
            os.write(writer, _failing(tests, module, source).encode())
            status = 0
        finally:
            os._exit(status)
    os.close(writer)
    try:
        while time.monotonic() - start < 3 * LONGEST:
            done, status = os.waitpid(child, os.WNOHANG)
            if status:
                raise RuntimeError(f"pytest cannot be started, with {tests[0]}")
            if done:
                return os.read(reader, 65536).decode()
            time.sleep(0.02)
        os.killpg(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "timeout"
    finally:
        os.close(reader)


def _failing(tests: list[str], module: str, source: str | None) -> str:
    """The first of the tests that fails, or is not even found."""
    if source is not None:
        _replace(str(Path(module).absolute()), source)
    failed = []

    class Failures:
        @staticmethod
        def pytest_runtest_logreport(report: pytest.TestReport) -> None:
            if report.failed:
                failed.append(report.nodeid)

    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    code = pytest.main([*options, *tests], plugins=[Failures])
    return failed[0] if failed else tests[0] if code else ""


def _replace(changed: str, source: str) -> None:
    """Whoever imports a module henceforth gets another source."""
    get_data, path_stats = SourceFileLoader.get_data, SourceFileLoader.path_stats

    def data(self: SourceFileLoader, path: str) -> bytes:
        return source.encode() if path == changed else get_data(self, path)

    def stats(self: SourceFileLoader, path: str) -> object:
        if path == changed:
            raise OSError  # so that no compiled file is read or written
        return path_stats(self, path)

    SourceFileLoader.get_data = data  # type: ignore[method-assign]
    SourceFileLoader.path_stats = stats  # type: ignore[method-assign,assignment]


def sampled(options: argparse.Namespace) -> list[Mutant]:
    """The mutants to run, those of all areas mixed."""
    drawn = []
    for area in options.areas:
        rng = random.Random(f"{options.seed} {area}")
        every = [mutant for module in modules_of(area) for mutant in mutants(area, module, rng)]
        rng.shuffle(every)
        real = (mutant for mutant in every if mutated(mutant) is not None)
        kept = list(islice(real, options.sample or None))
        print(f"{area}: {len(kept)} of {len(every)} mutants", flush=True)
        drawn += [(number / len(kept), mutant) for number, mutant in enumerate(kept)]
    return [mutant for _, mutant in sorted(drawn, key=lambda pair: pair[0])]


def read(path: Path) -> list[Row]:
    """The rows of a file."""
    if not path.exists():
        return []
    kinds = {"str": str, "int": int, "float": float}
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Row(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Row)})
            for row in csv.DictReader(file)
        ]


def current(path: Path) -> list[Row]:
    """Those of modules that have not changed since."""
    return [row for row in read(path) if row.version == version_of(row.module)]


def version_of(module: str) -> int:
    """Checksum of a module."""
    return zlib.crc32(Path(module).read_bytes())


def run_all(options: argparse.Namespace) -> None:
    """Run the mutants that were not run yet."""
    tests = Tests(options.folder)
    modules = ["numpy", "scipy.optimize", "scipy.stats"]  # once for all forks
    for name in [*modules, "qiskit_aer", "qiskit_algorithms"]:
        importlib.import_module(name)
    path = options.folder / "rows.csv"
    known = {(row.module, row.operator, row.occurrence) for row in current(path)}
    for mutant in sampled(options):
        if (mutant.module, mutant.operator, mutant.occurrence) in known:
            continue
        start = time.monotonic()
        noticed = tests.notice(mutant)
        seconds = round(time.monotonic() - start, 1)
        row = Row(
            **asdict(mutant), version=version_of(mutant.module), noticed=noticed, seconds=seconds
        )
        is_new = not path.exists()
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, [f.name for f in fields(Row)], lineterminator="\n")
            if is_new:
                writer.writeheader()
            writer.writerow(asdict(row))
        print(*asdict(row).values(), flush=True)


def report(rows: list[Row], least: float) -> bool:
    """Print the shares that are killed with their binomial intervals, and who survived."""
    from scipy.stats import binomtest

    print("| area | mutants | killed | share (95 %) |\n|---|---|---|---|")
    for area, members in [*_by_area(rows), ("all", rows)]:
        killed = sum(bool(row.noticed) for row in members)
        low, high = binomtest(killed, len(members)).proportion_ci(0.95)
        share = f"{killed / len(members):.1%} ({low:.1%} to {high:.1%})"
        print(f"| {area} | {len(members)} | {killed} | {share} |")
    for row in rows:
        if not row.noticed:
            print(f"\n{row.module}:{row.line}  {row.operator}")
            mutant = Mutant(*(getattr(row, field.name) for field in fields(Mutant)))
            before = Path(row.module).read_text(encoding="utf-8").splitlines()
            after = str(mutated(mutant)).splitlines()
            for change in list(unified_diff(before, after, n=0))[3:]:
                print(f"  {change[0]} {change[1:].strip()}")
    return sum(bool(row.noticed) for row in rows) >= least * len(rows)


def _by_area(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    for area in AREAS:
        members = [row for row in rows if row.area == area]
        if members:
            yield area, members


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--areas", nargs="+", choices=AREAS, default=list(AREAS))
    parser.add_argument("--sample", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(".mutation"))
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--least", type=float, default=0.85)
    options = parser.parse_args()
    options.folder.mkdir(exist_ok=True)
    if not options.report:
        run_all(options)
    if not report(current(options.folder / "rows.csv"), options.least):
        sys.exit(f"fewer than {options.least:.0%} are killed")


if __name__ == "__main__":
    main()
