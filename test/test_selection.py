"""What runs by default meets every value of every parameter, and nothing deep."""

from itertools import product
from types import SimpleNamespace

import conftest
import pytest


class Item:
    def __init__(self, values, deep=False):
        self.nodeid = f"test_it[{'-'.join(map(str, values.values()))}]"
        self.callspec, self.deep = SimpleNamespace(params=values), deep

    def iter_markers(self, name):
        return [SimpleNamespace(args=(names,)) for names in ("size, seed", "kind")]

    def get_closest_marker(self, name):
        return "deep" if self.deep else None


@pytest.fixture
def config(monkeypatch):
    monkeypatch.setattr(conftest, "DEEP", False)
    hook = SimpleNamespace(pytest_deselected=lambda items: None)
    return SimpleNamespace(args=["test"], hook=hook)


def grid(**deep):
    pairs = [(size, seed) for size in range(4) for seed in range(3)]
    return [
        Item({"size": size, "seed": seed, "kind": kind}, deep=kind in deep)
        for (size, seed), kind in product(pairs, "abcde")
    ]


def test_every_value_is_met_by_few(config):
    items = grid()
    conftest.pytest_collection_modifyitems(config, items)
    met = [tuple(item.callspec.params.values()) for item in items]
    assert {(size, seed) for size, seed, _ in met} == set(product(range(4), range(3)))
    assert {kind for *_, kind in met} == set("abcde")
    assert len(items) <= 12 + 5


def test_every_value_of_a_fixture_is_met(config):
    items = [Item({**item.callspec.params, "walk": walk}) for item in grid() for walk in range(20)]
    conftest.pytest_collection_modifyitems(config, items)
    met = [item.callspec.params for item in items]
    assert {each["walk"] for each in met} == set(range(20))
    assert {(each["size"], each["seed"]) for each in met} == set(product(range(4), range(3)))
    assert len(items) <= 12 + 5 + 20


def test_what_is_deep_meets_nothing_for_others(config):
    items = grid(e=True)
    conftest.pytest_collection_modifyitems(config, items)
    met = [tuple(item.callspec.params.values()) for item in items]
    assert {(size, seed) for size, seed, _ in met} == set(product(range(4), range(3)))
    assert {kind for *_, kind in met} == set("abcd")


def test_everything_runs_where_it_is_asked_for(config, monkeypatch):
    items = grid(e=True)
    config.args = ["test/test_it.py::test_it[0-0-a]"]
    conftest.pytest_collection_modifyitems(config, items)
    assert len(items) == 60
    monkeypatch.setattr(conftest, "DEEP", True)
    config.args = ["test"]
    conftest.pytest_collection_modifyitems(config, items)
    assert len(items) == 60
