"""Spreads tables over the machines of a Citus cluster, and tells how they are spread.

Which table goes where is handed in: this module knows no business. The plan is made from the
catalog, and what is spread already is left out of it, so a run that failed is simply started again.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

SHARDS = 32  # a table; each may move to a machine of its own
DISTRIBUTE_LOCK = 7474


class DistributingError(Exception):
    """The tables cannot be spread; the text says why and what to do."""


class Way(NamedTuple):
    """How a table is spread: by a column, whole on every machine, or on the coordinator alone."""

    how: str
    column: str = ""
    widened: bool = False

    def __str__(self) -> str:
        """As a person reads it."""
        return f"by {self.column}" if self.column else self.how


EVERYWHERE, HERE = Way("everywhere"), Way("here")


def by(column: str, *, widened: bool = False) -> Way:
    """Spread by a column; tables of one column lie together. `widened` adds it to the key."""
    return Way("by", column, widened)


class Unique(NamedTuple):
    """A primary key or another unique index."""

    name: str
    primary: bool
    columns: tuple[str, ...]


class Part(NamedTuple):
    """Where rows of a table lie on the machine that is asked: the table itself, or a month."""

    name: str
    rows_size: int  # bytes of the rows alone
    size: int  # with indexes and all


class Found(NamedTuple):
    """A table as the catalog has it."""

    name: str
    way: Way = HERE
    group: int = 0  # tables of one number lie together
    uniques: tuple[Unique, ...] = ()
    parts: tuple[Part, ...] = ()


class Node(NamedTuple):
    """A machine of the cluster; the coordinator is of group 0."""

    name: str
    port: int
    group: int
    active: bool
    holds_rows: bool


class Cluster(NamedTuple):
    """What Citus says of itself; no version where there is none."""

    version: str = ""
    coordinator: bool = False
    nodes: tuple[Node, ...] = ()


class Step(NamedTuple):
    """One statement of the plan; the rows of a `counted` one's table are counted around it."""

    table: str
    statement: sql.Composed
    counted: bool = False

    @property
    def text(self) -> str:
        """The statement as a person reads it."""
        return self.statement.as_string(None)


TABLES = (
    "SELECT c.oid::int8, c.relname::text FROM pg_class c"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
    " AND NOT c.relispartition AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.deptype = 'e'"
    "  AND d.classid = 'pg_class'::regclass AND d.objid = c.oid) ORDER BY c.relname"
)
UNIQUES = (
    "SELECT x.indrelid::int8, i.relname::text, x.indisprimary,"
    " array_agg(a.attname::text ORDER BY k.place)"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
    " CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place)"
    " JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number"
    " WHERE x.indisunique GROUP BY x.indrelid, i.relname, x.indisprimary ORDER BY i.relname"
)
PARTS = (
    "SELECT coalesce(i.inhparent, c.oid)::int8, c.relname::text, pg_relation_size(c.oid),"
    " pg_total_relation_size(c.oid)"
    " FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
    " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.relname"
)
SPREAD = (
    "SELECT t.table_name::oid::int8, t.citus_table_type, t.distribution_column, t.colocation_id"
    " FROM citus_tables t"
)
NODES = (
    "SELECT nodename, nodeport, groupid, isactive, shouldhaveshards FROM pg_dist_node"
    " WHERE noderole = 'primary' ORDER BY groupid"
)


def read_cluster(connection: psycopg.Connection[Any]) -> Cluster:
    """What Citus says of this database."""
    found = connection.execute(
        "SELECT extversion FROM pg_extension WHERE extname = 'citus'"
    ).fetchone()
    if found is None:
        return Cluster()
    group = connection.execute("SELECT groupid FROM pg_dist_local_group").fetchone()
    nodes = tuple(Node(*row) for row in connection.execute(NODES).fetchall())
    return Cluster(found[0], group == (0,), nodes)


