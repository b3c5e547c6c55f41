"""Change one operator, number or condition at a time, and see whether the tests notice.

Run with ``python .ci/mutation.py`` (or ``tox -e mutation``) from the root: a random sample of the
mutants that cosmic-ray finds in each area, ``--sample`` of them (60; 0 for all, which takes days),
by ``--seed`` (0), of ``--areas``. Each is run on the tests named below in a process of its own, so
no file is changed. Rows are appended to ``--rows`` (``.mutation.csv``); mutants that are there are
skipped, unless their module has changed, so it may be stopped and started again. ``--report``
prints the table and the survivors only.

Mutants of annotations, docstrings and messages are left out, as they change no behaviour that is
promised. Of the many that an operator has (``+`` as ``-``, ``*``, ``//``, ...) one is drawn.
"""

from __future__ import annotations

import argparse
import ast
import csv
import importlib
import os
import random
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path

import cosmic_ray.plugins
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code

AREAS: dict[str, dict[str, str]] = {  # modules, and the files that test them, nearest first
    "walks": {
        "walks/lattice": "core/lattice_walk core/exact core/validation",
        "walks/momentum": "core/exact core/lattice_walk",
        "walks/multiscale": "core/multiscale_walk core/flips core/line core/matrix_product",
        "walks/flips": "core/flips core/multiscale_walk core/line",
        "walks/flip_groups": "core/flips core/multiscale_walk",
        "walks/matrix_product": "core/matrix_product core/multiscale_walk",
        "walks/rotations": "core/multiscale_walk core/flips",
        "walks/sweeps": "core/multiscale_walk core/objective",
        "walks/torus": "core/torus_walk",
        "walks/tree": "core/tree_walk",
        "walks/coins": "core/lattice_walk core/multiscale_walk",
        "walks/kinds": "walk_kinds",
        "walks/base": "core/validation core/lattice_walk core/multiscale_walk core/frozen",
    },
    "targets": {
        "targets/distribution": "core/targets core/price_grid core/states core/frozen",
        "targets/grid": "core/price_grid core/targets core/given_prices",
        "targets/price_grid": "core/price_grid core/targets core/given_prices",
        "targets/probabilities": "core/targets core/validation",
        "targets/rules": "core/targets core/continuous core/validation",
        "targets/state": "core/states core/signs",
        "targets/checks": "core/targets core/validation",
    },
    "metrics": {"metrics": "core/metrics"},
    "payoffs": {
        "finance/payoffs/base": "payoffs payoff_arithmetic",
        "finance/payoffs/piecewise_linear": "payoffs payoff_arithmetic",
        "finance/payoffs/vanilla": "payoffs payoff_arithmetic market",
        "finance/payoffs/one_number": "payoffs payoff_arithmetic",
        "finance/payoffs/several": "payoffs payoffs_of_registers",
        "finance/payoffs/paths": "payoffs payoffs_of_registers",
        "finance/payoffs/breaches": "payoffs payoffs_of_registers",
        "finance/payoffs/autocallable": "payoffs payoffs_of_registers arithmetic",
        "finance/payoffs/fixed_income": "payoffs",
        "finance/payoffs/greeks": "greeks",
        "finance/payoffs/sensitivity": "greeks",
    },
    "estimators": {
        "finance/estimation/bayesian": "bayesian",
        "finance/estimation/posterior": "posterior bayesian",
        "finance/estimation/priors": "bayesian posterior",
        "finance/estimation/likelihood": "posterior bayesian schedules coverage",
        "finance/estimation/schedule": "schedules",
        "finance/estimation/depths": "robust schedules",
        "finance/estimation/robust": "robust",
        "finance/estimation/robust_result": "robust",
        "finance/estimation/drift": "robust",
        "finance/estimation/faster": "samplers coverage",
        "finance/estimation/registry": "estimators schedules",
        "finance/estimation/methods/bayes": "schedules estimators",
        "finance/estimation/methods/mlae": "schedules estimators",
        "finance/estimation/methods/fae": "schedules estimators",
        "finance/means": "sampling",
        "finance/estimation/powers": "bayesian robust",
        "finance/running/plane": "plane",
        "finance/running/chance_plane": "chance_plane",
    },
    "gates": {
        "circuit/walk_gates": "walk_gates circuit",
        "circuit/parametrised_gate": "variational_circuit circuit",
        "circuit/reflection_gate": "reflection_gate",
        "circuit/rotation_gate": "rotation_gate",
        "synthesis/parity_network": "parity_network parity_tree reflection_gate",
        "synthesis/parity_tree": "parity_tree",
        "synthesis/multiplexer": "multiplexer",
    },
}
LONGEST = 3
"""Times that the tests take without a change, after which a mutant counts as killed."""


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
    outcome: str
    """``killed``, ``timeout`` or ``survived``."""
    seconds: float


def path_of(module: str) -> Path:
    """Its file."""
    return Path("qiskit_ssqw", f"{module}.py")


