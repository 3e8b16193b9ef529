"""The description of the JSON API, as an OpenAPI schema. Used by engine.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

VERSION = "3.1.0"  # of OpenAPI


def parameter(name: str, says: str, *, most: int = 0, values: tuple[str, ...] = ()) -> dict[str, Any]:
    """Describe a parameter of the query: an integer from 1 to `most`, one of `values`, or else any text.

    None is required; the engine ignores values of another form.
    """
    schema: dict[str, Any] = {"type": "integer", "minimum": 1, "maximum": most} if most else {"type": "string"}
    if values:
        schema["enum"] = list(values)
    return {"name": name, "in": "query", "description": says, "schema": schema}


PAGES = (
    parameter("page", "which page of results, from 1", most=999_999_999),
    parameter("size", "how many on a page (20 if left out)", most=100),
)


def answer(
    name: str, summary: str, *parameters: dict[str, Any], also: Mapping[str, str] = MappingProxyType({})
) -> dict[str, Any]:
    """Describe an operation: its summary, its parameters, the model it answers with; `also` maps types to others.

    Not by Responder's `response_model`, which encodes the answer itself, without our ETags.
    """
    models = {"application/json": name, **also}
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{model}"}} for kind, model in models.items()}
    return {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {"200": {"description": "OK", "content": content}},
    }


BLOG = answer(
    "Blog",
    "Posts, newest first",
    *PAGES,
    parameter("sort", "the order, newest first if left out", values=("-date", "date", "title", "words")),
    parameter("section", "only those in a folder"),
    parameter("tag", "only those with a tag"),
)
SEARCH = answer(
    "Search",
    "What the site has about some words",
    parameter("q", 'the words; "phrases", -not, and tag: in: year: from: to: camera: lens: kind: narrow the results'),
    *PAGES,
)
COMPLETIONS = answer(
    "Completions",
    "Pages whose titles match what was typed so far",
    parameter("q", "what was typed so far"),
    parameter("format", "another form: OpenSearch suggestions, for browsers", values=("suggestions",)),
    also={"application/x-suggestions+json": "Suggestions"},
)
DIRECTORY = answer("Directory", "The tree of folders, with counts")
THEMES = answer("Themes", "What several pages are about, with those pages")
GRAPH = answer("Graph", "Which page cites which, laid out: nodes and edges")


class Operation(NamedTuple):
    """One operation of the API; `parameters` are (name, description)."""

    method: str
    path: str
    summary: str
    parameters: tuple[tuple[str, str], ...]


def described(api: Any, title: str, description: str, models: Iterable[type]) -> bytes:
    """Return the OpenAPI schema of an application's documented routes and of `models`, as YAML.

    Call it on request only: importing Responder's generator takes a tenth of a start.
    """
    from responder.ext.openapi import OpenAPISchema

    schema = OpenAPISchema(api, title=title, version="1", description=description, docs_route=None)
    schema.openapi_version = VERSION  # as an argument it would add a route of its own
    for model in models:
        schema.add_schema(model.__name__, model)
    return str(schema.openapi).encode()


def operations(schema: bytes) -> tuple[Operation, ...]:
    """List the operations of a schema (YAML)."""
    paths = yaml.load(schema, Loader=yaml.CSafeLoader)["paths"]
    return tuple(
        Operation(
            method.upper(),
            path,
            operation.get("summary") or operation.get("description", ""),
            tuple((one["name"], one["description"]) for one in operation.get("parameters", ())),
        )
        for path, methods in paths.items()
        for method, operation in methods.items()
    )
