import select
import socket
import time

import pytest

from iontophoresis.control.link import (
    MAX_OUTBOX_BYTES,
    Link,
    LinkClosedError,
    connect,
    is_hello,
    listen,
)


@pytest.fixture
def pair():
    listener = listen()
    near = connect(listener.getsockname()[1], "session", "secret")
    sock, _ = listener.accept()
    far = Link(sock)
    yield near, far
    near.close()
    far.close()
    listener.close()


def hear(link, count, within_s=2.0):
    heard, deadline = [], time.monotonic() + within_s
    while len(heard) < count and time.monotonic() < deadline and not link.closed:
        select.select([link.fileno()], [], [], 0.1)
        heard += link.receive()
    return heard


def test_the_first_line_names_a_role_and_its_token(pair):
    (hello,) = hear(pair[1], 1)
    assert is_hello(hello, "session", "secret")
    assert not is_hello(hello, "operator", "secret")
    assert not is_hello(hello, "session", "guess")
    assert not is_hello({"hello": "session", "token": 7}, "session", "7")


def test_messages_arrive_whole_and_in_order(pair):
    near, far = pair
    for number in range(1_000):
        near.send({"n": number, "text": "Ω·cm²\n"})
    heard = hear(far, 1_001)[1:]
    assert [message["n"] for message in heard] == list(range(1_000))
    assert heard[0]["text"] == "Ω·cm²\n"


def test_a_reader_that_has_stopped_never_blocks_the_sender(pair):
    near, _ = pair
    began, sent = time.monotonic(), 0
    while near.send({"text": "x" * 10_000}) and sent < 10_000:
        sent += 1
    assert time.monotonic() - began < 5.0
    assert near.waiting_bytes <= MAX_OUTBOX_BYTES + 20_000
    assert not near.closed


@pytest.mark.parametrize("nonsense", [b"not json\n", b"[1, 2]\n", b"\xff\xfe\n", b"7\n"])
def test_nonsense_closes_the_connection(pair, nonsense):
    near, far = pair
    hear(far, 1)
    near._socket.send(nonsense)
    assert hear(far, 1) == []
    assert far.closed


def test_the_end_of_the_other_process_is_seen(pair):
    near, far = pair
    hear(far, 1)
    near.close()
    hear(far, 1)
    assert far.closed
    assert not far.send({"k": "late"})


def test_nobody_listening_is_one_clear_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(LinkClosedError, match=f"loopback port {port}"):
        connect(port, "operator", "secret", timeout_s=1.0)