def read_tables(connection: psycopg.Connection[Any], cluster: Cluster) -> dict[str, Found]:
    """Every table of ours by its name."""
    uniques: dict[int, list[Unique]] = {}
    for table, name, primary, columns in connection.execute(UNIQUES).fetchall():
        uniques.setdefault(table, []).append(Unique(name, primary, tuple(columns)))
    parts: dict[int, list[Part]] = {}
    for table, name, rows_size, size in connection.execute(PARTS).fetchall():
        parts.setdefault(table, []).append(Part(name, rows_size, size))
    spread: dict[int, tuple[Way, int]] = {}
    if cluster.version:
        for table, how, column, group in connection.execute(SPREAD).fetchall():
            ways = {"distributed": Way("by", column), "reference": EVERYWHERE, "local": HERE}
            spread[table] = (ways.get(how, Way(how)), group)
    return {
        name: Found(
            name,
            *spread.get(table, (HERE, 0)),
            tuple(uniques.get(table, ())),
            tuple(parts.get(table, ())),
        )
        for table, name in connection.execute(TABLES).fetchall()
    }


def refusal(cluster: Cluster) -> str | None:
    """Why this is no place to spread tables from, and what to do; None when it is one."""
    if not cluster.version:
        return (
            "The database has no Citus: install it on every machine, put citus first in"
            " shared_preload_libraries, restart, CREATE EXTENSION citus in this database on each,"
            " then citus_set_coordinator_host and citus_add_node here."
        )
    if not cluster.coordinator:
        return "This is a worker of the cluster: name its coordinator with --db."
    return None


def warnings(cluster: Cluster) -> list[str]:
    """What is allowed and seldom meant."""
    found = []
    if not any(node.group and node.active for node in cluster.nodes):
        found.append(
            "The cluster has no worker nodes: all shards will lie here. citus_add_node adds one,"
            " citus_rebalance_start moves shards to it."
        )
    elif all(node.group for node in cluster.nodes):
        found.append(
            "The coordinator is no member of its cluster, so tables that are everywhere are not"
            " on it: call citus_set_coordinator_host."
        )
    return found


def table_faults(tables: Mapping[str, Found], ways: Mapping[str, Way]) -> list[str]:
    """Where tables and decisions do not fit together."""
    faults = [f"{name}: nobody decided how it is spread" for name in tables.keys() - ways.keys()]
    faults += [f"{name}: is not there" for name in ways.keys() - tables.keys()]
    for name in tables.keys() & ways.keys():
        found, way = tables[name], ways[name]
        if found.way not in {HERE, way._replace(widened=False)}:
            faults.append(
                f"{name}: is spread {found.way}, expected {way};"
                f" SELECT undistribute_table('{name}') brings it back"
            )
        for unique in found.uniques if way.column else ():
            if way.column not in unique.columns and not (unique.primary and way.widened):
                faults.append(f"{name}: {unique.name} has no {way.column} in it")
    for column in {way.column for way in ways.values() if way.column}:
        apart = {found.group: name for name, found in tables.items() if found.way.column == column}
        if len(apart) > 1:
            faults.append(f"{', '.join(sorted(apart.values()))}: do not lie together")
    return sorted(faults)


def plan(tables: Mapping[str, Found], ways: Mapping[str, Way], shards: int = SHARDS) -> list[Step]:
    """What is left to do, in order. Raises DistributingError where tables are not as decided."""
    if faults := table_faults(tables, ways):
        raise DistributingError(". ".join(faults))
    steps = [_widening(tables[name], way) for name, way in ways.items() if way.widened]
    heads: dict[str, str] = {}  # of each column the table that the others lie with
    for name, found in tables.items():
        if found.way.column:
            heads.setdefault(found.way.column, name)
    for name, way in ways.items():
        if tables[name].way == HERE and way == EVERYWHERE:
            statement = sql.SQL("SELECT create_reference_table({})").format(sql.Literal(name))
            steps.append(Step(name, statement, counted=True))
    for name, way in ways.items():
        if tables[name].way == HERE and way.column:
            steps.append(_distributing(name, way, heads.get(way.column), shards))
            heads.setdefault(way.column, name)
    # What was copied away still lies here, seen by nobody but whoever builds an index.
    steps += [
        Step(
            part.name,
            sql.SQL("SELECT truncate_local_data_after_distributing_table({})").format(
                sql.Literal(part.name)
            ),
        )
        for name, way in ways.items()
        if way != HERE
        for part in tables[name].parts
        if part.rows_size
    ]
    return [step for step in steps if step is not None]


