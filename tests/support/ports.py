"""Free TCP ports on loopback."""
import random
import socket

_chosen: set[int] = set()


def free_port() -> int:
    """A port that nobody listens on now.

    It lies below the range from which the kernel takes ports for outgoing connections, so that none of
    those can take it before its server binds it; one process never gets the same port twice."""
    for _ in range(1000):
        port = random.SystemRandom().randrange(20_000, 32_000)
        if port in _chosen:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _chosen.add(port)
        return port
    raise RuntimeError("no free port between 20000 and 32000")
