"""Sources of the simulators: the protocol pages, and not the integration."""

from pathlib import Path
import re

ROOT = Path(__file__).parents[2]
CITATION = re.compile(r"docs/protocols/(\w+)\.md((?:,? (?:and )?\d[\d.]*\d|,? (?:and )?\d)*)")


def modules() -> dict[str, str]:
    return {str(path.relative_to(ROOT)): path.read_text() for path in (ROOT / "simulators").rglob("*.py")}


def test_every_cited_section_exists() -> None:
    cited = {
        (page, section)
        for text in modules().values()
        for page, sections in CITATION.findall(text)
        for section in re.findall(r"\d+(?:\.\d+)*", sections)
    }
    headings = {
        (path.stem, heading)
        for path in (ROOT / "docs/protocols").glob("*.md")
        for heading in re.findall(r"^#+ (\d+(?:\.\d+)*)", path.read_text(), re.MULTILINE)
    }
    assert len(cited) > 20
    assert cited <= headings


def test_simulators_do_not_import_the_integration() -> None:
    statement = re.compile(r"^\s*(from|import) custom_components", re.MULTILINE)
    assert [name for name, text in modules().items() if statement.search(text)] == []
