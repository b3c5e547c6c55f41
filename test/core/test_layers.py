"""Imports point down: each part of the package imports only what lies below it."""

import ast
from pathlib import Path

import pytest

import qiskit_ssqw

ROOT = Path(qiskit_ssqw.__file__).parent
LAYERS = (
    {"walks", "markets", "metrics"},
    {"targets"},
    {"exact"},
    {"fitting"},
    {"synthesis"},
    {"circuit"},
    {"transpiler", "clifford_t", "devices", "visualization"},
    {"finance"},
    {"cli"},
)
"""Each part may import those of earlier layers. Modules like ``_display`` lie below all."""

LATER = {
    ("fitting", "circuit"),  # a variational fit samples the walk's circuit
    ("devices", "finance"),  # a fit for a device can be had as a model
}
"""What points up nevertheless, inside of a function."""

HEIGHTS = {part: height for height, layer in enumerate(LAYERS) for part in layer}
WITHOUT_QISKIT = HEIGHTS["synthesis"]
"""Below this layer, and in leaves that are drawn or run, nothing imports Qiskit at once."""


def part_of(path):
    """The part of the package that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path):
    """Yield what a file imports: the module, and whether it does so inside of a function."""

    def visit(node, inside):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                yield from ((name.name, inside) for name in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: imports are absolute"
                whole = [child.module] if child.module != "qiskit_ssqw" else []
                names = whole or [f"qiskit_ssqw.{name.name}" for name in child.names]
                yield from ((name, inside) for name in names)
            yield from visit(child, inside or isinstance(child, ast.FunctionDef | ast.Lambda))

    yield from visit(ast.parse(path.read_text(encoding="utf-8")), False)


def height_of(name):
    """The layer of a part; that of public names is just below the command line's."""
    return -1 if name.startswith("_") else HEIGHTS.get(name, HEIGHTS["finance"])


def is_light(part):
    """Whether a part is imported without Qiskit."""
    return height_of(part) < WITHOUT_QISKIT or part in ("cli", "visualization")


def faults(path):
    """Yield what is wrong with a file's imports."""
    part = part_of(path)
    for module, inside in imports(path):
        package, *rest = module.split(".")
        if package == "qiskit_ssqw":
            if not rest or rest[0] == part:
                continue
            up = height_of(rest[0]) >= height_of(part) and not rest[0].startswith("_")
            if up and not (inside and (part, rest[0]) in LATER):
                yield f"{path.relative_to(ROOT)} imports {module}, which is no layer below"
        elif package.startswith("qiskit") and not inside and is_light(part):
            yield f"{path.relative_to(ROOT)} imports {module} at once"


def parts():
    found = {part_of(path) for path in ROOT.rglob("*.py")}
    return sorted(part for part in found if part not in ("__init__", "__main__"))


def test_the_table_holds_every_part():
    assert {part for part in parts() if not part.startswith("_")} == set(HEIGHTS)


@pytest.mark.parametrize("part", parts())
def test_imports_point_down(part):
    files = [path for path in ROOT.rglob("*.py") if part_of(path) == part]
    assert [fault for path in files for fault in faults(path)] == []


@pytest.mark.parametrize(
    ("name", "line", "fault"),
    [
        ("fitting/a.py", "from qiskit_ssqw.circuit import gates", "circuit, which is no layer"),
        ("walks/a.py", "def f():\n    import qiskit_ssqw.fitting", "no layer below"),
        ("walks/a.py", "from qiskit_ssqw import fit", "imports qiskit_ssqw.fit, which"),
        ("walks/a.py", "import qiskit.circuit", "imports qiskit.circuit at once"),
        ("_a.py", "from qiskit_ssqw.walks import Walk", "no layer below"),
        ("devices/a.py", "import qiskit_ssqw.transpiler.costs", "no layer below"),
        ("fitting/a.py", "def f():\n    from qiskit_ssqw.circuit import gates", None),
        ("circuit/a.py", "from qiskit_ssqw import _files\nimport qiskit", None),
    ],
)
def test_the_check_itself(tmp_path, monkeypatch, name, line, fault):
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(line)
    found = list(faults(path))
    assert len(found) == (fault is not None)
    assert all(fault in text for text in found)
