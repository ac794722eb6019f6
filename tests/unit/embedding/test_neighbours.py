"""Neighbours are exact: as sorting all cosines gives them."""

import numpy as np
import pytest

from fsat_core.embedding import ExactNeighbours


@pytest.mark.parametrize("num_vectors", [1, 50, 9_000])
def test_they_are_those_of_all_cosines(num_vectors: int) -> None:
    rng = np.random.default_rng(num_vectors)
    vectors: np.ndarray = rng.normal(size=(num_vectors, 16)).astype(np.float16)
    query = rng.normal(size=16)
    exact = vectors.astype(np.float64)
    cosines = exact @ query / np.linalg.norm(exact, axis=1) / np.linalg.norm(query)
    near = ExactNeighbours(vectors).nearest(query, 10)
    np.testing.assert_array_equal(near.rows, np.argsort(-cosines, kind="stable")[:10])
    np.testing.assert_allclose(near.similarities, np.sort(cosines)[::-1][:10], atol=1e-5)


def test_a_clip_is_not_its_own_neighbour() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float16)
    near = ExactNeighbours(vectors)
    assert near.nearest(vectors[7], 1).rows.tolist() == [7]
    assert 7 not in near.nearest(vectors[7], 40, skip=[7]).rows
    assert len(near.nearest(vectors[7], 40, skip=[7]).rows) == 29


def test_zeros_are_nobodys_neighbours() -> None:
    vectors = np.array([[0, 0], [1, 0], [0, 1]], np.float16)
    assert ExactNeighbours(vectors).nearest(np.array([1.0, 0.1]), 5).rows.tolist() == [1, 2]


def test_of_equal_ones_the_first_is_first() -> None:
    assert ExactNeighbours(np.ones((9, 3), np.float16)).nearest(np.ones(3), 3).rows.tolist() == [0, 1, 2]


@pytest.mark.parametrize("num_vectors", [0, 3])
def test_none_are_asked_for_or_there(num_vectors: int) -> None:
    near = ExactNeighbours(np.ones((num_vectors, 3), np.float16)).nearest(np.ones(3), 0)
    assert near.rows.tolist() == []
