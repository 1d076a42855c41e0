from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iontophoresis.record.chain import GENESIS, link

CELLS = st.lists(
    st.none() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    max_size=4,
)


def encodable(cells: list[object]) -> bool:
    return all(not isinstance(c, str) or c.isascii() for c in cells)


def test_content_is_compact_json_after_the_previous_value() -> None:
    expected = hashlib.sha256(GENESIS + b'["tick",7,1,null,"a\xc2\xb5",0.1]').digest()
    assert link(GENESIS, "tick", 7, (1, None, "aµ", 0.1)) == expected


def test_an_integer_and_an_equal_real_differ() -> None:
    assert link(GENESIS, "tick", 1, (1,)) != link(GENESIS, "tick", 1, (1.0,))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), "\ud800"])
def test_what_cannot_be_written_is_refused(bad: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        link(GENESIS, "tick", 1, (bad,))


@given(CELLS.filter(encodable), CELLS.filter(encodable))
def test_different_rows_have_different_links(one: list[object], other: list[object]) -> None:
    same = [(type(c), repr(c)) for c in one] == [(type(c), repr(c)) for c in other]
    assert (link(GENESIS, "event", 1, one) == link(GENESIS, "event", 1, other)) == same
