"""The package as a whole: names, layers, metadata, and the examples in its documentation."""

import ast
import doctest
import importlib
import inspect
import pkgutil
import re
import runpy
import subprocess
import sys
from collections import Counter
from importlib.metadata import entry_points, version
from importlib.resources import files
from inspect import isclass
from pathlib import Path

import pytest
from qiskit.circuit import library

import qiskit_ssqw
from qiskit_ssqw.cli import main
from qiskit_ssqw.finance import payoffs
from qiskit_ssqw.finance.estimation import registry
from qiskit_ssqw.walks import kinds, walk_kinds

MODULES = sorted(
    ["qiskit_ssqw"]
    + [
        module.name
        for module in pkgutil.walk_packages(qiskit_ssqw.__path__, "qiskit_ssqw.")
        if not module.name.endswith("__main__")
    ]
)
PACKAGES = [name for name in MODULES if hasattr(importlib.import_module(name), "__all__")]
NEEDS = {
    "README.md": "arch",
    "fit-for-a-device.md": "qiskit_ibm_runtime",
    "fit-lattice-walks.md": "qiskit_machine_learning",
    "fit-on-a-sampler.md": "qiskit_ibm_runtime",
    "mitigate-errors.md": "qiskit_ibm_runtime",
    "price-on-a-noisy-device.md": "qiskit_ibm_runtime",
    "qiskit_ssqw.finance.history.reading": "pandas",
    "replace-a-loader.md": "qiskit_finance",
    "run-on-a-backend.md": "qiskit_ibm_runtime.executor_sampler",
}
ROOT = Path(__file__).parents[1]
SLOW_PAGES = {  # tox -e doctest runs them by each push
    "estimate-amplitudes.md",
    "estimate-resources.md",
    "fit-a-surface-in-parallel.md",
    "fit-for-a-device.md",
    "fit-lattice-walks.md",
    "fit-on-a-sampler.md",
    "load-credit-risk.md",
    "measure-risk.md",
    "move-from-qiskit-finance.md",
    "mitigate-errors.md",
    "price-many-qubits.md",
    "price-on-a-noisy-device.md",
    "price-options.md",
    "run-on-a-backend.md",
    "write-a-fitting-method.md",
    "write-a-model.md",
}
PAGES = [
    pytest.param(page, id=page.name, marks=[pytest.mark.deep] * (page.name in SLOW_PAGES))
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
]


def python_blocks(page):
    text = page.read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_resolve(name):
    module = importlib.import_module(name)
    assert list(module.__all__) == sorted(module.__all__)
    namespace = {}
    exec(f"from {name} import *", namespace)
    for public in module.__all__:
        assert namespace[public] is getattr(module, public)
        assert getattr(module, public).__doc__
    assert set(module.__all__) <= set(dir(module))


def test_no_submodule_hides_a_public_name():
    for name in PACKAGES:
        path = getattr(sys.modules[name], "__path__", [])
        submodules = {module.name for module in pkgutil.iter_modules(path)}
        assert not submodules & set(sys.modules[name].__all__)


def documented(page):
    """What a page's directives of autodoc describe, one item for each time that they do."""
    directive = r"^\.\. auto(\w+):: (\S+)\n((?:   :.*\n)*)"
    for kind, name, options in re.findall(directive, page, flags=re.MULTILINE):
        if kind != "module":
            yield found(name)
        elif ":members:" in options:
            listed = re.search(r":members: (.+)", options)
            names = listed[1].split(", ") if listed else getattr(found(name), "__all__", [])
            others = re.search(r":exclude-members: (.+)", options)
            left_out = others[1].split(", ") if others else []
            yield from (found(f"{name}.{public}") for public in names if public not in left_out)


def found(name):
    home, _, last = name.rpartition(".")
    return getattr(importlib.import_module(home), last)


def test_the_reference_has_each_public_name_once():
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    times = Counter(map(id, documented(page)))
    public = {f"{name}.{each}" for name in PACKAGES for each in sys.modules[name].__all__}
    assert {name for name in public if times[id(found(name))] != 1} == set()


