"""The explorer of the documentation: its data, its page, and what a browser makes of them."""

import html
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from qiskit_ssqw import MultiscaleWalk, SSQWDistribution
from qiskit_ssqw.finance import Call
from qiskit_ssqw.metrics import total_variation

FOLDER = Path(__file__).parents[1] / "docs" / "explorer"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium to open the page with")
ROUNDING = 2e-6
"""What the digits left out of the data may change in a probability-weighted sum."""


@pytest.fixture(scope="module")
def explorer():
    sys.path.insert(0, str(FOLDER))
    try:
        import make_explorer
    finally:
        sys.path.remove(str(FOLDER))
    return make_explorer


@pytest.fixture(scope="module")
def data():
    return json.loads((FOLDER / "data.json").read_text(encoding="utf-8"))


def settings(data):
    """Every target, grid and tolerance, with the walk that the page shows for them."""
    for target in data["targets"]:
        for grid in target["grids"]:
            for tolerance, index in zip(data["tolerances"], grid["walk_of_tolerance"], strict=True):
                walk = MultiscaleWalk(num_qubits=grid["qubits"], **grid["walks"][index])
                yield target, grid, tolerance, walk


def numbers(target, grid, walk, strike):
    """What the page should show, computed by the package."""
    low, high = target["bounds"]
    payoff = Call(strike)(np.linspace(low, high, 2 ** grid["qubits"]))
    wanted, loaded = np.array(grid["probabilities"]), walk.probabilities()
    circuit = SSQWDistribution(walk).decompose()
    return {
        "cx": walk.two_qubit_gates,
        "depth": circuit.depth(lambda instruction: len(instruction.qubits) == 2),
        "total-variation": total_variation(wanted, loaded),
        "loaded-price": loaded @ payoff,
        "grid-price": wanted @ payoff,
        "exact-price": target["exact_price"]["value"],
    }


