"""Manifest, translations, icons, actions and quality scale, as Home Assistant's own checks require them."""

import ast
from collections.abc import Iterator
import importlib
import json
from pathlib import Path
import pkgutil
import re
import subprocess
from typing import Any

from homeassistant.helpers.entity import EntityDescription
import pytest
import yaml

from custom_components import pushwire
from custom_components.pushwire.vendors.deconz.api.buttons import NAMES, OTHER

REPOSITORY = Path(__file__).parents[2]
ROOT = REPOSITORY / "custom_components" / "pushwire"
LANGUAGES = ("de", "en", "it")
MANIFEST_KEYS = {
    "after_dependencies",
    "codeowners",
    "config_flow",
    "dependencies",
    "dhcp",
    "documentation",
    "domain",
    "integration_type",
    "iot_class",
    "issue_tracker",
    "loggers",
    "name",
    "requirements",
    "ssdp",
    "version",
    "zeroconf",
}


def load(path: Path) -> Any:
    """Read a JSON or YAML file."""
    return yaml.safe_load(path.read_text()) if path.suffix == ".yaml" else json.loads(path.read_text())


def leaves(tree: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the path and text of every translation."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


TEXTS = {language: dict(leaves(load(ROOT / "translations" / f"{language}.json"))) for language in LANGUAGES}


def sources() -> Iterator[ast.AST]:
    """Yield every node of the integration's code."""
    for path in ROOT.rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text()))


def strings_given_to(name: str) -> set[str]:
    """Return the literal strings assigned to a keyword or a class attribute of a name."""
    found = set()
    for node in sources():
        if isinstance(node, ast.keyword) and node.arg == name and isinstance(node.value, ast.Constant):
            found.add(node.value.value)
        elif isinstance(node, ast.AnnAssign | ast.Assign) and isinstance(node.value, ast.Constant):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", None) in (name, f"_attr_{name}") for target in targets):
                found.add(node.value.value)
    return {item for item in found if isinstance(item, str)}


def test_manifest() -> None:
    manifest = load(ROOT / "manifest.json")
    assert manifest.keys() <= MANIFEST_KEYS
    assert list(manifest) == ["domain", "name", *sorted(set(manifest) - {"domain", "name"})]
    assert manifest["domain"] == ROOT.name
    assert manifest["requirements"] == []
    assert re.fullmatch(r"\d+\.\d+\.\d+", manifest["version"])
    assert manifest["documentation"].startswith("https://")