def test_the_table_of_payoffs_has_each():
    page = (ROOT / "docs" / "how-to" / "price-options.md").read_text(encoding="utf-8")
    table = page.partition("## What an option can pay")[2].partition("```")[0]
    public = [getattr(payoffs, name) for name in payoffs.__all__]
    contracts = {each.__name__ for each in public if isclass(each)} - {"Payoff", "Portfolio"}
    assert {name for name in contracts if f"`{name}`" not in table} == set()


def test_top_level_contract():
    assert set(qiskit_ssqw.__all__) >= {
        "SSQWDistribution",
        "QuantumWalkUncertaintyModel",
        "SplitStepWalk",
        "MultiscaleWalk",
        "TargetDistribution",
        "fit",
        "FitResult",
    }


def test_unknown_attribute():
    with pytest.raises(AttributeError, match="'qiskit_ssqw' has no attribute 'nonsense'"):
        _ = qiskit_ssqw.nonsense
    with pytest.raises(ImportError, match="nonsense"):
        exec("from qiskit_ssqw import nonsense")


def test_nothing_is_imported_that_goes_with_qiskit_3():
    going = []
    for path in (ROOT / "qiskit_ssqw").rglob("*.py"):
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("qiskit."):
                home = importlib.import_module(line.module)
                going += [each.name for each in line.names if goes(getattr(home, each.name, None))]
    assert going == []
    assert goes(library.QFT)
    assert goes(library.WeightedAdder)


def goes(found):
    """Whether Qiskit announces to remove a class or a function in version 3."""
    made = found.__init__ if inspect.isclass(found) else found
    note = (getattr(made, "__doc__", None) or "").partition("deprecated::")[2]
    return "3.0" in note or (inspect.isclass(found) and issubclass(found, library.BlueprintCircuit))


@pytest.mark.parametrize(
    "code",
    [
        "import qiskit_ssqw",
        "import qiskit_ssqw.targets, qiskit_ssqw.walks, qiskit_ssqw.metrics, qiskit_ssqw.fitting",
        "from qiskit_ssqw import TargetDistribution as T, fit; fit(T.normal(2), seed=1)",
        "import qiskit_ssqw.visualization, qiskit_ssqw.cli",
    ],
)
def test_bottom_layers_do_not_import_qiskit(code):
    code += "; import sys; sys.exit(' '.join(m for m in sys.modules if m.startswith('qiskit') "
    code += "and m.split('.')[0] != 'qiskit_ssqw') or 0)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_is_typed():
    assert files("qiskit_ssqw").joinpath("py.typed").is_file()


def test_version_is_the_distributions():
    assert qiskit_ssqw.__version__ == version("qiskit-ssqw")


def test_the_reference_names_aliases_of_types():
    name = runpy.run_path(str(ROOT / "docs" / "conf.py"))["name_aliases"]
    array = "~numpy.ndarray[tuple[~typing.Any, ...], ~numpy.dtype[~numpy.float64]]"
    texts = name(*[None] * 5, f"(x: TypeAliasForwardRef('ArrayLike') | None, y: {array})", None)
    assert texts == ("(x: ArrayLike | None, y: NDArray[np.float64])", None)


def test_console_script():
    (script,) = entry_points(group="console_scripts", name="qiskit-ssqw")
    assert script.load() is main


def skip_what_needs_more(subject):
    if subject in NEEDS:
        pytest.importorskip(NEEDS[subject])


@pytest.mark.deep  # tox -e doctest runs them by each push
@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples(name):
    skip_what_needs_more(name)
    outcome = doctest.testmod(importlib.import_module(name))
    assert outcome.failed == 0


def test_docstring_examples_are_found():
    finder = doctest.DocTestFinder()
    modules = map(importlib.import_module, MODULES)
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 20


@pytest.mark.parametrize("page", PAGES)
def test_examples_in_pages(page, tmp_path, monkeypatch):
    """Run the blocks one after the other, as a reader would."""
    skip_what_needs_more(page.name)
    monkeypatch.chdir(tmp_path)
    walk_kinds()  # what a page registers is forgotten after it
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    monkeypatch.setattr(registry, "_METHODS", dict(registry._METHODS))
    namespace = {"__name__": "page"}
    for number, block in enumerate(python_blocks(page), start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), namespace)


def test_the_readme_has_one_short_example_and_the_commands_of_ci():
    (example,) = python_blocks(ROOT / "README.md")
    assert len(example.splitlines()) <= 15
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()[-1]
    assert f"\n{command}\n" in readme
