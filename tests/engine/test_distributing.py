"""Tables spread over a cluster: the plan, its checks, its steps; on a real one where there is."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner, Result
from django.apps import apps
from tests.conftest import empty
from tests.system.test_truth import bodies, clear, differences

from hoppo.cli.main import cli
from hoppo.customs.spreading import WAYS
from hoppo.engine import distributing
from hoppo.engine.database import KEY_VARIABLE, Database
from hoppo.engine.distributing import (
    EVERYWHERE,
    HERE,
    Cluster,
    DistributingError,
    Found,
    Node,
    Part,
    Unique,
    Way,
    by,
)
from hoppo.simulation.city import simulate

NO_CITUS = "The database has no Citus"
SMALL_CITY = 150
KEY = (Unique("a_pkey", primary=True, columns=("k", "at")),)
EMPTY = (Part("a", 0, 8192),)


def table(name: str, way: Way = HERE, group: int = 0, **values: Any) -> Found:
    """A table as the catalog might have it."""
    return Found(name, way, group, **{"uniques": KEY, "parts": EMPTY, **values})


def texts(found: Mapping[str, Found], ways: Mapping[str, Way], shards: int = 4) -> list[str]:
    return [step.text for step in distributing.plan(found, ways, shards)]


def named(*found: Found) -> dict[str, Found]:
    return {one.name: one for one in found}


def test_the_first_table_of_a_column_decides_and_the_others_lie_with_it() -> None:
    ways = {"a": by("k"), "b": by("k"), "c": EVERYWHERE, "d": HERE}
    assert texts(named(*map(table, ways)), ways) == [
        "SELECT create_reference_table('c')",
        "SELECT create_distributed_table('a', 'k', colocate_with => 'none', shard_count => 4)",
        "SELECT create_distributed_table('b', 'k', colocate_with => 'a')",
    ]


def test_what_was_done_before_a_failure_is_not_done_again() -> None:
    """The second of three tables is there already; the others join it, whoever comes first."""
    ways = {"a": by("k"), "b": by("k"), "c": by("k"), "d": EVERYWHERE}
    done = named(
        table("a"), table("b", by("k"), 7), table("c"), table("d", EVERYWHERE, 1, parts=())
    )
    assert texts(done, ways) == [
        "SELECT create_distributed_table('a', 'k', colocate_with => 'b')",
        "SELECT create_distributed_table('c', 'k', colocate_with => 'b')",
    ]
    whole = named(*(table(name, way, 7) for name, way in ways.items()))
    assert texts(whole, ways) == []


def test_rows_left_on_the_coordinator_go_last_also_after_a_failure() -> None:
    """Those of a month, too; never those of a table that stays here."""
    months = (Part("a_2026_06", 8192, 9000), Part("a_2026_07", 0, 9000))
    ways = {"a": by("k"), "d": HERE}
    rows = (Part("d", 8192, 9000),)
    begun = named(table("a", parts=months), table("d", parts=rows))
    emptied = "SELECT truncate_local_data_after_distributing_table('a_2026_06')"
    assert texts(begun, ways)[1:] == [emptied]
    later = named(table("a", by("k"), 7, parts=months), table("d", parts=rows))
    assert texts(later, ways) == [emptied]


def test_a_key_is_widened_where_that_was_decided_and_only_once() -> None:
    ways = {"a": by("receiver", widened=True)}
    assert texts(named(table("a")), ways)[0] == (
        'ALTER TABLE "a" DROP CONSTRAINT "a_pkey", ADD PRIMARY KEY ("k", "at", "receiver")'
    )
    wide = (Unique("a_pkey", primary=True, columns=("k", "at", "receiver")),)
    (left,) = texts(named(table("a", uniques=wide)), ways)
    assert left.startswith("SELECT create_distributed_table('a', 'receiver'")


@pytest.mark.parametrize(
    ("found", "ways", "expected"),
    [
        (table("b"), {}, "b: nobody decided how it is spread"),
        (None, {"b": HERE}, "b: is not there"),
        (table("b", by("k"), 7), {"b": by("at")}, "b: is spread by k, expected by at"),
        (table("b", EVERYWHERE, 7), {"b": HERE}, "b: is spread everywhere, expected here"),
        (table("b"), {"b": by("receiver")}, "b: a_pkey has no receiver in it"),
        (
            table("b", uniques=(*KEY, Unique("b_one", primary=False, columns=("k",)))),
            {"b": by("at", widened=True)},
            "b: b_one has no at in it",
        ),
        (table("b", by("k"), 8), {"b": by("k")}, "a, b: do not lie together"),
    ],
)
def test_tables_that_are_not_as_decided_are_refused(
    found: Found | None, ways: dict[str, Way], expected: str
) -> None:
    tables = named(table("a", by("k"), 7), *([found] if found else []))
    with pytest.raises(DistributingError, match=expected):
        distributing.plan(tables, {"a": by("k"), **ways})


CITUS = Cluster("13.2-1", coordinator=True)
COORDINATOR = Node("one", 5432, 0, active=True, holds_rows=False)
WORKER = Node("two", 5432, 1, active=True, holds_rows=True)


def test_only_a_coordinator_spreads_and_one_sentence_says_so() -> None:
    assert (distributing.refusal(Cluster()) or "").startswith(NO_CITUS)
    assert distributing.refusal(CITUS._replace(coordinator=False)) == (
        "This is a worker of the cluster: name its coordinator with --db."
    )
    assert distributing.refusal(CITUS) is None


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ((), "no worker nodes"),
        ((COORDINATOR,), "no worker nodes"),
        ((COORDINATOR, WORKER._replace(active=False)), "no worker nodes"),
        ((WORKER,), "citus_set_coordinator_host"),
        ((COORDINATOR, WORKER), None),
    ],
)
def test_what_is_seldom_meant_is_warned_of(nodes: tuple[Node, ...], expected: str | None) -> None:
    found = distributing.warnings(CITUS._replace(nodes=nodes))
    assert [expected in sentence for sentence in found] == ([True] if expected else [])  # type: ignore[operator]


@pytest.mark.database
def test_every_table_of_the_house_has_its_way(opened: Database) -> None:
    """A new model without a decision, or a decision without its table, fails here."""
    models = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001 - documented
    assert models | {"django_migrations"} == set(WAYS)
    with opened.connect() as connection:
        cluster = distributing.read_cluster(connection)
        tables = distributing.read_tables(connection, cluster)
    assert distributing.table_faults(tables, WAYS) == []
    for name, way in WAYS.items():
        if way.column:
            (key,) = (unique for unique in tables[name].uniques if unique.primary)
            assert (way.column in key.columns) is not way.widened, name


@pytest.fixture
def plain(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """An emptied database that is no cluster's, found by commands."""
    with database.connect() as connection:
        if distributing.read_cluster(connection).version:
            pytest.skip("needs a database without Citus")
    monkeypatch.setenv(KEY_VARIABLE, str(database.key_file))
    yield database
    empty(database)


