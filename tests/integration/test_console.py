"""The record is readable by anybody's Kafka tools, and `daybook log --raw` prints the same bytes."""



from tests.support import Broker
from tests.support.daybook import run as tool
from tests.integration.session import play


def test_the_stock_console_consumer_and_log_raw_print_the_same(daybook_kafka, kafka, topic, tmp_path):
    play(daybook_kafka.http(user="ana"))
    play(daybook_kafka.http(user="Zoë 東京"))
    raw = tool("log", "--raw", "--kafka", kafka, "--topic", topic).stdout.rstrip("\n").split("\n")
    consumer = Broker(tmp_path, port=int(kafka.rsplit(":", 1)[1])).tool(
        "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", kafka, "--topic", topic,
        "--from-beginning", "--max-messages", len(raw), timeout=60).stdout.rstrip("\n").split("\n")
    assert len(raw) > 50
    assert sorted(raw) == sorted(consumer)
    for partition in range(8):
        of_partition = set(tool("log", "--raw", "--kafka", kafka, "--topic", topic, "--partition", str(partition)).stdout.rstrip("\n").split("\n"))
        in_order = [line for line in consumer if line in of_partition]
        assert in_order == tool("log", "--raw", "--kafka", kafka, "--topic", topic, "--partition", str(partition)).stdout.rstrip("\n").split("\n")
