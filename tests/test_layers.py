"""Imports go one way. The order of the layers is this table and nothing else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "hoppo"

# Lowest first. A folder may import folders of earlier rows, and itself; never a neighbour of its
# own row. Doors, the last row, may start one another, and nobody else may import them.
LAYERS = (
    ("values",),
    ("wire", "rulebook", "engine"),
    ("tariff",),
    ("commerce",),
    ("goods",),
    ("tax", "inspection"),
    ("customs",),
    ("remittance",),
    ("finance",),
    ("simulation",),
    ("portal", "api", "cli", "workers", "bench", "torture"),
)
DOORS = LAYERS[-1]
LEVEL = {folder: level for level, row in enumerate(LAYERS) for folder in row}
# These stay usable without a database: nothing of Django, of the driver or of the engine.
WITHOUT_DATABASE = ("values", "wire", "rulebook")
PURE_FILES = ("rules.py", "values.py", "messages.py", "codes.py")
FRAMEWORKS = ("django", "psycopg", "ninja", "granian")


def imports(file: Path, root: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file imports, under TYPE_CHECKING or not."""
    package = ("hoppo", *file.relative_to(root).parent.parts)
    for node in ast.walk(ast.parse(file.read_text("utf-8"), str(file))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join((*above, node.module) if node.module else above)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def is_pure(relative: Path) -> bool:
    """Whether a file must do without database and framework."""
    name = relative.name
    return relative.parts[0] in WITHOUT_DATABASE or (
        relative.parts[0] in LEVEL
        and relative.parts[0] not in (*DOORS, "engine")
        and (name in PURE_FILES or name.endswith("_rules.py"))
    )


def direction_fault(importer: str, imported: str) -> str | None:
    """Why one folder may not import another; None when it may."""
    if importer == imported:
        return None
    if imported not in LEVEL:
        return f"hoppo.{imported} is in no layer; add it to LAYERS"
    if imported in DOORS:
        return None if importer in DOORS else f"{imported} is a door; only doors import doors"
    if LEVEL[imported] < LEVEL[importer]:
        return None
    return f"{importer} may not import {imported}: imports go down only"


def faults(root: Path) -> list[str]:
    """Every import against the direction, as `file:line: why`."""
    found = []
    for file in sorted(root.rglob("*.py")):
        relative = file.relative_to(root)
        importer = relative.parts[0] if len(relative.parts) > 1 else "cli"
        if importer not in LEVEL:
            found.append(f"{relative}: {importer} is in no layer; add it to LAYERS")
            continue
        for line, name in imports(file, root):
            parts = name.split(".")
            fault = None
            if parts[0] == "hoppo" and len(parts) > 1:
                fault = direction_fault(importer, parts[1])
                if is_pure(relative) and parts[1] == "engine":
                    fault = "works without a database: it may not import the engine"
            elif parts[0] in FRAMEWORKS and is_pure(relative):
                fault = f"works without a database: it may not import {parts[0]}"
            if fault:
                found.append(f"{relative}:{line}: {fault}")
    return found


def test_imports_go_down_only() -> None:
    """The source holds the direction."""
    assert faults(SOURCE) == []


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("values/a.py", "import psycopg\n", "may not import psycopg"),
        ("wire/a.py", "from django.db import models\n", "may not import django"),
        ("rulebook/a.py", "from hoppo.engine.keys import KeyRing\n", "may not import the engine"),
        ("wire/a.py", "from hoppo import rulebook\n", "imports go down only"),
        ("tax/a.py", "import hoppo.inspection.rules\n", "imports go down only"),
        ("tax/rules.py", "import psycopg\n", "may not import psycopg"),
        ("customs/match_rules.py", "from hoppo.engine import rows\n", "may not import the engine"),
        ("commerce/a.py", "from ..goods import values\n", "imports go down only"),
        ("commerce/a.py", "from .. import goods\n", "imports go down only"),
        (
            "goods/a.py",
            "import typing\nif typing.TYPE_CHECKING:\n    import hoppo.customs.values\n",
            "imports go down only",
        ),
        ("simulation/a.py", "from hoppo.cli.main import main\n", "only doors import doors"),
        ("tax/a.py", "from hoppo.drawer import thing\n", "in no layer"),
        ("drawer/a.py", "import os\n", "in no layer"),
    ],
)
def test_a_wrong_import_is_named(tmp_path: Path, file: str, text: str, expected: str) -> None:
    """Each kind of wrong import is found and explained."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    (fault,) = faults(tmp_path)
    assert fault.startswith(file.split(":", maxsplit=1)[0])
    assert expected in fault


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("cli/a.py", "from hoppo.api import urls\nfrom hoppo.workers import clear\n"),
        ("customs/a.py", "from hoppo.commerce.values import Order\nimport psycopg\n"),
        ("goods/a.py", "from . import values\nfrom .values import Waybill\n"),
        ("goods/a.py", "from hoppo.engine import rows\nfrom ..commerce import values\n"),
    ],
)
def test_a_right_import_is_left_alone(tmp_path: Path, file: str, text: str) -> None:
    """Downward, inside one folder, and between doors."""
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    assert faults(tmp_path) == []