def test_exactly_one_integration_and_hacs() -> None:
    folders = [item.name for item in ROOT.parent.iterdir() if item.is_dir() and item.name != "__pycache__"]
    assert folders == ["pushwire"]
    hacs = load(REPOSITORY / "hacs.json")
    assert hacs["homeassistant"] == "2026.8.0"
    assert hacs["zip_release"] is True
    assert hacs["filename"].endswith(".zip")
    for image in ("icon.png", "icon@2x.png", "logo.png", "logo@2x.png", "dark_logo.png", "dark_logo@2x.png"):
        assert (ROOT / "brand" / image).read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_are_complete(language: str) -> None:
    assert TEXTS[language].keys() == TEXTS["en"].keys()
    assert all(text.strip() for text in TEXTS[language].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same(language: str) -> None:
    for key, text in TEXTS["en"].items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", TEXTS[language][key])), key
        assert "http" not in TEXTS[language][key]


@pytest.mark.parametrize("language", ["de", "it"])
def test_translations_are_translated(language: str) -> None:
    long = [key for key, text in TEXTS["en"].items() if len(text) > 24]
    same = [key for key in long if TEXTS[language][key] == TEXTS["en"][key]]
    assert not same


@pytest.mark.parametrize("language", LANGUAGES)
def test_events_and_device_triggers_use_the_same_words(language: str) -> None:
    texts = load(ROOT / "translations" / f"{language}.json")
    triggers = texts["device_automation"]["trigger_type"]
    names = texts["device_automation"]["trigger_subtype"]
    words: dict[str, set[str]] = {}
    for key, event in texts["entity"]["event"].items():
        kinds = event["state_attributes"]["event_type"]["state"]
        if key.startswith("button") or key in ("cube", "knob", "passage", "keypad"):
            for kind, word in kinds.items():
                words.setdefault(kind, set()).add(word)
        if key.startswith("button_"):
            assert event["name"] == names[key.removeprefix("button_")]
    assert {*NAMES.values()} == {key.removeprefix("button_") for key in texts["entity"]["event"] if "button_" in key}
    for kind, spellings in words.items():
        assert len(spellings) == 1, kind
        assert kind == OTHER or spellings.pop().lower() in triggers[kind].lower()


@pytest.mark.parametrize("language", ["en", "de", "it"])
def test_every_text_of_an_error_has_the_right_key(language: str) -> None:
    errors = [key for key in TEXTS[language] if key.startswith("exceptions.")]
    assert errors
    assert all(key.endswith(".message") for key in errors)


def test_every_error_has_a_text() -> None:
    keys = strings_given_to("translation_key")
    errors = {
        node.value.value
        for parent in sources()
        if isinstance(parent, ast.ClassDef)
        and any("Error" in ast.unparse(base) or ast.unparse(base) in WIRE for base in parent.bases)
        for node in parent.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    missing = [
        key
        for key in errors
        if f"exceptions.{key}.message" not in TEXTS["en"] and f"config.error.{key}" not in TEXTS["en"]
    ]
    assert errors
    assert not missing
    assert keys


WIRE = {"WireError", "CannotConnect", "CommandFailed"}


def test_every_translation_key_in_the_code_has_a_text() -> None:
    named = {key.split(".")[2] for key in TEXTS["en"] if key.startswith("entity.")}
    others = {key.split(".")[1] for key in TEXTS["en"] if key.startswith(("exceptions.", "issues.", "selector."))}
    errors = {key.split(".")[2] for key in TEXTS["en"] if key.startswith("config.error.")}
    assert strings_given_to("translation_key") <= named | others | errors


def descriptions() -> Iterator[tuple[str, EntityDescription]]:
    """Yield platform and description of each row in the tables of all modules."""
    seen: set[int] = set()
    for info in pkgutil.walk_packages(pushwire.__path__, f"{pushwire.__name__}."):
        values: list[Any] = list(vars(importlib.import_module(info.name)).values())
        while values:
            value = values.pop()
            if isinstance(value, tuple | list):
                values.extend(value)
            elif isinstance(value, EntityDescription) and id(value) not in seen:
                seen.add(id(value))
                (platform,) = {
                    base.__module__.split(".")[2]
                    for base in type(value).__mro__
                    if base.__module__.startswith("homeassistant.components.")
                }
                yield platform, value


def test_every_row_of_a_table_has_a_name() -> None:
    rows = list(descriptions())
    assert len(rows) > 150
    for platform, row in rows:
        text = f"entity.{platform}.{row.translation_key}.name"
        # The main entity of a device has the device's name.
        assert text in TEXTS["en"] if row.translation_key else row.device_class or not row.key, (platform, row)


def test_every_option_of_a_row_has_a_name() -> None:
    for platform, row in descriptions():
        for option in getattr(row, "options", None) or ():
            assert f"entity.{platform}.{row.translation_key}.state.{option}" in TEXTS["en"], (platform, row)


def test_icons_belong_to_entities_and_actions() -> None:
    icons = load(ROOT / "icons.json")
    named = {tuple(key.split(".")[1:3]) for key in TEXTS["en"] if key.startswith("entity.")}
    for platform, keys in icons["entity"].items():
        for key, value in keys.items():
            assert (platform, key) in named
            assert value["default"].startswith("mdi:")
    assert icons["services"].keys() == load(ROOT / "services.yaml").keys()


def test_actions_are_described() -> None:
    for action, described in load(ROOT / "services.yaml").items():
        for field in described.get("fields", ()):
            for text in ("name", "description"):
                assert f"services.{action}.fields.{field}.{text}" in TEXTS["en"]
    fields = {key.split(".")[3] for key in TEXTS["en"] if key.startswith("services.send_downlink.fields.")}
    assert fields == set(load(ROOT / "services.yaml")["send_downlink"]["fields"])


def test_the_description_of_a_downlink_explains_success() -> None:
    assert "not that the device received it" in TEXTS["en"]["services.send_downlink.description"]


def test_platforms_set_parallel_updates() -> None:
    platforms = [path for path in ROOT.glob("*.py") if "async_add_entities" in path.read_text()]
    assert len(platforms) >= 6
    assert all("PARALLEL_UPDATES = " in path.read_text() for path in platforms)


def test_quality_scale_is_complete() -> None:
    rules = load(ROOT / "quality_scale.yaml")["rules"]
    assert len(rules) == 54
    for rule, status in rules.items():
        word = status if isinstance(status, str) else status["status"]
        assert word in ("done", "todo", "exempt"), rule
        assert isinstance(status, str) or status["comment"]


def test_no_registry_and_no_machine_is_named() -> None:
    wanted = ("py" + "pi.org", "python" + "hosted", "npm" + "js.org", "deb." + "debian", "/" + "work/", "/" + "root/")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, check=True)  # noqa: S607
    paths = [REPOSITORY / name for name in listed.stdout.decode().split("\0") if name]
    assert len(paths) > 100
    for path in paths:
        text = path.read_text(errors="ignore") if path.exists() else ""
        assert not [item for item in wanted if item in text], path


def test_every_row_of_the_coverage_names_an_existing_test() -> None:
    rows = [line for line in (REPOSITORY / "docs" / "coverage.md").read_text().splitlines() if "::" in line]
    assert len(rows) > 80
    for row in rows:
        path, _, name = re.findall(r"`([\w/.]+::\w+)`", row)[-1].partition("::")
        assert f"def {name}(" in (REPOSITORY / "tests" / path).read_text(), row
