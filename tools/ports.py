"""Ports of this machine, as a person names them."""

from __future__ import annotations

import errno
import os
import socket

from tools.terminal import Trouble

HOST = "127.0.0.1"
HIGHEST_PORT = 65535


def check_port(text: str, variable: str = "PORT", command: str = "make run") -> int:
    """Return the port. Raises Trouble where it is no port, is taken, or may not be opened.

    `variable` and `command` are what the person typed, for the sentence.
    """
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= HIGHEST_PORT:
        raise Trouble(f"{variable} must be a number from 1 to {HIGHEST_PORT}, such as `{command} {variable}=9000`.")
    port = int(text)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                other = port + 1 if port < HIGHEST_PORT else port - 1
                raise Trouble(
                    f"Port {port} is taken by another program: stop it, or `{command} {variable}={other}`."
                ) from None
            raise Trouble(f"Port {port} cannot be opened: {os.strerror(error.errno or 0)}.") from None
    return port
