"""Where the examples of all properties come from."""

from collections import namedtuple
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from own_examples import own_examples

from qiskit_ssqw.targets import TargetDistribution, TargetState
from qiskit_ssqw.walks import MultiscaleWalk, SplitStepWalk, TorusWalk, TreeWalk, walk_kinds

angles = st.one_of(
    st.floats(-7, 7), st.sampled_from([0.0, np.pi / 2, np.pi, -np.pi, 2 * np.pi, 1e-9, 1e-300])
)
seeds = st.integers(0, 2**32 - 1)


def angle_arrays(*shape):
    return arrays(float, shape, elements=angles)


def distributions(size):
    """Probabilities of so many sites: some 0, some tiny."""
    weight = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 1e-12, 1e-300]))
    weights = arrays(float, size, elements=weight).filter(lambda w: w.sum() > 1e-3)
    return weights.map(lambda w: w / w.sum())


@st.composite
def pairs_of_distributions(draw, number=2):
    """Distributions on the same sites."""
    size = draw(st.integers(1, 8))
    return tuple(draw(distributions(size)) for _ in range(number))


# Walks


@st.composite
def multiscale_walks(draw, most=3):
    size = draw(st.integers(1, most))
    line = draw(st.permutations(range(size)))
    neighbours = [pair for a, b in pairwise(line) for pair in ((a, b), (b, a))]
    flips = draw(st.lists(st.sampled_from(neighbours), max_size=4)) if neighbours else []
    first = draw(angle_arrays(size))
    return MultiscaleWalk(
        size, flips, draw(angle_arrays(len(flips), 2)), initial_angles=first, line=line
    )


@st.composite
def lattice_walks(draw, most=2):
    size, steps = draw(st.integers(1, most)), draw(st.integers(1, 3))
    coin = st.sampled_from([(), (3,)])
    single = st.one_of(st.none(), coin.flatmap(lambda shape: angle_arrays(*shape)))
    return SplitStepWalk(
        size,
        draw(angle_arrays(steps, 2, *draw(coin))),
        start=draw(st.integers(0, 2**size - 1)),
        initial_coin=draw(single),
        final_coin=draw(single),
        repetitions=draw(st.integers(1, 2)),
        coin=draw(st.sampled_from(["traced", "absorbed"])),
    )


@st.composite
def torus_walks(draw):
    sizes = draw(st.sampled_from([(1, 1), (2, 1), (1, 2)]))
    start = [draw(st.integers(0, 2**size - 1)) for size in sizes]
    return TorusWalk(sizes, draw(angle_arrays(draw(st.integers(1, 2)), 2, 9)), start=start)


@st.composite
def tree_walks(draw, most=3):
    size = draw(st.integers(1, most))
    return TreeWalk(size, draw(angle_arrays(2**size - 1)))


WALKS = {
    MultiscaleWalk: multiscale_walks(),
    SplitStepWalk: lattice_walks(),
    TorusWalk: torus_walks(),
    TreeWalk: tree_walks(),
}
WALKS |= {  # of other kinds the structure that their docstrings show
    kind: angle_arrays(walk.num_parameters).map(walk.with_parameters)
    for kind, walk in own_examples({kind.walk for kind in walk_kinds()} - set(WALKS)).items()
}
walks = st.one_of(*WALKS.values())


# Targets


@st.composite
def bounds(draw):
    low = draw(st.floats(-1e6, 1e6))
    return low, low + max(draw(st.floats(1e-6, 1e6)), 1e-6 * abs(low))


@st.composite
def targets(draw, most=3):
    """Targets between bounds, on points of their own, and on product grids."""
    size = draw(st.integers(1, most))
    kind = draw(st.sampled_from(["bounds", "axes", "product"]))
    if kind == "product":
        shape = (2, 2**size)
        weights = draw(distributions(2 * 2**size)).reshape(shape)
        return TargetDistribution(weights, [draw(bounds()), draw(bounds())])
    weights = draw(distributions(2**size))
    if kind == "bounds":
        return TargetDistribution(weights, draw(bounds()))
    steps = draw(arrays(float, 2**size, elements=st.floats(1e-3, 1e3)))
    return TargetDistribution(weights, axes=draw(st.floats(-1e3, 1e3)) + np.cumsum(steps))


@st.composite
def states(draw, most=3):
    """Real amplitudes of mixed signs."""
    size = 2 ** draw(st.integers(1, most))
    signs = draw(arrays(bool, size))
    amplitudes = np.sqrt(draw(distributions(size))) * np.where(signs, -1, 1)
    return TargetState(amplitudes, draw(bounds()))


# Markets and what is paid

MarketOf = namedtuple("MarketOf", "spot volatility rate maturity dividend_yield")


@st.composite
def markets(draw):
    """Arguments of Black-Scholes markets, with at most 2.5 standard deviations of the logarithm."""
    maturity = draw(st.floats(1e-3, 20))
    return MarketOf(
        draw(st.floats(1e-3, 1e5)),
        draw(st.floats(0.01, min(2.5, 2.5 / maturity**0.5))),
        draw(st.floats(-0.1, 0.2)),
        maturity,
        draw(st.floats(0, 0.1)),
    )


@st.composite
def piecewise_linear(draw):
    """Arguments of a piecewise linear payoff: strikes, slopes and offsets, jumps included."""
    strikes = draw(st.lists(st.integers(-20, 20), min_size=1, max_size=4, unique=True).map(sorted))
    numbers = arrays(float, len(strikes) + 1, elements=st.floats(-5, 5))
    return [strike / 4 for strike in strikes], draw(numbers), draw(numbers)


contracts = st.lists(
    st.tuples(
        st.sampled_from([-2.0, -1.0, 0.5, 1.0, 3.0]),
        st.sampled_from(["call", "put", "digital"]),
        st.floats(0.2, 3),
    ),
    min_size=1,
    max_size=3,
)
"""What a portfolio holds: how much, of what, at which strike as a multiple of the forward."""
