"""List of changes that must make a test fail: that it fits the code."""

import ast

import pytest

from scripts.mutants import PACKAGE, ROOT, Mutant, generate, load

MUTANTS = load()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_change_fits_the_code(mutant: Mutant) -> None:
    source = (ROOT / PACKAGE / mutant.file).read_text(encoding="utf-8")
    changed = mutant.apply(source)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))


def functions_in(path: str) -> set[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("test", sorted({test for mutant in MUTANTS for test in mutant.tests}))
def test_a_test_exists(test: str) -> None:
    path, _, name = test.partition("::")
    assert (ROOT / path).exists()
    assert not name or name in functions_in(path)


def test_each_change_has_a_name_and_tests() -> None:
    names = [mutant.name for mutant in MUTANTS]
    assert len(names) == len(set(names))
    assert all(mutant.tests for mutant in MUTANTS)


def test_a_text_that_does_not_occur_once_is_an_error() -> None:
    mutant = Mutant(name="odd", file="x.py", old="a", new="b", tests=())
    assert mutant.apply("a = 1") == "b = 1"
    for source in ("", "a = a"):
        with pytest.raises(ValueError, match="odd"):
            mutant.apply(source)


def test_general_changes() -> None:
    source = '''
def f(a, b=1, *, ü=True):
    """Return 1."""
    if a is not None and 0 < b <= min(3, a):
        g(ü)
    return a
'''
    changes = list(generate(source))
    assert [(line, description) for line, description, _ in changes] == [
        (4, "a is not None and 0 < b <= min(3, a) -> (not (a is not None and 0 < b <= min(3, a)))"),
        (6, "a -> None"),
        (2, "True -> False"),
        (2, "1 -> 2"),
        (4, "and -> or"),
        (5, "g(ü) -> pass"),
        (4, "is not -> is"),
        (4, "< -> <="),
        (4, "<= -> <"),
        (4, "0 -> 1"),
        (4, "min -> max"),
        (4, "3 -> 4"),
    ]
    for _, _, changed in changes:
        ast.parse(changed)
