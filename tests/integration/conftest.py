"""Fixtures of the integration tests. `scripts/x test` gives them its broker and database; alone, pytest starts its own."""
import os
import secrets

import pytest

from tests.support import Broker, Daybook, Postgres
from tests.support.postgres import psql


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    """host:port of a real broker."""
    if "DAYBOOK_TEST_KAFKA" in os.environ:
        yield os.environ["DAYBOOK_TEST_KAFKA"]
        return
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        yield broker.start().address
    finally:
        broker.remove()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory):
    """URL of a real server's maintenance database."""
    if "DAYBOOK_TEST_POSTGRES" in os.environ:
        yield os.environ["DAYBOOK_TEST_POSTGRES"]
        return
    server = Postgres(tmp_path_factory.mktemp("postgres"))
    try:
        yield server.start().url
    finally:
        server.remove()


@pytest.fixture(scope="module")
def postgres(postgres_server):
    """URL of an empty database of the module's own."""
    name = f"test_{secrets.token_hex(6)}"
    psql(postgres_server, f'CREATE DATABASE "{name}"')
    yield postgres_server.rsplit("/", 1)[0] + f"/{name}"
    psql(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def topic():
    """A topic name that nobody used before; daybook creates the topic."""
    return f"task-events-{secrets.token_hex(6)}"


@pytest.fixture
def daybook_embedded(tmp_path):
    """`serve` on the embedded log, ready."""
    with Daybook(tmp_path / "data") as daybook:
        yield daybook


@pytest.fixture
def daybook_kafka(tmp_path, kafka, topic):
    """`serve` on a real broker and a topic of its own, ready."""
    with Daybook(tmp_path / "data", "--kafka", kafka, "--topic", topic) as daybook:
        yield daybook