def _widening(found: Found, way: Way) -> Step | None:
    """The column by which a table is spread put at the end of its primary key."""
    (key,) = (unique for unique in found.uniques if unique.primary)
    if way.column in key.columns:
        return None
    return Step(
        found.name,
        sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}, ADD PRIMARY KEY ({})").format(
            sql.Identifier(found.name),
            sql.Identifier(key.name),
            sql.SQL(", ").join(map(sql.Identifier, (*key.columns, way.column))),
        ),
    )


def _distributing(name: str, way: Way, head: str | None, shards: int) -> Step:
    """A table spread, with those of its column or as the first of them."""
    call = "SELECT create_distributed_table({}, {}, colocate_with => {}"
    values = [sql.Literal(name), sql.Literal(way.column), sql.Literal(head or "none")]
    if head is None:
        # Only the first may say how many shards there are; the others have as many.
        statement = sql.SQL(call + ", shard_count => {})").format(*values, sql.Literal(shards))
    else:
        statement = sql.SQL(call + ")").format(*values)
    return Step(name, statement, counted=True)


def begin(
    connection: psycopg.Connection[Any], ways: Mapping[str, Way], shards: int = SHARDS
) -> tuple[Cluster, list[Step]]:
    """Check the cluster, keep others from doing the same, and plan.

    The connection commits by itself. Raises DistributingError.
    """
    cluster = read_cluster(connection)
    if sentence := refusal(cluster):
        raise DistributingError(sentence)
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [DISTRIBUTE_LOCK]).fetchone()
    if row != (True,):
        raise DistributingError("Another hoppo database distribute is at work; wait for its end.")
    # With more than one copy of a row Citus refuses to lock it.
    connection.execute("SET citus.shard_replication_factor = 1")
    return cluster, plan(read_tables(connection, cluster), ways, shards)


def run(connection: psycopg.Connection[Any], steps: Iterable[Step]) -> Iterator[Step]:
    """Take the steps, each in a transaction of its own, and hand out each that was taken.

    Raises DistributingError.
    """
    for step in steps:
        try:
            with connection.transaction():
                _take(connection, step)
        except psycopg.Error as fault:
            said = fault.diag.message_primary or str(fault)
            message = f"{step.table}: {said}. {step.text} was not done; mend that and run it again."
            raise DistributingError(message) from fault
        yield step


def _take(connection: psycopg.Connection[Any], step: Step) -> None:
    if not step.counted:
        connection.execute(step.statement)
        return
    table = sql.Identifier(step.table)
    counting = sql.SQL("SELECT count(*) FROM {}").format(table)
    connection.execute(sql.SQL("LOCK TABLE {} IN EXCLUSIVE MODE").format(table))
    before = connection.execute(counting).fetchone()
    connection.execute(step.statement)
    after = connection.execute(counting).fetchone()
    if before != after:
        rows = f"{before and before[0]} rows became {after and after[0]}"
        message = f"{step.table}: {rows}; nothing was changed"
        raise DistributingError(message)


def sizes(
    connection: psycopg.Connection[Any], cluster: Cluster, tables: Mapping[str, Found]
) -> dict[str, int]:
    """Bytes of every table with its months and indexes, on all machines."""
    found = {name: sum(part.size for part in table.parts) for name, table in tables.items()}
    if cluster.version:
        far = {part.name: name for name, one in tables.items() if one.way != HERE
               for part in one.parts}  # fmt: skip
        rows = connection.execute(
            "SELECT c.relname::text, citus_total_relation_size(c.oid) FROM pg_class c"
            " WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)",
            [list(far)],
        )
        for part, size in rows.fetchall():
            found[far[part]] += size
    return found
