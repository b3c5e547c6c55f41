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


@pytest.fixture
def address(explorer, tmp_path):
    """Where a browser finds the page."""
    file = tmp_path / "page.html"
    file.write_text(explorer.page(), encoding="utf-8")
    return file.as_uri()


def settings(data):
    """Every target, grid and tolerance, with the walk that the page shows for them."""
    for target in data["targets"]:
        for grid in target["grids"]:
            for tolerance, index in zip(
                data["tolerances"], grid["walk_of_tolerance"], strict=False
            ):
                walk = MultiscaleWalk(num_qubits=grid["qubits"], **grid["walks"][index])
                yield target, grid, tolerance, walk


def counts(data, key):
    """CX of a target: for each number of qubits, tolerance by tolerance."""
    grids = next(target for target in data["targets"] if target["key"] == key)["grids"]
    return {
        grid["qubits"]: [len(grid["walks"][index]["flips"]) for index in grid["walk_of_tolerance"]]
        for grid in grids
    }


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
        "loading-error": loaded @ payoff / (wanted @ payoff) - 1,
        "grid-error": wanted @ payoff / target["exact_price"]["value"] - 1,
    }


def peer(grid):
    """What the page should show for StatePreparation."""
    return "fails" if grid["state_preparation"] is None else str(grid["state_preparation"])


