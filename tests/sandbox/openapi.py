"""Stripe's own description of its reading requests, as a judge of ours."""

import json
import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

DESCRIPTION: Final = Path(__file__).parent / "fixtures" / "stripe_openapi.json"
PATHS: Final[dict[str, Any]] = json.loads(DESCRIPTION.read_text())["paths"]
NAME: Final = re.compile(r"(\w+)((?:\[\w*\])*)")

Schema = dict[str, Any]


def complaints(method: str, path_and_query: str) -> list[str]:
    """Say what a request breaks of the description: path, method, parameters' names, shapes and types."""
    parts = urlsplit(path_and_query)
    path = next((one for one in PATHS if _matches(one, parts.path)), None)
    if path is None:
        return [f"unknown path {parts.path}"]
    operation = PATHS[path].get(method.lower())
    if operation is None:
        return [f"{method} is not described for {path}"]
    known = {one["name"]: one["schema"] for one in operation["parameters"] if one["in"] == "query"}
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    once = [name for name, _ in pairs if not name.endswith("[]")]
    doubled = sorted({name for name in once if once.count(name) > 1})
    return [f"{name} is given twice" for name in doubled] + [one for pair in pairs for one in _of_pair(known, *pair)]


def _matches(described: str, path: str) -> bool:
    pattern = "/".join("[^/]+" if step.startswith("{") else re.escape(step) for step in described.split("/"))
    return re.fullmatch(pattern, path) is not None


def _of_pair(known: dict[str, Schema], written: str, value: str) -> list[str]:
    match = NAME.fullmatch(written)
    if not match or match[1] not in known:
        return [f"unknown parameter {written}"]
    steps = re.findall(r"\[(\w*)\]", match[2])
    if any(_fits(schema, steps, value) for schema in _choices(known[match[1]])):
        return []
    return [f"{written}={value} is not of its type"]


def _choices(schema: Schema) -> list[Schema]:
    return list(schema.get("anyOf", [schema]))


def _fits(schema: Schema, steps: list[str], value: str) -> bool:
    """Say whether a value fits where the brackets lead: names into objects, nothing or a number into lists."""
    if not steps:
        return _is_of_type(schema, value)
    first, *rest = steps
    if schema.get("type") == "array" and (first == "" or first.isdigit()):
        inner: Schema = schema["items"]
    elif schema.get("type") == "object" and first in schema["properties"]:
        inner = schema["properties"][first]
    else:
        return False
    return any(_fits(choice, rest, value) for choice in _choices(inner))


def _is_of_type(schema: Schema, value: str) -> bool:
    kind = schema.get("type")
    if kind == "integer":
        return re.fullmatch(r"-?\d+", value) is not None
    if kind == "boolean":
        return value in ("true", "false")
    return kind == "string" and ("enum" not in schema or value in schema["enum"])
