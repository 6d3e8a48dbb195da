"""Layout of the code, read from its folders, imports and classes."""

import ast
from collections.abc import Iterator
from functools import cache
import inspect
from pathlib import Path
import pkgutil
from types import ModuleType

from homeassistant.const import Platform
from homeassistant.helpers.entity import Entity
import pytest

from custom_components import pushwire

ROOT = Path(__file__).parents[2] / "custom_components" / "pushwire"
PACKAGE = "custom_components.pushwire"
VENDORS = sorted(path.name for path in (ROOT / "vendors").iterdir() if (path / "__init__.py").exists())
REGISTRY = f"{PACKAGE}.vendors"
# The root holds what Home Assistant looks up by name.
DOORS = {"__init__", "config_flow", "const", "device_trigger", "diagnostics", "repairs", "services", *Platform}
# Entity classes outside the file of their platform, with the reason in docs/architecture.md.
MISPLACED = {"core.compat.CelsiusClimateEntity"}


def module_name(path: Path) -> str:
    """Return the name of a file's module."""
    parts = path.relative_to(ROOT.parents[1]).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}


def is_type_checking(node: ast.AST) -> bool:
    """Return whether a statement is ``if TYPE_CHECKING``."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def statements(tree: ast.AST, *, at_run_time: bool) -> Iterator[ast.AST]:
    """Yield the nodes of a tree, without those for type checking if only run time counts."""
    for node in ast.iter_child_nodes(tree):
        if at_run_time and is_type_checking(node):
            continue
        yield node
        yield from statements(node, at_run_time=at_run_time)


@cache
def imports(module: str, *, at_run_time: bool = False) -> frozenset[str]:
    """Return the absolute names of all modules and names that a module imports, at any depth."""
    path = MODULES[module]
    package = path.relative_to(ROOT.parents[1]).parent.parts
    names: set[str] = set()
    for node in statements(ast.parse(path.read_text()), at_run_time=at_run_time):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *(node.module.split(".") if node.module else ())))
            names |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def imported_modules(module: str, *, at_run_time: bool) -> frozenset[str]:
    """Return the modules of the integration that a module imports."""
    return (imports(module, at_run_time=at_run_time) & MODULES.keys()) - {module}


def circles(*, at_run_time: bool) -> list[set[str]]:
    """Return the groups of modules that import each other in a circle."""
    # A package is imported before its modules, so their own package is not an import of theirs.
    reachable = {
        module: {
            name for name in imported_modules(module, at_run_time=at_run_time) if not module.startswith(f"{name}.")
        }
        for module in MODULES
    }
    size = -1
    while size != (size := sum(map(len, reachable.values()))):
        for module, names in reachable.items():
            reachable[module] = names.union(*(reachable[name] for name in names))
    groups = {
        frozenset(other for other in names if module in reachable[other])
        for module, names in reachable.items()
        if module in names
    }
    return [set(group) for group in groups]


def vendors_in(names: frozenset[str]) -> set[str]:
    """Return the vendors whose modules are among imported names."""
    prefix = f"{REGISTRY}."
    return {name.removeprefix(prefix).split(".")[0] for name in names if name.startswith(prefix)} & set(VENDORS)


def below(*folders: str) -> list[str]:
    """Return the modules below folders of some names, at any depth."""
    return [module for module in MODULES if set(module.split(".")[2:]) & set(folders)]


SHARED = [module for module in MODULES if not module.startswith(f"{REGISTRY}.") and module != REGISTRY]


def test_four_vendors_are_registered() -> None:
    assert VENDORS == ["deconz", "element", "livisi", "resiot"]
    assert vendors_in(imports(REGISTRY)) == set(VENDORS)


def test_imports_are_found() -> None:
    assert "homeassistant.core" in imports(f"{PACKAGE}.core.coordinator")
    assert f"{PACKAGE}.core.coordinator" in imports(f"{PACKAGE}.core.entity")
    assert f"{PACKAGE}.core.coordinator" not in imports(f"{PACKAGE}.core.entity", at_run_time=True)
    assert len(below("wire", "api")) > 20


def test_the_root_holds_only_what_home_assistant_looks_up() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} <= DOORS


@pytest.mark.parametrize("module", below("wire", "api"))
def test_wire_code_imports_no_home_assistant(module: str) -> None:
    assert not [name for name in imports(module) if name.split(".")[0] == "homeassistant"]
    # Nor does anything else that wire code imports.
    assert imported_modules(module, at_run_time=False) <= set(below("wire", "api"))


@pytest.mark.parametrize("module", SHARED)
def test_shared_code_names_no_vendor(module: str) -> None:
    assert not vendors_in(imports(module))
    code = "".join(
        ast.unparse(node)
        for node in ast.walk(ast.parse(MODULES[module].read_text()))
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute)
        and not (isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value)
    ).lower()
    assert not [vendor for vendor in VENDORS if f"'{vendor}'" in code or f".{vendor}." in code]


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_vendor_imports_another(vendor: str) -> None:
    prefix = f"{REGISTRY}.{vendor}"
    names = frozenset(
        name for module in MODULES if module == prefix or module.startswith(f"{prefix}.") for name in imports(module)
    )
    assert vendors_in(names) <= {vendor}


def test_no_circle_at_run_time_and_at_most_one_for_type_checking() -> None:
    assert circles(at_run_time=True) == []
    assert len(circles(at_run_time=False)) <= 1


def test_coordinators_import_no_platform() -> None:
    for module in MODULES:
        if module.endswith(".coordinator"):
            imported = imported_modules(module, at_run_time=False)
            assert not {name for name in imported if name.rpartition(".")[2] in set(Platform)}, module


def modules() -> Iterator[ModuleType]:
    """Yield all modules of the integration."""
    for info in pkgutil.walk_packages(pushwire.__path__, f"{PACKAGE}."):
        yield __import__(info.name, fromlist=["_"])


def test_every_entity_class_is_in_the_file_of_its_platform() -> None:
    found: set[str] = set()
    misplaced: set[str] = set()
    for module in modules():
        for name, item in inspect.getmembers(module, inspect.isclass):
            if item.__module__ != module.__name__ or not issubclass(item, Entity):
                continue
            platforms = {
                base.__module__.split(".")[2]
                for base in item.__mro__
                if base.__module__.startswith("homeassistant.components.")
            }
            if platforms:
                found.add(name)
                if module.__name__.rpartition(".")[2] not in platforms:
                    misplaced.add(f"{module.__name__.removeprefix(f'{PACKAGE}.')}.{name}")
    assert len(found) > 50
    assert misplaced == MISPLACED
