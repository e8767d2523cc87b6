"""Imports may only point downwards; the table below is the architecture."""

import ast
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# A package may import itself and what stands beside it, nothing else of ours.
ALLOWED: dict[str, set[str]] = {
    "platforms.scx": set(),
    "platforms.sandbox": set(),
    "platforms": {"platforms.scx"},
    "sellers": {"platforms", "platforms.scx"},
    "listings": {"sellers", "platforms", "platforms.scx"},
    "stock": {"listings", "sellers", "platforms", "platforms.scx"},
    "config": {"stock", "listings", "sellers", "platforms", "platforms.scx"},
}


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for top in ALLOWED if "." not in top for path in sorted((ROOT / top).rglob("*.py"))}


def package_of(module: str) -> str | None:
    """The longest package of the table that the module belongs to."""
    owners = [name for name in ALLOWED if f"{module}.".startswith(f"{name}.")]
    return max(owners, key=len, default=None)


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports_of(path: Path) -> set[str]:
    """Every module or name the file imports, wherever in the file, relative ones made absolute."""
    package = path.relative_to(ROOT).parts[:-1]
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            origin = ".".join(filter(None, [above, node.module]))
            found |= {f"{origin}.{alias.name}" for alias in node.names}
    return found


def test_imports_point_downwards() -> None:
    upwards = {}
    for module, path in MODULES.items():
        owner = package_of(module)
        assert owner is not None
        used = {package_of(name) for name in imports_of(path)} - {None, owner}
        upwards[module] = used - ALLOWED[owner]
    assert {module: used for module, used in upwards.items() if used} == {}


def test_no_two_modules_need_each_other() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in MODULES.items():
        targets = {name if name in MODULES else name.rpartition(".")[0] for name in imports_of(path)}
        graph[module] = (targets & MODULES.keys()) - {module}
    TopologicalSorter(graph).prepare()


def test_no_import_hides_in_a_function() -> None:
    assert [
        f"{module}:{inner.lineno}"
        for module, path in MODULES.items()
        for function in ast.walk(tree_of(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ] == []


def test_package_files_are_empty() -> None:
    """But for the models of an app, which Django finds in the package alone: it passes on what its rooms hold."""
    passing_on = (ast.ImportFrom, ast.Expr, ast.Assign)
    packages = {module: tree_of(path).body for module, path in MODULES.items() if path.name == "__init__.py"}
    assert [
        module
        for module, body in packages.items()
        if not all(module.endswith(".models") and isinstance(node, passing_on) for node in body)
    ] == []


def chain_of(call: ast.Call) -> dict[str, ast.Call]:
    """The calls of a chain such as `objects.filter(…).first()`, by name."""
    found: dict[str, ast.Call] = {}
    node: ast.expr = call
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        found[node.func.attr] = node
        node = node.func.value
    return found


def test_a_lock_takes_no_row_that_is_only_read_along() -> None:
    """A seller locked together with its channel waits for whoever holds the channel and wants the seller."""
    calls = [(module, node) for module, path in MODULES.items() for node in ast.walk(tree_of(path))]
    chains = [(module, chain_of(node)) for module, node in calls if isinstance(node, ast.Call)]
    locks = [
        (module, chain["select_for_update"])
        for module, chain in chains
        if chain.keys() >= {"select_for_update", "select_related"}
    ]
    found = [
        f"{module}:{lock.lineno}" for module, lock in locks if "of" not in {keyword.arg for keyword in lock.keywords}
    ]
    assert found == []
