"""Small changes of the code, each of which must make a test fail.

Usage:
    python scripts/mutants.py [NAME ...]
        Make each change in ``mutants.toml`` in turn, or only those whose names begin with NAME,
        and run its tests.
    python scripts/mutants.py --generate MODULE [--sample N] [--seed SEED] TEST ...
        Make changes of a general kind in a module, such as ``wire/stream.py``, and run the tests.

A change is made in a copy of the tree, never in the tree itself. The script fails if a change
makes no test fail and has no reason for that, or if the tests fail without a change.
"""

import argparse
import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
import importlib
from itertools import pairwise
import os
from pathlib import Path
import random
import re
import shutil
import signal
import sys
import tempfile
import tomllib
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[1]
PACKAGE: Final = Path("custom_components/pushwire")
LIST: Final = ROOT / "scripts/mutants.toml"
# Seconds after which tests that hang have failed.
TIMEOUT: Final = 120
_LOG: Final = "mutants.log"
_MODULES: Final = "mutants.modules"


@dataclass(frozen=True, slots=True)
class Mutant:
    """Change of one place in the code.

    Attributes:
        name: Short name.
        file: Path below the integration's folder.
        old: Text that is replaced, and occurs once.
        new: Replacement.
        tests: Node IDs of the tests, at least one of which must fail.
        reason: Reason why the tests may pass nevertheless; empty if they must not.

    """

    name: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]
    reason: str = ""

    def apply(self, source: str) -> str:
        """Return the changed source.

        Raises:
            ValueError: The old text does not occur exactly once.

        """
        if (count := source.count(self.old)) != 1:
            raise ValueError(f"{self.name}: the old text occurs {count} times in {self.file}")
        return source.replace(self.old, self.new)


def load() -> list[Mutant]:
    """Return the changes in ``mutants.toml``."""
    tables = tomllib.loads(LIST.read_text(encoding="utf-8"))["mutants"]
    return [Mutant(**{**table, "tests": tuple(table["tests"])}) for table in tables]


class Tree:
    """Copy of the tree, in which the tests run.

    Home Assistant is imported once, and each run is a fork of this process, since a new process
    would take most of its time to import the same.
    """

    def __init__(self, path: Path) -> None:
        """Copy the tree."""
        self.path = path / "tree"
        shutil.copytree(ROOT, self.path, ignore=shutil.ignore_patterns(".*", "__pycache__", "node_modules"))
        os.chdir(self.path)
        # The folder of this script and the original tree must not be found.
        sys.path[:] = [
            entry for entry in sys.path if entry and not Path(entry).resolve().is_relative_to(ROOT / "scripts")
        ]

    def prepare(self, tests: Iterable[str]) -> None:
        """Import what the tests import from outside the tree.

        Raises:
            SystemExit: The tests fail without a change.

        """
        unique = list(dict.fromkeys(tests))
        self.run(unique, "--collect-only", after=self._write_modules)
        # Home Assistant is first, since it replaces libraries that others import.
        for name in ("homeassistant", *(self.path / _MODULES).read_text(encoding="utf-8").split()):
            with suppress(Exception):
                importlib.import_module(name)
        if self.run(unique, writes_bytecode=True) != pytest.ExitCode.OK:
            print((self.path / _LOG).read_text(encoding="utf-8")[-5000:])
            raise SystemExit("the tests fail without a change")

    def _write_modules(self) -> None:
        names = [
            name
            for name, module in list(sys.modules.items())
            if (file := getattr(module, "__file__", None)) and not Path(file).is_relative_to(self.path)
        ]
        (self.path / _MODULES).write_text("\n".join(names), encoding="utf-8")

    def run(
        self,
        tests: Iterable[str],
        *options: str,
        after: Callable[[], None] = lambda: None,
        writes_bytecode: bool = False,
    ) -> int:
        """Return pytest's exit code, or TESTS_FAILED for tests that hang."""
        sys.stdout.flush()
        if (pid := os.fork()) == 0:
            code: int = pytest.ExitCode.INTERNAL_ERROR
            try:
                if not writes_bytecode:
                    sys.dont_write_bytecode = True
                    signal.alarm(TIMEOUT)
                log = os.open(_LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(log, 1)
                os.dup2(log, 2)
                arguments = ("-x", "-q", "-p", "no:cacheprovider", "--tb=short", "--show-capture=no", *options)
                code = pytest.main([*arguments, *tests])
                after()
            finally:
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        return pytest.ExitCode.TESTS_FAILED if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)

    def run_changed(self, file: str, change: Callable[[str], str], tests: Iterable[str]) -> int:
        """Return the exit code with a changed file."""
        path = self.path / PACKAGE / file
        source = path.read_text(encoding="utf-8")
        times = path.stat()
        try:
            path.write_text(change(source), encoding="utf-8")
            # Compiled code of the unchanged file has the same age as the file.
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + 2 * 10**9))
            return self.run(tests)
        finally:
            path.write_text(source, encoding="utf-8")
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def run_listed(tree: Tree, mutants: list[Mutant]) -> int:
    """Run the tests with each change of a list; return the number of errors."""
    tree.prepare(test for mutant in mutants for test in mutant.tests)
    killed, left, errors = 0, 0, 0
    for mutant in mutants:
        try:
            code = tree.run_changed(mutant.file, mutant.apply, mutant.tests)
        except ValueError as err:
            print(f"ERROR   {err}", flush=True)
            errors += 1
            continue
        if code == pytest.ExitCode.TESTS_FAILED:
            killed += 1
            if mutant.reason:
                print(f"ERROR   {mutant.name}: is killed, so its reason is out of date", flush=True)
                errors += 1
            else:
                print(f"killed  {mutant.name}", flush=True)
        elif code == pytest.ExitCode.OK:
            left += 1
            errors += not mutant.reason
            print(f"left    {mutant.name}: {mutant.reason or 'ERROR, no test fails'}", flush=True)
        else:
            print(f"ERROR   {mutant.name}: the tests do not run", flush=True)
            errors += 1
    print(f"{len(mutants)} mutants: {killed} killed, {left} left, {errors} errors")
    return errors


