"""What the source code itself must not contain, read from its syntax trees."""

import ast
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(
    path.relative_to(ROOT)
    for app in ("putler", "accounts", "datasources", "analytics")
    for path in (ROOT / app).rglob("*.py")
    if "migrations" not in path.parts
)
LAZY = {"StreamingHttpResponse", "TemplateResponse", "SimpleTemplateResponse"}
SQL = tuple("SELECT INSERT UPDATE DELETE MERGE WITH COPY CREATE ALTER DROP TRUNCATE GRANT SET ANALYZE".split())
Node = TypeVar("Node", bound=ast.AST)
# Where a statement is made of names handed over by our own code; nothing of a request or a file reaches them.
BUILDERS = {
    "analytics/packing.py": "expressions of ours around a query that Django compiled, the table of a model",
    "analytics/storing.py": "columns of a model, the table of a model",
    "analytics/sums.py": "columns of ours and of the declared measures around a query that Django compiled",
    "analytics/summing.py": "columns of the declared measures, the table of a model, a date of ours",
    "putler/copying.py": "the temporary tables and columns of its callers",
    "analytics/verifying.py": "the tables and columns of the rollups' models",
    "datasources/services/numbered.py": "one upsert for customers and products",
    "datasources/services/statistics.py": "names of partitions, out of PostgreSQL's own catalogue",
    "putler/looks.py": "functions, made by migrations",
    "putler/tenancy.py": "the tables of a migration",
}


def offenders(check: Callable[[ast.Module], Iterable[str]]) -> dict[str, list[str]]:
    """What a check finds in our modules; those without a finding are left out."""
    findings = {str(path): sorted(check(ast.parse((ROOT / path).read_text()))) for path in MODULES}
    return {path: those for path, those in findings.items() if those}


@pytest.mark.rule("R4")
def test_no_response_is_rendered_after_the_account_is_left() -> None:
    assert offenders(lambda module: LAZY & {*attributes(module), *imports(module)}) == {}


@pytest.mark.rule("R3")
def test_the_setting_is_named_in_one_place() -> None:
    def mentions(module: ast.Module) -> Iterator[str]:
        texts = (str(node.value) for node in ast.walk(module) if isinstance(node, ast.Constant))
        return (text for text in texts if "set_config" in text or "app.account_id" in text)

    assert set(offenders(mentions)) == {"putler/tenancy.py"}


@pytest.mark.rule("R12")
def test_sql_is_formatted_from_constants_alone() -> None:
    assert set(offenders(variable_parts)) == set(BUILDERS)


@pytest.mark.rule("R12")
@pytest.mark.parametrize("sql", ['f"SELECT {name}"', 'f"SELECT {TABLE} {name}"', 'f"DELETE FROM {name.upper()}"'])
def test_the_search_finds_what_it_is_for(sql: str) -> None:
    source = f"TABLE = 'x'\ndef read(name, cursor):\n    columns = TABLE + name\n    cursor.execute({sql})"

    assert list(variable_parts(ast.parse(source)))
    assert list(variable_parts(ast.parse(source.replace("{name", "{columns"))))
    assert not list(variable_parts(ast.parse(source.replace("{name", "{TABLE"))))


def variable_parts(module: ast.Module) -> Iterator[str]:
    """What formatted SQL is made of beside constants, and names taken from constants one by one."""
    known = {*imports(module), *(name for node in module.body for name in assigned(node))}
    for scope in found(module, ast.FunctionDef):
        fixed = constants(scope, known)
        for text in filter(is_sql, found(scope, ast.JoinedStr)):
            loops = {name for loop in found(text, ast.comprehension) for name in names(loop.target)}
            parts = (node.value for node in text.values if isinstance(node, ast.FormattedValue))
            yield from (f"line {text.lineno}: {name}" for part in parts for name in names(part) - fixed - loops)


def constants(scope: ast.FunctionDef, known: set[str]) -> set[str]:
    """The names that in this function can only stand for what is fixed."""
    arguments = {node.arg for node in found(scope, ast.arg)}
    stored = Counter(node.id for node in found(scope, ast.Name) if isinstance(node.ctx, ast.Store))
    fixed = known - arguments - stored.keys()
    for node in found(scope, ast.Assign):
        if names(node.value) <= fixed:
            fixed |= {name for name in assigned(node) if stored[name] == 1}
    return fixed


def is_sql(text: ast.JoinedStr) -> bool:
    return isinstance(text.values[0], ast.Constant) and str(text.values[0].value).lstrip().startswith(SQL)


def assigned(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def names(node: ast.AST) -> set[str]:
    return {name.id for name in found(node, ast.Name)}


def attributes(module: ast.Module) -> set[str]:
    return {node.attr for node in found(module, ast.Attribute)}


def imports(module: ast.Module) -> set[str]:
    return {alias.asname or alias.name for node in found(module, ast.ImportFrom) for alias in node.names}


def found(tree: ast.AST, kind: type[Node]) -> Iterator[Node]:
    return (node for node in ast.walk(tree) if isinstance(node, kind))
