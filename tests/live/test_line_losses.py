"""Where the count is read, on real sockets; what it counts only a lossy line shows (tests/benchmarks/loss.py)."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from live.line_losses import losses_seen


class Transport:
    """Of a connection, no more than what is asked of it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def get_extra_info(self, name: str) -> socket.socket | None:
        return self.sock if name == "socket" else None


@pytest.fixture
def tcp() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as here:
        there, _ = server.accept()
        with there:
            yield here, there


def test_a_line_that_loses_nothing_has_nothing_counted(tcp: tuple[socket.socket, socket.socket]) -> None:
    here, there = tcp
    losses = losses_seen(Transport(there))
    here.sendall(bytes(100_000))
    here.shutdown(socket.SHUT_WR)
    while there.recv(65536):
        pass
    assert losses() == 0
    there.close()
    assert losses() == 0, "closed: there is nothing to be read any more"


def test_other_lines_have_nobody_who_counts() -> None:
    here, there = socket.socketpair()
    with here, there:
        assert losses_seen(Transport(here))() == 0
    assert losses_seen(None)() == 0
