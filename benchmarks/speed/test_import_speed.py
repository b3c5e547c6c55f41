"""The package is imported in no time, and its names in about the time that Qiskit takes."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(statement: str) -> None:
    """Run a statement in a new process."""
    subprocess.run([sys.executable, "-c", statement], check=True)


@pytest.mark.parametrize(
    ("statement", "bound"), [("import qiskit_ssqw", 0.13), ("from qiskit_ssqw import *", 2.5)]
)
def test_import_against_qiskit(check_ratio, statement, bound):
    check_ratio(
        f"new process: {statement} / import qiskit",
        lambda: run(statement),
        lambda: run("import qiskit"),
        bound=bound,
        rounds=4,
    )