def run(opened: Database, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["database", *arguments, "--db", opened.url])


@pytest.mark.database
def test_without_citus_it_is_refused_and_nothing_is_changed(plain: Database) -> None:
    result = run(plain, "distribute")
    assert result.exit_code == 2
    assert NO_CITUS in result.stderr
    assert "\n" not in result.stderr.strip()
    with plain.connect() as connection:
        outbox = distributing.read_tables(connection, Cluster())["outbox"]
    assert outbox.uniques == (Unique("outbox_pkey", primary=True, columns=("id", "created_at")),)


@pytest.mark.database
def test_a_dry_run_shows_the_plan_also_where_it_cannot_be_done(plain: Database) -> None:
    result = run(plain, "distribute", "--dry-run", "--shards", "64")
    assert result.exit_code == 0
    assert NO_CITUS in result.stderr
    lines = result.stdout.splitlines()
    spread = [line for line in lines if "create_distributed_table" in line]
    assert len(spread) == sum(bool(way.column) for way in WAYS.values())
    assert sum("shard_count => 64" in line for line in spread) == len(
        {way.column for way in WAYS.values() if way.column}
    )
    told = json.loads(run(plain, "distribute", "--dry-run", "--json").stdout)
    assert (told["citus"], told["done"]) == (None, False)
    assert [step["table"] for step in told["steps"]][:2] == ["outbox", "enterprise"]


@pytest.mark.database
def test_status_shows_every_table_with_its_months(plain: Database) -> None:
    told = json.loads(run(plain, "status", "--json").stdout)
    assert (told["citus"], told["nodes"]) == (None, [])
    assert {row["table"] for row in told["tables"]} == set(WAYS)
    rows = {row["table"]: row for row in told["tables"]}
    assert (rows["verdict"]["spread"], rows["verdict"]["decided"]) == ("here", "by order_no")
    assert rows["setting"]["bytes"] > 0
    with plain.connect() as connection:
        connection.execute("CREATE TABLE verdict_1999_12 (LIKE verdict INCLUDING DEFAULTS)")
        connection.execute(
            "ALTER TABLE verdict ATTACH PARTITION verdict_1999_12"
            " FOR VALUES FROM ('1999-12-01 00:00+08') TO ('2000-01-01 00:00+08')"
        )
        found = distributing.read_tables(connection, Cluster())["verdict"]
        assert "verdict_1999_12" in {part.name for part in found.parts}
        connection.rollback()
    assert run(plain, "status").stdout.startswith("One PostgreSQL, no Citus\n")


