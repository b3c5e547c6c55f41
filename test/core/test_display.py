"""Tables: the same rows as text and as HTML."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from qiskit_ssqw import TargetDistribution, fit
from qiskit_ssqw._display import brief, html_table, text_table

ROWS = [
    ("calls", 12345, "of <Q> & 'A'"),
    ("price", 0.1622762, ""),
    ("kind", "iae", "iterative"),
    ("walk", "<MultiscaleWalk: 5 qubits, 12 flips>", ""),
]
TARGETS = [
    TargetDistribution.lognormal(3, 0.7, 0.02, (1.2, 2.8)),
    TargetDistribution.normal([1, 2], [0, 0], np.eye(2), [(-1, 1), (-1, 2)]),
]


def read_html(text):
    """Caption, rows and note of a table; fails unless the HTML is well-formed."""
    root = ElementTree.fromstring(f"<div>{text}</div>")
    rows = [tuple(cell.text or "" for cell in row) for row in root.iter("tr")]
    return root.find("table/caption").text, rows, root.findtext("p", default="")


def test_text():
    assert text_table("title", ROWS, "That is all.").splitlines() == [
        "title",
        "  calls     12,345   of <Q> & 'A'",
        "  price   0.162276",
        "  kind    iae        iterative",
        "  walk    <MultiscaleWalk: 5 qubits, 12 flips>",
        "That is all.",
    ]


def test_long_notes_are_folded():
    lines = text_table("title", ROWS[:1], "word " * 40).splitlines()
    assert max(map(len, lines)) <= 96
    assert " ".join(lines[2:]) == ("word " * 40).strip()


def test_html_is_escaped_and_has_no_colours():
    text = html_table("<title>", ROWS, "a < b")
    assert read_html(text) == (
        "<title>",
        [
            ("calls", "12,345", "of <Q> & 'A'"),
            ("price", "0.162276", ""),
            ("kind", "iae", "iterative"),
            ("walk", "<MultiscaleWalk: 5 qubits, 12 flips>", ""),
        ],
        "a < b",
    )
    assert "color" not in text
    assert "background" not in text


@pytest.mark.parametrize("number", [np.int64(1234), np.float64(1234.0)])
def test_numbers_of_numpy(number):
    assert text_table("", [("n", number, "")]).split()[1].replace(",", "") == "1234"
    assert "text-align: right" in html_table("", [("n", number, "")])


def test_yes_and_no_are_words():
    assert text_table("", [("ok", True, "")]).split() == ["ok", "True"]


@pytest.mark.parametrize("target", TARGETS, ids=["line", "plane"])
def test_targets_and_fits(target):
    for shown in (target, fit(target, seed=1)):
        caption, rows, note = read_html(shown._repr_html_())
        words = " ".join(re.split(r"\s+", str(shown)))
        assert (
            words
            == " ".join([caption, *(cell for row in rows for cell in row if cell), note]).strip()
        )


def test_a_target_tells_its_moments():
    _, rows, _ = read_html(TARGETS[1]._repr_html_())
    found = {name: (value, remark) for name, value, remark in rows}
    assert found["grid points of dimension 1"] == ("4", "from -1 to 2")
    weights = TARGETS[1].probabilities.sum(axis=0)
    axis = np.linspace(-1, 2, 4)
    mean = weights @ axis
    deviation = np.sqrt(weights @ (axis - mean) ** 2)
    assert found["mean of dimension 1"] == (f"{mean:.6g}", f"standard deviation {deviation:.6g}")
    assert found["largest probability"] == (f"{TARGETS[1].probabilities.max():.6g}", "")


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (99.4, "99"),
        (99.6, "100"),
        (1234.0, "1,200"),
        (-98765.0, "-99,000"),
        (3e6, "3e+06"),
        (0.01234, "0.012"),
        (0.0, "0"),
        (1e-9, "1e-09"),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
    ],
)
def test_two_digits(size, shown):
    assert brief(size) == shown
