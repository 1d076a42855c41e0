import pytest

from iontophoresis.control.feed import MAX_KNOTS, Feed, FeedError


def test_currents_lie_on_the_line_between_knots():
    feed = Feed(2)
    feed.extend([[100, 1_000, -500], [200, 1_000, 0]])
    assert feed.at(0) == (0, 0)
    assert feed.at(50) == (500, -250)
    assert feed.at(150) == (1_000, -250)
    assert feed.at(10_000) == (1_000, 0)
    assert feed.end_ms == 200


@pytest.mark.parametrize(
    "bad", [[[0, 1]], [[10]], [[10, 1, 2]], [["10", 1]], [[10, 1.0]], [[10, True]], [None]]
)
def test_a_bad_knot_is_refused_and_none_of_its_message_is_taken(bad):
    feed = Feed(1)
    with pytest.raises(FeedError):
        feed.extend([[5, 1], *bad])
    assert feed.end_ms == 0


def test_too_many_knots_are_refused():
    with pytest.raises(FeedError, match="are waiting"):
        Feed(1).extend([[t, 0] for t in range(1, MAX_KNOTS + 2)])


def test_a_restart_stands_at_zero_current():
    feed = Feed(1)
    feed.extend([[100, 1_000]])
    feed.restart(70)
    assert (feed.position_ms, feed.end_ms, feed.at(80)) == (70, 70, (0,))