def tests_of(area: str, module: str) -> list[str]:
    """Files that test it."""
    paths = (Path("test", name) for name in AREAS[area][module].split())
    return [str(path.with_name(f"test_{path.name}.py")) for path in paths]


def mutants(area: str, module: str, rng: random.Random) -> list[Mutant]:
    """One mutant for each place and kind of operator of a module."""
    source = path_of(module).read_text(encoding="utf-8")
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
    source = path_of(mutant.module).read_text(encoding="utf-8")
    operator = cosmic_ray.plugins.get_operator(mutant.operator)()
    changed = mutate_code(source, operator, mutant.occurrence)
    try:
        same = changed is None or ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source))
    except SyntaxError:
        return None
    return None if same else changed


def run_tests(tests: list[str], module: str | None, source: str, most: float) -> tuple[str, float]:
    """Run tests in a process of its own, where a module has another source."""
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        os._exit(_tested(tests, module, source))
    while time.monotonic() - start < most:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            outcome = "survived" if status == 0 else "killed"
            return outcome, time.monotonic() - start
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout", time.monotonic() - start


def _tested(tests: list[str], module: str | None, source: str) -> int:
    if module is not None:
        changed, original = str(path_of(module).resolve()), SourceFileLoader.get_data

        def get_data(self: SourceFileLoader, path: str) -> bytes:
            return source.encode() if path == changed else original(self, path)

        SourceFileLoader.get_data = get_data  # type: ignore[method-assign]
        SourceFileLoader.path_stats = _no_cache  # type: ignore[method-assign]
    import pytest

    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--no-header", "--tb=no"]
    return int(pytest.main([*options, *tests]))


def _no_cache(self: SourceFileLoader, path: str) -> dict[str, float]:
    raise OSError


def sampled(options: argparse.Namespace) -> list[Mutant]:
    """The mutants to run, those of all areas mixed."""
    drawn = []
    for area in options.areas:
        rng = random.Random(f"{options.seed} {area}")
        every = [mutant for module in AREAS[area] for mutant in mutants(area, module, rng)]
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
    with path.open(newline="") as file:
        return [
            Row(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Row)})
            for row in csv.DictReader(file)
        ]


def current(path: Path) -> list[Row]:
    """Those of modules that have not changed since."""
    return [row for row in read(path) if row.version == version_of(row.module)]


def version_of(module: str) -> int:
    """Checksum of a module."""
    return zlib.crc32(path_of(module).read_bytes())


def run(options: argparse.Namespace) -> None:
    """Run the mutants that were not run yet."""
    modules = ["hypothesis", "numpy", "pytest"]  # once for all forks
    if set(options.areas) & {"payoffs", "estimators", "gates"}:
        modules += ["qiskit_aer", "qiskit_algorithms", "scipy.optimize", "scipy.stats"]
    for name in modules:
        importlib.import_module(name)
    known = {(row.module, row.operator, row.occurrence) for row in current(options.rows)}
    limits: dict[str, float] = {}
    for mutant in sampled(options):
        if (mutant.module, mutant.operator, mutant.occurrence) in known:
            continue
        tests = tests_of(mutant.area, mutant.module)
        if mutant.module not in limits:
            outcome, seconds = run_tests(tests, None, "", 3600)
            if outcome != "survived":
                sys.exit(f"{tests} fail without a change")
            limits[mutant.module] = LONGEST * seconds + 10
        outcome, seconds = run_tests(
            tests, mutant.module, str(mutated(mutant)), limits[mutant.module]
        )
        version = version_of(mutant.module)
        row = Row(**asdict(mutant), version=version, outcome=outcome, seconds=round(seconds, 1))
        is_new = not options.rows.exists()
        with options.rows.open("a", newline="") as file:
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
        killed = sum(row.outcome != "survived" for row in members)
        low, high = binomtest(killed, len(members)).proportion_ci(0.95)
        share = f"{killed / len(members):.1%} ({low:.1%} to {high:.1%})"
        print(f"| {area} | {len(members)} | {killed} | {share} |")
    for row in rows:
        if row.outcome == "survived":
            print(f"\n{path_of(row.module)}:{row.line}  {row.operator}")
            mutant = Mutant(*(getattr(row, field.name) for field in fields(Mutant)))
            before = path_of(row.module).read_text(encoding="utf-8").splitlines()
            after = str(mutated(mutant)).splitlines()
            for old, new in zip(before, after, strict=False):
                if old != new:
                    print(f"  - {old.strip()}\n  + {new.strip()}")
    return sum(row.outcome != "survived" for row in rows) >= least * len(rows)


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
    parser.add_argument("--rows", type=Path, default=Path(".mutation.csv"))
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--least", type=float, default=0.85)
    options = parser.parse_args()
    if not options.report:
        run(options)
    if not report(current(options.rows), options.least):
        sys.exit(f"fewer than {options.least:.0%} are killed")


if __name__ == "__main__":
    main()
