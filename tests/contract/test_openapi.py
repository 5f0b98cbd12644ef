"""The served document describes what is served (security B11, J8)."""

import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import jsonschema_rs
import pytest

from kernel.openapi import ASSETS
from tests.contract.calls import API, call_of, phone_of, routes, send
from tests.factories import MIDDLE, Phone

OPEN = {("/api/v1/sessions", "post"), ("/api/v1/bindings", "post")}


@pytest.fixture
def document(app) -> Any:
    return app.test_client().get("/openapi.json").json


INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?")


def _operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def _walk(node: Any) -> Any:
    yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _walk(child)


def test_the_document_has_what_openapi_3_1_asks_for(document):
    assert re.fullmatch(r"3\.1\.\d", document["openapi"])
    assert document["info"]["title"] and document["info"]["version"]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}
    names = [
        operation["operationId"] for *_, operation in _operations(document) if "operationId" in operation
    ]
    assert len(names) == len(set(names))
    for path, method, operation in _operations(document):
        declared = {p["name"] for p in operation.get("parameters", []) if p["in"] == "path"}
        declared |= {p["name"] for p in document["paths"][path].get("parameters", [])}
        assert declared == set(re.findall(r"{(\w+)}", path)), (method, path)
        assert operation["summary"], (method, path)
        assert all(re.fullmatch(r"[1-5]\d\d|default", status) for status in operation["responses"])
        for response in operation["responses"].values():
            assert response["description"]


def test_every_schema_is_valid_json_schema_2020_12(document):
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
        assert "nullable" not in str(schema), f"{name}: nullable is of OpenAPI 3.0"


def test_every_reference_leads_somewhere(document):
    for node in _walk(document):
        if isinstance(node, dict) and isinstance(node.get("$ref"), str):
            target = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]


def test_every_served_route_is_described(app, document):
    described = {(path.removeprefix(API), method.upper()) for path, method, _ in _operations(document)}
    assert {(route.path, route.method) for route in routes(app, public=True)} <= described


def test_every_body_is_required_and_every_operation_says_who_may_not(document):
    for path, method, operation in _operations(document):
        if not path.startswith(API):
            continue
        if "requestBody" in operation:
            assert operation["requestBody"]["required"] is True, (method, path)
        assert ("security" in operation) == ((path, method) not in OPEN), (method, path)
        if (path, method) not in OPEN:
            assert operation["security"] == [{"token": []}]
        assert "401" in operation["responses"], (method, path)


# -- ids ----------------------------------------------------------------------------------------


def test_no_id_in_any_schema_is_a_number(document):
    for name, schema in document["components"]["schemas"].items():
        for key, field in schema.get("properties", {}).items():
            if key == "id" or key.endswith("_id"):
                assert field.get("format") == "uuid", f"{name}.{key}"


def _ids(node: Any) -> Any:
    for inner in _walk(node):
        if isinstance(inner, dict):
            yield from ((k, v) for k, v in inner.items() if k == "id" or k.endswith(("_id", "_ids")))


def test_no_id_in_any_answer_is_a_number(app, world):
    seen = 0
    Phone(world.secretary).check_in(MIDDLE)
    for route in routes(app, public=True):
        call_of(route).prepare(world)
        answer = send(phone_of(route, world), route, world)
        for key, value in _ids(answer.json if answer.is_json and answer.data else {}):
            if key != "request_id" and value is not None:
                UUID(value)
                seen += 1
    assert seen > 10


def test_every_instant_answered_is_by_the_clock_of_china(app, world):
    Phone(world.secretary).check_in(MIDDLE)
    seen = []
    for route in routes(app, public=True):
        call_of(route).prepare(world)
        answer = send(phone_of(route, world), route, world)
        seen += [(route.name, instant) for instant in INSTANT.findall(answer.text if answer.is_json else "")]
    assert len(seen) > 20
    assert [(name, instant) for name, instant in seen if not instant.endswith("+08:00")] == []


def test_every_answer_of_the_list_keeps_to_its_schema(app, document, world):
    """What the document promises: no field more than it says, each of its kind."""
    Phone(world.secretary).check_in(MIDDLE)
    described = {
        (path.removeprefix(API), method.upper()): operation
        for path, method, operation in _operations(document)
    }
    for route in routes(app, public=True):
        call_of(route).prepare(world)
        answer = send(phone_of(route, world), route, world)
        promised = described[route.path, route.method]["responses"]
        assert str(answer.status_code) in promised, route.name
        content = promised[str(answer.status_code)].get("content", {})
        if "application/json" not in content:
            continue
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(answer.json)
        named = schema.get("$ref", "").rsplit("/", 1)[-1]
        if named:
            known = document["components"]["schemas"][named].get("properties", {})
            assert answer.json.keys() <= known.keys(), route.name


# -- the docs page ------------------------------------------------------------------------------


class _Links(HTMLParser):
    """Collects what a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in ("href", "src", "action") and value]


def test_the_docs_page_needs_no_internet(app):
    client = app.test_client()
    page = client.get("/docs")
    assert page.status_code == 200
    links = _Links()
    links.feed(page.text)
    assert len(links.found) >= 3
    for link in links.found:
        assert link.startswith("/") and not link.startswith("//"), link
        with client.get(link) as asset:
            assert asset.status_code == 200, link
            if link.endswith(".css"):
                assert re.findall(r"url\((?!data:|['\"]?data:)[^)]*\)", asset.text) == []
    assert "/openapi.json" in page.text
    assert re.findall(r"https?://", re.sub(r"^\s*//.*$", "", page.text, flags=re.M)) == []


@pytest.mark.parametrize(
    "path", ["../__init__.py", "..%2f__init__.py", "%2e%2e/__init__.py", "/etc/passwd", "nothing.js"]
)
def test_the_docs_page_serves_its_own_files_only(app, path):
    assert (ASSETS.parent / "__init__.py").exists()
    assert app.test_client().get(f"/docs/{path}", follow_redirects=True).status_code == 404
