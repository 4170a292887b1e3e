"""The same client session has the same answers on the embedded log and on Kafka, from RocksDB and from Postgres."""
from tests.integration.session import play
from tests.support import Daybook


def test_a_session_reads_the_same_on_the_embedded_log_and_on_kafka(tmp_path, kafka, topic, postgres):
    with Daybook(tmp_path / "embedded") as embedded:
        first = play(embedded.http(user="ana"))
    with Daybook(tmp_path / "kafka", "--kafka", kafka, "--topic", topic, "--postgres", postgres) as on_kafka:
        second = play(on_kafka.http(user="ana"))
    assert len(first.lines) >= 50
    for number, (one, other) in enumerate(zip(first.lines, second.lines, strict=True)):
        assert one == other, f"exchange {number}"
    statuses = {line[2] for line in first.lines}
    assert statuses >= {200, 201, 404, 405, 409, 412, 422}, statuses
    assert 500 not in statuses
