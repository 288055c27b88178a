"""The house rules that no linter knows: sizes, names, calls that belong elsewhere, lock files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HOME = Path(__file__).parent.parent
SOURCE = HOME / "src" / "hoppo"
TESTS = HOME / "tests"
FILE_LINES = 400
TEST_FILE_LINES = 600
FUNCTION_LINES = 60
DOORS = ("portal", "api", "cli", "workers", "bench", "torture")
# Names under which everything ends up and nothing is found again.
DRAWERS = ("utils", "util", "helpers", "helper", "common", "misc", "libraries")
CLOCK = "take the time as an argument; only a door reads the clock"
BANNED = {
    "datetime.now": CLOCK,
    "datetime.utcnow": CLOCK,
    "datetime.today": CLOCK,
    "datetime.datetime.now": CLOCK,
    "date.today": CLOCK,
    "datetime.date.today": CLOCK,
    "time.time": CLOCK,
    "timezone.now": CLOCK,
    "print": "return the text; a door shows it",
    "import_module": "write a plain import, so that test_layers sees it",
    "importlib.import_module": "write a plain import, so that test_layers sees it",
    "__import__": "write a plain import, so that test_layers sees it",
}
NO_FLOAT = "use Decimal: an amount or a quantity is exact"
# Where numbers are money, weights and rates. A simulated city may throw real dice.
EXACT = (
    "values", "rulebook", "tariff", "commerce", "goods", "tax", "inspection", "customs",
    "remittance", "finance",
)  # fmt: skip
LATER_WORDS = ("TODO", "FIXME", "XXX")
LATER = re.compile(rf"#.*\b({'|'.join(LATER_WORDS)})\b")
PINNED = re.compile(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+( ; .+)?")


def name_of(call: ast.Call) -> str:
    """The dotted name that is called; empty when it is no plain name."""
    return ast.unparse(call.func) if isinstance(call.func, ast.Name | ast.Attribute) else ""


def call_faults(tree: ast.AST, folder: str) -> Iterator[tuple[int, str]]:
    """Banned calls of a file in a folder below the doors."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = name_of(node)
            if name in BANNED:
                yield node.lineno, f"{name}(: {BANNED[name]}"
            elif name == "float" and folder in EXACT:
                yield node.lineno, f"float(: {NO_FLOAT}"


def size_faults(tree: ast.AST, lines: int, most: int) -> Iterator[tuple[int, str]]:
    """A file or a function that has grown too long."""
    if lines > most:
        yield lines, f"{lines} lines; at most {most}: split it where its halves can be named"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES:
                yield node.lineno, f"{node.name} has {length} lines; at most {FUNCTION_LINES}"


def faults(root: Path, most: int, *, calls: bool) -> list[str]:
    """Everything untidy under a folder, as `file:line: what is wrong, what to do`."""
    found = []
    for file in sorted(root.rglob("*.py")):
        relative = file.relative_to(root)
        found += [
            f"{relative}:1: nobody finds things in {part}; name what is in it"
            for part in relative.with_suffix("").parts
            if part in DRAWERS
        ]
        if "migrations" in relative.parts:
            continue
        text = file.read_text("utf-8")
        tree = ast.parse(text, str(file))
        rows = text.splitlines()
        wrong = list(size_faults(tree, len(rows), most))
        if calls and relative.parts[0] not in DOORS:
            wrong += call_faults(tree, relative.parts[0])
        wrong += [
            (at, "do it now, or file an issue and leave no note here")
            for at, row in enumerate(rows, 1)
            if LATER.search(row)
        ]
        found += [f"{relative}:{line}: {what}" for line, what in sorted(wrong)]
    return found


def test_the_source_is_tidy() -> None:
    """Names, sizes and calls of the package."""
    assert faults(SOURCE, FILE_LINES, calls=True) == []


def test_the_tests_are_tidy() -> None:
    """Names and sizes of the tests."""
    assert faults(TESTS, TEST_FILE_LINES, calls=False) == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_pin_every_package_and_name_no_host(name: str) -> None:
    """A lock has `package==version` lines and comments, nothing else."""
    rows = (HOME / name).read_text("utf-8").splitlines()
    packages = [row for row in rows if row and not row.startswith("#")]
    assert packages
    assert [row for row in packages if not PINNED.fullmatch(row)] == []
    assert [row for row in rows if "://" in row] == []


LONG = "def long() -> int:\n" + "    a = 1\n" * FUNCTION_LINES + "    return a\n"


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("tax/utils.py", "", "nobody finds things in utils"),
        ("common/a.py", "", "nobody finds things in common"),
        ("tax/a.py", "\n" * (FILE_LINES + 1), "at most 400"),
        ("cli/a.py", LONG, "long has 62 lines"),
        ("tax/a.py", "from datetime import datetime\ndatetime.now()\n", "only a door reads"),
        ("tax/a.py", "from datetime import date\ndate.today()\n", "only a door reads"),
        ("engine/a.py", "import time\ntime.time()\n", "only a door reads"),
        ("wire/a.py", "print(1)\n", "a door shows it"),
        ("tax/a.py", "float('1')\n", "use Decimal"),
        ("values/a.py", "float('1')\n", "use Decimal"),
        ("tax/a.py", "__import__('hoppo.cli')\n", "write a plain import"),
        ("cli/a.py", f"A = 1  # {LATER_WORDS[0]} later\n", "file an issue"),
    ],
)
def test_an_untidy_file_is_named(tmp_path: Path, file: str, text: str, expected: str) -> None:
    """Each house rule is seen to fail."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    (fault,) = faults(tmp_path, FILE_LINES, calls=True)
    assert fault.startswith(f"{file}:")
    assert expected in fault


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cli/a.py", "from datetime import UTC, datetime\nprint(datetime.now(UTC))\n"),
        ("simulation/a.py", "float('1')\n"),
        ("tax/a.py", "PRINT = 'print(1)'\n"),
        ("tax/a.py", LONG.replace("    a = 1\n", "", 2)),
    ],
)
def test_a_tidy_file_is_left_alone(tmp_path: Path, file: str, text: str) -> None:
    """Doors read the clock and print; a simulated city throws dice; 60 lines are inside."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    assert faults(tmp_path, FILE_LINES, calls=True) == []
