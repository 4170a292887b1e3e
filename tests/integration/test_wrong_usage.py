"""What is asked wrongly ends with status 2 and says so; what cannot be reached with 3; nothing wrong is taken in silence (api §1)."""
import pytest

from tests.support import Daybook, free_port
from tests.support.daybook import run

POSITION = "01980000-0000-7000-8000-000000000000.0.0"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """The data folder of an installation with one task, stopped."""
    with Daybook(tmp_path_factory.mktemp("stopped") / "data") as daybook:
        position = daybook.http(user="ana").post("/v1/tasks", {"title": "a"}).position
        daybook.stop()
    return daybook.data, position


def refused(status, said, *arguments, **options):
    done = run(*arguments, check=False, timeout=30, **options)
    assert done.returncode == status, (arguments, done.stderr)
    assert said in done.stderr, (arguments, done.stderr)
    assert "Retry-After" not in done.stderr, (arguments, done.stderr)
    assert done.stdout == "", (arguments, done.stdout)


@pytest.mark.parametrize("tool", [["log"], ["verify"], ["rebuild"]])
def test_a_folder_without_a_log_is_named_and_left_as_it_was(tmp_path, tool):
    refused(2, "holds no embedded log", *tool, "--data", tmp_path / "nope")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused(2, "holds no embedded log", *tool, "--data", empty)
    assert list(empty.iterdir()) == []


def test_serve_needs_a_folder_that_it_can_make(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    refused(1, "Not a directory", "serve", "--data", file, "--listen", "127.0.0.1:0")


def test_wrong_arguments_of_the_log_are_refused(stopped):
    data, position = stopped
    here = ("log", "--data", data)
    log_id, partition, offset = position.rsplit(".", 2)
    refused(2, "position", *here, "--from", "foo")
    refused(2, "partitions", *here, "--partition", "99")
    refused(2, "partitions", *here, "--partition=-1")
    refused(2, "partition", *here, "--from", position, "--partition", str((int(partition) + 1) % 8))
    refused(2, "beyond the end", *here, "--from", f"{log_id}.{partition}.{int(offset) + 1000}")
    refused(2, "id of a task", *here, "--task", "foo")
    refused(2, "there is no event type foo", *here, "--type", "foo")
    refused(2, "--data", "log", "--repair")
    assert run(*here, "--from", position).stdout.count("\n") == 1


def test_a_server_or_broker_that_is_not_there_is_status_3_soon(tmp_path):
    nobody = free_port()
    refused(3, "unreachable", "log", "--kafka", f"127.0.0.1:{nobody}")
    refused(3, "unreachable", "audit", "--url", f"http://127.0.0.1:{nobody}")
    refused(2, "address of a Daybook server", "audit", "--url", "ftp://x")


def test_what_a_server_refuses_as_wrong_is_wrong_usage_too(daybook_embedded):
    refused(2, "since", "audit", "--url", daybook_embedded.url, "--since", "foo")
    for target in ("rebuild", "rebuild?nothing=1"):
        answer = daybook_embedded.http().post(f"/v1/admin/views/rocks/{target}")
        assert answer.status == (202 if target == "rebuild" else 422), answer.body


def test_an_unknown_command_is_named(tmp_path):
    refused(2, 'there is no command "foo"', "foo")
    refused(2, "it is a folder", "import", "--from", "beads", tmp_path)


@pytest.mark.parametrize("text, said", [("[serve]\nlisten = \"127.0.0.1:1\"\n", "no section [serve]"),
                                        ("listen = [\n", "no value that can be read"),
                                        ("lissten = \"127.0.0.1:1\"\n", "no setting lissten")])
def test_a_configuration_file_says_what_is_wrong(tmp_path, text, said):
    file = tmp_path / "daybook.toml"
    file.write_text(text)
    refused(2, said, "config", "check", "--config", file)


@pytest.mark.parametrize("arguments", [["--kafka", ","], ["--kafka", "a:1", "--topic", "a b"], ["--allowed-hosts", "a b,,"]])
def test_a_setting_that_cannot_work_is_refused_by_the_check(arguments):
    done = run("config", "check", *arguments, check=False)
    assert done.returncode == 1 and "refused: " in done.stdout, done.stdout


def test_what_daybook_writes_is_for_its_owner_alone(stopped):
    data, _ = stopped
    owned = [path for folder in ("log", "decisions", "views") for path in [data / folder, *(data / folder).rglob("*")]]
    assert len(owned) > 5
    assert {path for path in owned if path.stat().st_mode & 0o077} == set()
