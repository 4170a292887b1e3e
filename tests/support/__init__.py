"""Real parts for tests and scripts: a Kafka broker, a PostgreSQL, daybook itself; free ports; waiting."""
from tests.support.broker import Broker
from tests.support.daybook import Daybook
from tests.support.http import Answer, Http
from tests.support.ports import free_port
from tests.support.postgres import Postgres
from tests.support.wait import wait_until

__all__ = ["Answer", "Broker", "Daybook", "Http", "Postgres", "free_port", "wait_until"]