def run_generated(tree: Tree, file: str, sample: int, seed: int, tests: list[str]) -> None:
    """Run the tests with a sample of the changes of a general kind."""
    tree.prepare(tests)
    changes = list(generate((tree.path / PACKAGE / file).read_text(encoding="utf-8")))
    chosen = sorted(random.Random(seed).sample(range(len(changes)), min(sample, len(changes))))  # noqa: S311
    left = 0
    for index in chosen:
        line, description, source = changes[index]
        if tree.run_changed(file, lambda _, source=source: source, tests) == pytest.ExitCode.OK:  # type: ignore[misc]
            left += 1
            print(f"left    {file}:{line} {description}", flush=True)
    print(f"{file}: {len(chosen)} of {len(changes)} mutants, {len(chosen) - left} killed, {left} left")


_OPPOSITES: Final = {
    "==": "!=",
    "!=": "==",
    "<": "<=",
    "<=": "<",
    ">": ">=",
    ">=": ">",
    "is not": "is",
    "is": "is not",
    "not in": "in",
    "in": "not in",
    "and": "or",
    "or": "and",
    "min": "max",
    "max": "min",
    "True": "False",
    "False": "True",
}
_OPERATOR: Final = re.compile(r"==|!=|<=|>=|<|>|\bis\s+not\b|\bis\b|\bnot\s+in\b|\bin\b|\band\b|\bor\b")


def generate(source: str) -> Iterator[tuple[int, str, str]]:
    """Yield line, description and changed source of each change of a general kind.

    Comparisons, conditions and numbers are changed, and calls are removed.
    """
    data = source.encode()
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))

    def span(node: ast.expr | ast.stmt) -> tuple[int, int]:
        return (
            starts[node.lineno - 1] + node.col_offset,
            starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0),
        )

    for node in ast.walk(ast.parse(source)):
        for start, end, new in _edits(node, data, span):
            changed = data[:start] + new.encode() + data[end:]
            old = " ".join(data[start:end].decode().split())
            yield data.count(b"\n", 0, start) + 1, f"{old} -> {new}", changed.decode()


type _Span = Callable[[ast.expr | ast.stmt], tuple[int, int]]


def _edits(node: ast.AST, data: bytes, span: _Span) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and replacement of the changes of one node."""
    match node:
        case ast.Compare(left=left, comparators=others):
            yield from _operators([left, *others], data, span)
        case ast.BoolOp(values=values):
            yield from _operators(values, data, span)
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test) if not isinstance(test, ast.Constant):
            start, end = span(test)
            yield start, end, f"(not ({data[start:end].decode()}))"
        case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())):
            yield *span(node), "pass"
        case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
            yield *span(value), "None"
        case ast.Constant(value=bool(value)):
            yield *span(node), _OPPOSITES[str(value)]
        case ast.Constant(value=int(number) | float(number)):
            yield *span(node), repr(number + 1)
        case ast.Call(func=ast.Name(id="min" | "max" as name) as function):
            yield *span(function), _OPPOSITES[name]


def _operators(values: list[ast.expr], data: bytes, span: _Span) -> Iterator[tuple[int, int, str]]:
    for left, right in pairwise(values):
        start, end = span(left)[1], span(right)[0]
        if (operator := _OPERATOR.search(data[start:end].decode())) is not None:
            yield start + operator.start(), start + operator.end(), _OPPOSITES[" ".join(operator[0].split())]


def main() -> int:
    """Return 1 if a change leaves all tests passing without a reason."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--generate", metavar="MODULE")
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("names", nargs="*", metavar="NAME or TEST")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.generate:
            run_generated(Tree(Path(folder)), arguments.generate, arguments.sample, arguments.seed, arguments.names)
            return 0
        names = tuple(arguments.names or ("",))
        mutants = [mutant for mutant in load() if mutant.name.startswith(names)]
        if not mutants:
            parser.error("no mutant has such a name")
        return min(run_listed(Tree(Path(folder)), mutants), 1)


if __name__ == "__main__":
    sys.exit(main())
