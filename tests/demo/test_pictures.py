"""Generated photos: each its own picture, small, and taken in by the program like any other."""

from itertools import combinations
from random import Random

from demo.pictures import draw_picture
from kernel.pictures import clean, look, near


def test_each_picture_is_its_own_and_passes_for_a_photo():
    pictures = [draw_picture(Random(seed)) for seed in range(12)]
    assert all(len(picture) < 100_000 and look(picture).taken_at is None for picture in pictures)
    cleaned = [clean(picture) for picture in pictures]
    assert not any(near(one.dhash, other.dhash) for one, other in combinations(cleaned, 2))


def test_the_same_chance_draws_the_same_picture():
    one, other = (clean(draw_picture(Random(7))) for _ in range(2))
    assert near(one.dhash, other.dhash)
