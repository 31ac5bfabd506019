"""The check character must find every slip of one character and every swap, not most of them."""

import itertools
import random

import pytest

from alignment_events.model.ids import (
    ALPHABET,
    hashed_id,
    is_valid_id,
    mint_id,
    near_ids,
    read_id,
)


def characters(record_id):
    return record_id[3:].replace("-", "")


def written(text):
    return f"AE-{text[:4]}-{text[4:]}" if len(text) == 8 else f"AE-{text}"


SOME = [mint_id(set(), draw=random.Random(seed).randrange) for seed in range(40)]
HASHED = [hashed_id("gdelt", str(number)) for number in range(10)]


@pytest.mark.parametrize("record_id", [*SOME, *HASHED])
def test_every_wrong_character_is_found(record_id):
    text = characters(record_id)
    for place, wrong in itertools.product(range(len(text)), ALPHABET):
        if wrong != text[place]:
            assert not is_valid_id(written(text[:place] + wrong + text[place + 1 :]))


@pytest.mark.parametrize("record_id", [*SOME, *HASHED])
def test_every_swap_of_two_is_found(record_id):
    text = characters(record_id)
    for a, b in itertools.combinations(range(len(text)), 2):
        swapped = list(text)
        swapped[a], swapped[b] = swapped[b], swapped[a]
        if text[a] != text[b]:
            assert not is_valid_id(written("".join(swapped)))


@pytest.mark.parametrize("length", [8, 16])
def test_the_check_is_sound_for_all_pairs_of_characters_and_places(length):
    """Over a field it is enough that the factors of the places differ and none is zero."""
    from alignment_events.model.ids import check_table

    factors = [summands["1"] for summands in check_table(length)]
    assert 0 not in factors
    assert len(set(factors)) == length


def test_minting_avoids_every_id_ever_issued():
    draws = random.Random(1)
    first = mint_id(set(), draw=draws.randrange)
    again = mint_id({first}, draw=random.Random(1).randrange)
    assert again != first
    assert is_valid_id(again)


@pytest.mark.parametrize(
    ("written_so", "meant"),
    [("ae-ckNx-qq7x", "AE-CKNX-QQ7X"), (" AE-CKNX-QQ7X ", "AE-CKNX-QQ7X")],
)
def test_lower_case_and_space_are_read(written_so, meant):
    assert read_id(written_so) == meant


def test_letters_that_look_like_digits_are_read_as_crockford_says():
    draw = random.Random(3)
    record_id = next(
        i
        for i in (mint_id(set(), draw=draw.randrange) for _ in range(999))
        if "0" in i and "1" in i
    )
    assert read_id(record_id.replace("0", "O").replace("1", "l")) == record_id


def test_nothing_else_is_forgiven():
    assert read_id("CKNX-QQ7X") is None
    assert read_id("AE-CKNX-QQ8X") is None


def test_near_ids_are_suggested():
    assert near_ids("AE-CKNX-QQ8X", [*SOME, "AE-CKNX-QQ7X"]) == ["AE-CKNX-QQ7X"]
    assert near_ids("AE-0000-0000", ["AE-CKNX-QQ7X"]) == []


def test_hashed_ids_depend_on_source_and_id():
    assert hashed_id("a", "1") == hashed_id("a", "1")
    assert len({hashed_id("a", "1"), hashed_id("a", "2"), hashed_id("b", "1")}) == 3
