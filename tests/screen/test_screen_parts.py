"""The parts of the screen by themselves: ids as numbers, forms by bytes, expressions by tables of truths."""

import random
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from alignment_events.model import expr as x
from alignment_events.model.forms import SLUG, URL, text_form
from alignment_events.model.ids import is_valid_id, mint_id
from alignment_events.model.marks import Form
from alignment_events.screen.arrays import flags, mask, places, texts, valid_cells
from alignment_events.screen.facts import facts
from alignment_events.screen.frames import Batch, Frame
from alignment_events.screen.ids import id_numbers, id_texts, is_short
from alignment_events.screen.kernels import _truth, truth
from alignment_events.screen.texts import doubtful, is_ascii
from alignment_events.screen.values import Coded, Column, Flags, Numbers, Truth, joined

CHARACTERS = [*map(chr, range(128)), "é", "\u3000", "京", "\u0085", "\u2028", "\u00a0"]


def a_text(draw: random.Random) -> str | None:
    if draw.random() < 0.05:
        return None
    start = draw.choice(["http://", "https://", "https:/", "", "http://a.b/", "x-y", "北"])
    text = start + "".join(draw.choice("abc/.?=&%~-1") for _ in range(draw.randrange(12)))
    place = draw.randrange(len(text) + 1)
    return text if draw.random() < 0.4 else text[:place] + draw.choice(CHARACTERS) + text[place:]


@pytest.mark.parametrize("form", [URL, text_form(10), SLUG], ids=lambda form: form.name)
def test_forms_by_bytes_are_those_of_the_check(form: Form) -> None:
    draw = random.Random(5)
    for _ in range(150):
        values = [a_text(draw) for _ in range(draw.randrange(1, 60))]
        array = pa.array(values, pa.string()).slice(draw.randrange(len(values)))
        value = pl.Series(array, dtype=pl.String)
        sound = (value.str.len_chars() <= form.max_length) & value.str.contains(form.pattern)
        wrong = (~sound).fill_null(False).to_numpy()
        found = doubtful(array, form)
        assert not (wrong & ~found).any()
        assert form == SLUG or (found == wrong).all()


def test_texts_of_ascii() -> None:
    draw = random.Random(6)
    for _ in range(200):
        values = [a_text(draw) for _ in range(draw.randrange(1, 12))]
        start = draw.randrange(len(values))
        array = pa.array(values, pa.string()).slice(start)
        assert is_ascii(array) == all(v is None or v.isascii() for v in values[start:])


def test_ids_as_numbers() -> None:
    draw = random.Random(7)
    ids = sorted({mint_id(set(), draw=draw.randrange) for _ in range(500)})
    numbers = id_numbers(pa.array(ids))[0].values
    assert (numbers[1:] > numbers[:-1]).all()
    assert id_texts(numbers) == ids
    repeated = pa.array([one for one in ids for _ in range(draw.randrange(1, 6))]).slice(3)
    assert id_texts(id_numbers(repeated)[0].values) == repeated.to_pylist()


def test_what_is_no_id_has_no_short_number() -> None:
    draw = random.Random(8)
    for _ in range(3000):
        text = list(mint_id(set(), draw=draw.randrange))
        for _ in range(draw.randrange(1, 3)):
            text[draw.randrange(12)] = draw.choice("ABCXYZ0189-aILOU京")
        one = "".join(text)
        numbers, sound = id_numbers(pa.array([one]))
        assert bool(is_short(numbers.values)[0]) == bool(sound[0]) == is_valid_id(one)


def test_arrays_there_and_back() -> None:
    values = ["a", None, "", "京", "x" * 40]
    assert texts(values).to_pylist() == values
    assert texts([]).to_pylist() == []
    assert valid_cells(pa.array(values).slice(1)).tolist() == [v is not None for v in values[1:]]
    booleans = [True, None, False, True, True, None, False, False, True, True]
    for start in range(10):
        array = pa.array(booleans).slice(start)
        assert (flags(array) & valid_cells(array)).tolist() == [v is True for v in booleans[start:]]
    assert places(np.array([2, 0])).to_pylist() == [2, 0]
    assert mask(np.array([True, False])).to_pylist() == [True, False]


def test_columns_of_several_pieces() -> None:
    pieces: list[Column] = [
        Coded(np.array([0, 1, 2], np.int32), ("a", "b")),
        Coded(np.array([1, 0, 2], np.int32), ("c", "a")),
    ]
    found = joined(pieces)
    assert isinstance(found, Coded)
    assert [(*found.values, None)[code] for code in found.codes] == ["a", "b", None, "a", "c", None]


def a_truth(draw: random.Random, depth: int) -> x.Expr:
    """An expression over two columns of codes, one of yes and no, and a number that may be empty."""
    choice = draw.randrange(8 if depth else 4)
    if choice == 0:
        return x.In(x.Col(draw.choice("ab")), tuple(draw.sample("pqrs", 2)))
    if choice == 1:
        return x.IsNull(x.Col(draw.choice("abfn")))
    if choice == 2:
        return x.eq("f", draw.random() < 0.5)
    if choice == 3:
        return x.Compare("eq", x.Col("a"), x.Col("b"))
    if choice == 4:
        return x.Not(a_truth(draw, depth - 1))
    kind = draw.choice([x.And, x.Or])
    return kind(tuple(a_truth(draw, depth - 1) for _ in range(draw.randrange(2, 4))))


def test_truth_by_table_is_the_truth_row_by_row() -> None:
    draw = random.Random(9)
    rng = np.random.default_rng(9)
    for _ in range(300):
        rows = draw.randrange(1, 80)
        sign = rng.integers(0, 3, rows)
        columns: dict[str, Column] = {
            "a": Coded(rng.integers(0, 4, rows).astype(np.int32), ("p", "q", "r")),
            "b": Coded(rng.integers(0, 3, rows).astype(np.int32), ("s", "p")),
            "f": Flags(Truth(sign == 0, sign == 1)),
            "n": Numbers(rng.integers(0, 9, rows), rng.random(rows) < 0.5),
        }
        batch = Batch(1, {}, None)  # type: ignore[arg-type]

        def frame(small: bool, columns=columns, rows=rows, batch=batch) -> Frame:  # type: ignore[no-untyped-def]
            group = np.zeros(rows, np.intp)
            return Frame("events", rows, group, columns.__getitem__, batch, small=small)

        node = a_truth(draw, 3)
        by_table, by_row = truth(node, frame(small=False)), _truth(node, frame(small=True))
        assert (by_table.true == by_row.true).all()
        assert (by_table.false == by_row.false).all()


def test_expressions_have_numbers_of_their_own_in_all_threads() -> None:
    nodes = [x.In(x.Col("a"), (str(n % 500), "z")) for n in range(2000)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda node: facts(node).number, nodes))
    assert len(set(numbers)) == 500
    assert numbers[:500] == numbers[500:1000]
