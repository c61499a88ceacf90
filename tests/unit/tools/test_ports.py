from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from tools import ports
from tools.terminal import Trouble


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80.5", "٨٠٠٠"])
def test_what_is_no_port_is_refused(text: str) -> None:
    """PORT takes plain numbers from 1 to 65535."""
    with pytest.raises(Trouble, match=r"^PORT must be a number from 1 to 65535, such as `make run PORT=9000`\.$"):
        ports.check_port(text)


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port on which someone else listens."""
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_one_sentence_with_a_way_out(taken: int) -> None:
    """The sentence names the port and another one to try."""
    with pytest.raises(
        Trouble, match=rf"^Port {taken} is taken by another program: stop it, or `make run PORT=\d+`\.$"
    ):
        ports.check_port(str(taken))


def test_a_port_is_free_again_after_its_server_ended() -> None:
    """A second `make run` right after the first is not told that its own port is taken."""
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((ports.HOST, port)), server.accept()[0]:
            pass
    assert ports.check_port(str(port)) == port


def test_the_sentence_names_what_was_typed(taken: int) -> None:
    """Another command has another variable."""
    with pytest.raises(Trouble, match=r"`make warehouse WAREHOUSE_PORT=\d+`\.$"):
        ports.check_port(str(taken), "WAREHOUSE_PORT", "make warehouse")