def dump(page):
    """The page after its scripts have run, without them."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return re.sub(r"<script.*?</script>", "", done.stdout, flags=re.DOTALL)


def test_data_are_small_and_complete(explorer, data):
    assert (FOLDER / "data.json").stat().st_size < 200_000
    assert data["tolerances"] == list(explorer.TOLERANCES)
    assert data["strike"] == explorer.STRIKE
    assert [target["key"] for target in data["targets"]] == [c.key for c in explorer.choices()]
    for target, choice in zip(data["targets"], explorer.choices(), strict=True):
        assert [grid["qubits"] for grid in target["grids"]] == list(explorer.QUBITS)
        for grid in target["grids"]:
            fitted = choice.tolerances(grid["qubits"])
            assert fitted == data["tolerances"][: len(fitted)]
            assert len(grid["walk_of_tolerance"]) == len(fitted)


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
        for row in counts(data, target["key"]).values():
            assert row == sorted(row)


def test_angles_give_the_total_variation_in_the_data(data):
    """One changed digit of an angle, flip or probability shows here."""
    for target in data["targets"]:
        for grid in target["grids"]:
            walks = [MultiscaleWalk(grid["qubits"], **walk) for walk in grid["walks"]]
            found = [total_variation(grid["probabilities"], walk.probabilities()) for walk in walks]
            np.testing.assert_allclose(found, grid["total_variations"], rtol=0, atol=2e-9)


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
    assert not re.search(
        r"<(?:link|iframe|img|object)|<script[^>]*\bsrc\b|\bimport\b(?! Multi)", page
    )


def test_controls_have_labels(explorer):
    page = explorer.page()
    controls = re.findall(r'<(?:input|select)[^>]*\bid="([\w-]+)"', page)
    assert len(controls) == 4
    assert set(controls) == set(re.findall(r'<label for="([\w-]+)"', page))
    assert page.count("<output") == page.count('<output aria-live="off"') == 3
    assert len(re.findall('role="status" aria-live="polite"', page)) == 1
    for region in re.findall(r'<[^>]*role="region"[^>]*>|<form[^>]*>', page):
        assert "aria-label=" in region


def test_no_number_is_written_into_the_page():
    source = (FOLDER / "explorer.html").read_text(encoding="utf-8")
    visible = re.sub(r"<style>.*?</style>|<[^>]*>", "", source, flags=re.DOTALL)
    assert not re.search(r"\d", visible.replace("angle 0", ""))


def test_what_the_page_tells_is_so(explorer, data):
    """The prose of explorer.md and the tails that its cells leave."""
    density, cells, scenarios = (
        counts(data, key) for key in ("lognormal-pdf", "lognormal", "scenarios")
    )
    assert {density[size][0] for size in range(6, 11)} <= {8, 9}
    assert {cells[size][0] for size in range(6, 11)} <= {9, 10, 11}
    grids = data["targets"][1]["grids"]
    assert [grid["qubits"] for grid in grids if grid["state_preparation"] is None] == [9, 10]
    assert all(
        map(all, (np.array(scenarios[n]) > cells[n][: len(scenarios[n])] for n in range(5, 11)))
    )
    assert not any(map(any, counts(data, "exponential").values()))
    errors = {
        (target["key"], grid["qubits"]): abs(
            numbers(target, grid, walk, data["strike"])["grid-error"]
        )
        for target, grid, _, walk in settings(data)
    }
    assert all(0.018 < errors["lognormal-pdf", size] < 0.025 for size in range(5, 11))
    assert all(
        errors["lognormal", size] < errors["lognormal-pdf", size] / 10 for size in range(5, 11)
    )
    market = explorer.Market(**explorer.MARKET)
    law = explorer.stats.lognorm(
        market.log_covariance[0, 0] ** 0.5, scale=np.exp(market.log_mean[0])
    )
    low, high = explorer.CELL_BOUNDS
    assert max(law.cdf(low), law.sf(high)) < 1e-5


def test_write_the_page(explorer, tmp_path, monkeypatch):
    file = tmp_path / "page.html"
    monkeypatch.setattr(sys, "argv", ["make_explorer.py", "--page", str(file)])
    explorer.main()
    assert file.read_text(encoding="utf-8") == explorer.page()


@needs_chromium
def test_the_browser_computes_every_setting(explorer, data, tmp_path):
    script = """<pre id="all"></pre><script>
    const { data, evaluate } = window.ssqwExplorer, all = [];
    for (const { key, grids } of data.targets) for (const { qubits, walk_of_tolerance } of grids)
      for (const tolerance of data.tolerances.slice(0, walk_of_tolerance.length)) {
        const r = evaluate(data, { target: key, qubits, tolerance });
        all.push([r.cx, r.depth, r.totalVariation, r.loadedPrice, r.gridPrice, r.exactPrice]);
      }
    document.getElementById("all").textContent = JSON.stringify(all);</script>"""
    file = tmp_path / "page.html"
    file.write_text(explorer.page().replace("</body>", script + "</body>"), encoding="utf-8")
    computed = json.loads(re.search(r'<pre id="all">(.*?)</pre>', dump(file.as_uri()))[1])
    expected = [
        list(numbers(target, grid, walk, data["strike"]).values())[:6]
        for target, grid, _, walk in settings(data)
    ]
    np.testing.assert_allclose(computed, expected, atol=1e-12)


@needs_chromium
@pytest.mark.parametrize(
    ("key", "qubits", "tolerance"), [("scenarios", 6, 2e-3), ("lognormal-pdf", 10, 5e-4)]
)
def test_the_page_shows_what_its_address_asks_for(data, address, key, qubits, tolerance):
    dom = dump(f"{address}#target={key}&qubits={qubits}&tolerance={tolerance}")
    shown = dict(re.findall(r'data-number="([\w-]+)" data-value="([^"]*)"', dom))
    target, grid, _, walk = next(
        setting
        for setting in settings(data)
        if (setting[0]["key"], setting[1]["qubits"], setting[2]) == (key, qubits, tolerance)
    )
    for name, value in numbers(target, grid, walk, data["strike"]).items():
        assert float(shown[name]) == pytest.approx(value, abs=1e-12)
    assert shown["state-preparation"] == peer(grid)
    assert float(shown["strike"]) == data["strike"]
    status = html.unescape(re.search(r'role="status"[^>]*>(.*?)</p>', dom)[1])
    assert f"{qubits} qubits, tolerance {tolerance}: {walk.two_qubit_gates} CX" in status
    assert dom.count('class="coin"') == qubits + 2 * walk.two_qubit_gates
    assert dom.count('class="ring"') == walk.two_qubit_gates


@needs_chromium
@pytest.mark.parametrize("place", range(4))
def test_table_and_listing_are_those_of_the_data(data, address, place):
    target = data["targets"][place]
    dom = dump(f"{address}#target={target['key']}&qubits=10")
    table = re.search(r'<table class="counts".*?</table>', dom, re.DOTALL)[0]
    expected = []
    for row, grid in zip(counts(data, target["key"]).values(), target["grids"], strict=True):
        missing = ["\u2013"] * (len(data["tolerances"]) - len(row))
        expected += [*map(str, row), *missing, peer(grid)]
    assert re.findall(r"<td[^>]*>([^<]*)</td>", table) == expected
    shown = {}
    exec(html.unescape(re.search(r"<pre>(.*?)</pre>", dom, re.DOTALL)[1]), shown)
    grid, index = target["grids"][-1], data["tolerances"].index(5e-3)
    assert shown["walk"] == MultiscaleWalk(10, **grid["walks"][grid["walk_of_tolerance"][index]])
    assert shown["circuit"].num_qubits == 10


@needs_chromium
def test_settings_stay_within_what_is_fitted(explorer, address):
    dom = dump(f"{address}#target=scenarios&qubits=10&tolerance=0.0005")
    choice = {choice.key: choice for choice in explorer.choices()}["scenarios"]
    assert f'data-number="tolerance" data-value="{choice.tightest[10]}"' in dom
    assert '<span class="missing">' in dom
    assert '<span class="missing" hidden="">' in dump(f"{address}#target=lognormal")


@needs_chromium
def test_flips_can_be_taken_back(data, address):
    dom = dump(f"{address}#target=lognormal&qubits=5&tolerance=0.001&flips=3")
    grid = data["targets"][0]["grids"][2]
    walk = grid["walks"][grid["walk_of_tolerance"][data["tolerances"].index(1e-3)]]
    walk = MultiscaleWalk(
        5, walk["flips"][:3], walk["angles"][:3], initial_angles=walk["initial_angles"]
    )
    error = total_variation(grid["probabilities"], walk.probabilities())
    shown = re.search(r'data-number="total-variation" data-value="([^"]*)"', dom)[1]
    assert float(shown) == pytest.approx(error, abs=1e-9)
    assert dom.count('class="done"') == 3