def dump(page):
    """The page after its scripts have run, without them."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)


def test_data_are_small_and_complete(explorer, data):
    assert (FOLDER / "data.json").stat().st_size < 400_000
    assert data["tolerances"] == list(explorer.TOLERANCES)
    assert data["strike"] == explorer.STRIKE
    assert [target["key"] for target in data["targets"]] == [c.key for c in explorer.choices()]
    for target, choice in zip(data["targets"], explorer.choices(), strict=True):
        assert [grid["qubits"] for grid in target["grids"]] == list(choice.qubits)


def test_targets_are_those_of_the_package(explorer, data):
    for entry, choice in zip(data["targets"], explorer.choices(), strict=True):
        assert entry["exact_price"]["value"] == pytest.approx(choice.exact_price)
        for grid in entry["grids"]:
            target = choice.make(grid["qubits"])
            assert entry["bounds"] == pytest.approx(target.bounds)
            assert total_variation(grid["probabilities"], target.probabilities) < ROUNDING


def test_prices_without_a_grid_are_limits_of_the_grid(explorer):
    for choice in explorer.choices():
        price = choice.make(12).expectation(Call(explorer.STRIKE))
        cut_tails = 3e-2 if choice.key == "lognormal-pdf" else 2e-3
        assert price == pytest.approx(choice.exact_price, rel=cut_tails)


def test_every_walk_is_within_its_tolerance(data):
    for _, grid, tolerance, walk in settings(data):
        assert total_variation(grid["probabilities"], walk.probabilities()) <= tolerance + ROUNDING
    for target in data["targets"]:
        for grid in target["grids"]:
            counts = [len(grid["walks"][index]["flips"]) for index in grid["walk_of_tolerance"]]
            assert counts == sorted(counts)


def test_a_small_run_reproduces_the_data(explorer, data, monkeypatch):
    monkeypatch.setattr(explorer, "TOLERANCES", (1e-2,))
    again = explorer.compute(largest=3, jobs=1)
    place = data["tolerances"].index(1e-2)
    for old, new in zip(data["targets"], again["targets"], strict=True):
        old_grid, new_grid = old["grids"][0], new["grids"][0]
        assert old_grid["state_preparation"] == new_grid["state_preparation"]
        flips = old_grid["walks"][old_grid["walk_of_tolerance"][place]]["flips"]
        assert len(new_grid["walks"][0]["flips"]) == len(flips)


def test_rounding_keeps_the_walk(explorer, rng):
    walk = MultiscaleWalk.from_windows(4, [(0, 1)])
    walk = walk.with_parameters(rng.uniform(-20, 20, walk.num_parameters))
    short = explorer.rounded(walk)
    assert np.abs(short.parameters).max() <= np.pi + 1e-6
    assert total_variation(short.probabilities(), walk.probabilities()) < ROUNDING


def test_the_page_asks_for_nothing(explorer):
    page = explorer.page()
    assert not re.search(r"https?:|//[a-z]|@import|url\(|\bfetch\(|XMLHttp|WebSocket", page)
    assert not re.search(r"<(?:link|iframe|img|object)|<script[^>]*\bsrc\b|\bimport\b", page)


def test_controls_have_labels(explorer):
    page = explorer.page()
    controls = re.findall(r'<(?:input|select)[^>]*\bid="([\w-]+)"', page)
    assert len(controls) == 4
    assert set(controls) == set(re.findall(r'<label for="([\w-]+)"', page))
    assert 'aria-live="polite"' in page


def test_write_the_page(explorer, tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    monkeypatch.setattr(sys, "argv", ["make_explorer.py", "--page", str(file)])
    explorer.main()
    assert file.read_text(encoding="utf-8") == explorer.page()


@needs_chromium
def test_the_browser_computes_every_setting(explorer, data, tmp_path):
    script = """<pre id="all"></pre><script>
    const { data, evaluate } = window.ssqwExplorer, all = [];
    for (const { key, grids } of data.targets) for (const { qubits } of grids)
      for (const tolerance of data.tolerances) {
        const r = evaluate(data, { target: key, qubits, tolerance });
        all.push([r.cx, r.depth, r.totalVariation, r.loadedPrice, r.gridPrice, r.exactPrice]);
      }
    document.getElementById("all").textContent = JSON.stringify(all);</script>"""
    file = tmp_path / "page.html"
    file.write_text(explorer.page().replace("</body>", script + "</body>"), encoding="utf-8")
    computed = json.loads(re.search(r'<pre id="all">(.*?)</pre>', dump(file.as_uri()))[1])
    expected = [
        list(numbers(target, grid, walk, data["strike"]).values())
        for target, grid, _, walk in settings(data)
    ]
    np.testing.assert_allclose(computed, expected, atol=1e-12)


@needs_chromium
@pytest.mark.parametrize(
    ("key", "qubits", "tolerance"), [("scenarios", 6, 2e-3), ("lognormal-pdf", 10, 5e-4)]
)
def test_the_page_shows_what_its_address_asks_for(explorer, data, tmp_path, key, qubits, tolerance):
    file = tmp_path / "page.html"
    file.write_text(explorer.page(), encoding="utf-8")
    dom = dump(f"{file.as_uri()}#target={key}&qubits={qubits}&tolerance={tolerance}")
    shown = dict(re.findall(r'data-number="([\w-]+)" data-value="([^"]*)"', dom))
    target, grid, _, walk = next(
        setting
        for setting in settings(data)
        if (setting[0]["key"], setting[1]["qubits"], setting[2]) == (key, qubits, tolerance)
    )
    for name, value in numbers(target, grid, walk, data["strike"]).items():
        assert float(shown[name]) == pytest.approx(value, abs=1e-12)
    assert shown["state-preparation"] == str(grid["state_preparation"] or "fails")
    status = html.unescape(re.search(r'role="status"[^>]*>(.*?)</p>', dom)[1])
    assert f"{qubits} qubits, tolerance {tolerance}: {walk.two_qubit_gates} CX" in status
    assert dom.count('class="coin"') == qubits + 2 * walk.two_qubit_gates
    assert dom.count('class="ring"') == walk.two_qubit_gates


@needs_chromium
def test_qubits_stay_within_what_a_target_offers(explorer, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(explorer.page(), encoding="utf-8")
    dom = dump(f"{file.as_uri()}#target=scenarios&qubits=10")
    largest = {choice.key: choice for choice in explorer.choices()}["scenarios"].qubits[-1]
    assert f'data-number="qubits" data-value="{largest}"' in dom


@needs_chromium
def test_flips_can_be_taken_back(explorer, data, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(explorer.page(), encoding="utf-8")
    dom = dump(f"{file.as_uri()}#target=lognormal&qubits=5&tolerance=0.001&flips=3")
    grid = data["targets"][0]["grids"][2]
    walk = grid["walks"][grid["walk_of_tolerance"][data["tolerances"].index(1e-3)]]
    walk = MultiscaleWalk(
        5, walk["flips"][:3], walk["angles"][:3], initial_angles=walk["initial_angles"]
    )
    error = total_variation(grid["probabilities"], walk.probabilities())
    shown = re.search(r'data-number="total-variation" data-value="([^"]*)"', dom)[1]
    assert float(shown) == pytest.approx(error, abs=1e-9)
    assert dom.count('class="done"') == 3
