"""Tours through parities and bases of them, on which multiplexed rotations rest."""

from hypothesis import given
from hypothesis import strategies as st

from qiskit_ssqw.synthesis.multiplexer import _pick, _reduced_basis, _short_tour

mask_sets = st.sets(st.integers(0, 63), max_size=24).map(list)


def span(vectors):
    found = {0}
    for vector in vectors:
        found |= {vector ^ other for other in found}
    return found


@given(masks=mask_sets)
def test_a_tour_visits_each_mask_once(masks):
    assert sorted(_short_tour(tuple(masks))) == sorted(masks)


@given(masks=mask_sets)
def test_a_basis_spans_the_masks(masks):
    basis = _reduced_basis(masks)
    assert span(basis.values()) == span(masks)
    assert len(span(masks)) == 2 ** len(basis)


@given(masks=mask_sets)
def test_no_other_vector_has_the_bit_of_a_pivot(masks):
    basis = _reduced_basis(masks)
    for pivot, vector in basis.items():
        assert vector.bit_length() - 1 == pivot
        assert [p for p, other in basis.items() if other >> pivot & 1] == [pivot]


@given(masks=mask_sets)
def test_the_bits_at_the_pivots_are_coordinates(masks):
    basis = _reduced_basis(masks)
    pivots = sorted(basis)
    for mask in masks:
        coordinates = _pick(mask, pivots)
        rebuilt = 0
        for place, pivot in enumerate(pivots):
            rebuilt ^= basis[pivot] * (coordinates >> place & 1)
        assert rebuilt == mask
