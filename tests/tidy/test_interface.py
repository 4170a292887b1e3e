"""schema/openapi.yaml and schema/asyncapi.yaml are what `scripts/x interface` makes."""
import pytest

from scripts.commands import interface
from tests.tidy.sources import none, read, tracked


@pytest.mark.parametrize("name", interface.FILES)
def test_the_committed_file_is_what_the_script_makes(name):
    assert read(name) == interface.rendered()[name], f"{name} is out of date: run scripts/x interface"


def references(value) -> set[str]:
    if isinstance(value, dict):
        return {value["$ref"]} if isinstance(value.get("$ref"), str) else set().union(*map(references, value.values()))
    return set().union(*map(references, value)) if isinstance(value, list) else set()


@pytest.mark.parametrize("made", [interface.openapi, interface.asyncapi])
def test_every_reference_leads_somewhere(made):
    document = made()
    for target in references(document):
        if target.startswith("#/"):
            at = document
            for part in target[2:].split("/"):
                at = at[part]
        else:
            assert "schema/" + target in tracked("schema/*.json"), target


def test_every_command_has_a_schema_and_every_schema_a_way_in():
    none([f"docs/http.md: {row['what']} has no schema" for row in interface.pages()
          if row["what"].startswith("`") and row["what"].split("`")[1] not in interface.names("command")])
    assert {item["$ref"] for item in interface.components()["batch"]["properties"]["commands"]["items"]["oneOf"]} \
        == {f"command/{name}.json" for name in interface.names("command")}


def test_the_id_of_the_path_is_no_member_of_the_body():
    body = interface.body_of("complete_task", "/v1/tasks/{id}/complete")
    assert set(body["properties"]) == {"children"} and "required" not in body
    assert "title" in interface.body_of("create_task", "/v1/tasks")["required"]


def test_yaml_is_written_as_it_reads():
    value = {"a": {"b": [1, "x y"], "c": [{"d": "no", "e": {}}, {"f": None}]}, "200": "a: b", "t": True}
    assert interface.yaml(value) == ('a:\n  b: [1, x y]\n  c:\n    - d: "no"\n      e: {}\n    - f: null\n"200": "a: b"\nt: true\n')