PRETENCE = """$$ BEGIN
    IF table_name = 'payment'::regclass THEN RAISE 'no room'; END IF;
    IF table_name = 'client'::regclass THEN DELETE FROM client; END IF;
END $$"""


@pytest.fixture
def pretended(plain: Database) -> Iterator[psycopg.Connection[Any]]:
    """A transaction in which Citus' functions do what a test says; it is rolled back."""
    connection = plain.connect()
    for name, parameters in (
        ("create_reference_table", "table_name regclass"),
        (
            "create_distributed_table",
            "table_name regclass, column_name text, colocate_with text, shard_count int DEFAULT 0",
        ),
    ):
        connection.execute(
            f"CREATE FUNCTION {name}({parameters}) RETURNS void LANGUAGE plpgsql AS {PRETENCE}"
        )
    connection.execute(
        "INSERT INTO client (name, token_sha256, dxp_id, created_at) VALUES ('c', '', '', now())"
    )
    yield connection
    connection.close()


def planned(connection: psycopg.Connection[Any], *names: str) -> list[distributing.Step]:
    steps = distributing.plan(distributing.read_tables(connection, Cluster()), WAYS)
    return [step for step in steps if step.table in names and "truncate" not in step.text]


@pytest.mark.database
def test_a_step_that_fails_undoes_itself_and_leaves_those_before(
    pretended: psycopg.Connection[Any],
) -> None:
    taken: list[str] = []
    with pytest.raises(DistributingError, match=r"payment: no room\. SELECT create_distributed"):
        taken.extend(
            step.text
            for step in distributing.run(pretended, planned(pretended, "outbox", "payment"))
        )
    found = distributing.read_tables(pretended, Cluster())["outbox"]
    assert {"id", "created_at", "receiver"} == set(found.uniques[0].columns)
    again = planned(pretended, "outbox")
    assert [step.text.partition("(")[0] for step in again] == ["SELECT create_distributed_table"]


@pytest.mark.database
def test_rows_that_are_not_all_there_afterwards_stop_it(pretended: psycopg.Connection[Any]) -> None:
    with pytest.raises(DistributingError, match="client: 1 rows became 0; nothing was changed"):
        list(distributing.run(pretended, planned(pretended, "client")))
    assert pretended.execute("SELECT count(*) FROM client").fetchone() == (1,)


@pytest.fixture
def coordinator(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """An emptied database on a Citus coordinator that HOPPO_DATABASE_URL names."""
    with database.connect() as connection:
        sentence = distributing.refusal(distributing.read_cluster(connection))
    if sentence:
        pytest.skip(sentence.partition(":")[0])
    monkeypatch.setenv(KEY_VARIABLE, str(database.key_file))
    return database


@pytest.mark.citus
@pytest.mark.database
def test_a_city_on_a_cluster_is_cleared_as_the_truth_says(
    coordinator: Database, tmp_path: Path
) -> None:
    """Spread empty or as it was, then cleared by one worker and by three side by side."""
    simulate(7, SMALL_CITY, tmp_path)
    result = run(coordinator, "distribute")
    assert result.exit_code == 0, result.stderr
    assert run(coordinator, "distribute").stdout == "all is spread already\n"
    told = json.loads(run(coordinator, "status", "--json").stdout)
    assert all(row["spread"] == row["decided"] for row in told["tables"])
    clear(coordinator, tmp_path, bodies(tmp_path), 40)
    assert differences(coordinator, tmp_path) == []
    empty(coordinator)
    clear(coordinator, tmp_path, bodies(tmp_path), 5, workers=3)
    assert differences(coordinator, tmp_path) == []


@pytest.mark.citus
@pytest.mark.database
def test_a_filled_database_is_spread_with_all_its_rows(
    coordinator: Database, tmp_path: Path
) -> None:
    """Brought back from the cluster with a city in it, then spread again."""
    simulate(7, SMALL_CITY, tmp_path)
    clear(coordinator, tmp_path, bodies(tmp_path), 40)
    with coordinator.connect(autocommit=True) as connection:
        cluster = distributing.read_cluster(connection)
        for name, found in distributing.read_tables(connection, cluster).items():
            if found.way != HERE:
                connection.execute("SELECT undistribute_table(%s::regclass)", [name])
    assert run(coordinator, "distribute").exit_code == 0
    assert differences(coordinator, tmp_path) == []
