"""The three rules that keep the house a house, read from the imports."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "custom_components" / "pushwire"
VENDORS = sorted(path.name for path in (ROOT / "vendors").iterdir() if (path / "__init__.py").exists())
WIRE_NAMES = {"client", "frames", "model", "convert", "buttons", "limits", "schedule", "writes"}
WIRE = [
    *(ROOT / f"{name}.py" for name in ("errors", "ledger", "edges", "heating", "lighting", "stream")),
    *(ROOT / "lorawan" / f"{name}.py" for name in ("cayenne", "downlink", "inference", "meaning", "model")),
    *(path for vendor in VENDORS for path in (ROOT / "vendors" / vendor).glob("*.py") if path.stem in WIRE_NAMES),
]
REGISTRY = ROOT / "vendors" / "__init__.py"
SHARED = [path for path in ROOT.rglob("*.py") if not path.is_relative_to(ROOT / "vendors")]


def imports(path: Path) -> set[str]:
    """Return the absolute names of all modules that a file imports, at any depth."""
    package = path.relative_to(ROOT.parents[1]).parent.parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            name = ".".join((*base, *(node.module.split(".") if node.module else ())))
            found |= {name, *(f"{name}.{alias.name}" for alias in node.names)}
    return found


def vendors_in(names: set[str]) -> set[str]:
    """Return the vendors whose modules are among imported names."""
    prefix = "custom_components.pushwire.vendors."
    return {name.removeprefix(prefix).split(".")[0] for name in names if name.startswith(prefix)} & set(VENDORS)


def test_four_vendors_stand_in_the_registry() -> None:
    assert VENDORS == ["deconz", "element", "livisi", "resiot"]
    assert vendors_in(imports(REGISTRY)) == set(VENDORS)


@pytest.mark.parametrize("path", WIRE, ids=lambda path: str(path.relative_to(ROOT)))
def test_wire_code_knows_no_home_assistant(path: Path) -> None:
    assert not [name for name in imports(path) if name.split(".")[0] == "homeassistant"]


@pytest.mark.parametrize("path", SHARED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shared_core_names_no_vendor(path: Path) -> None:
    # The entry points import the registry, and nothing below it.
    assert not vendors_in(imports(path))
    code = "".join(
        ast.unparse(node)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant | ast.Name | ast.Attribute)
        and not (isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" in node.value)
    ).lower()
    assert not [vendor for vendor in VENDORS if f"'{vendor}'" in code or f".{vendor}." in code]


@pytest.mark.parametrize("vendor", VENDORS)
def test_no_vendor_knows_another(vendor: str) -> None:
    names = {name for path in (ROOT / "vendors" / vendor).rglob("*.py") for name in imports(path)}
    assert vendors_in(names) <= {vendor}


def test_imports_are_found() -> None:
    assert "homeassistant.core" in imports(ROOT / "coordinator.py")
    assert vendors_in(imports(REGISTRY))
