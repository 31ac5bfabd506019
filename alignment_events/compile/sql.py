"""Rule expression → SQL that DuckDB and Spark read alike.

A count becomes a correlated subquery, a look-up a scalar one. SQL's null logic is Kleene's already.
"""

from alignment_events.model import expr as x
from alignment_events.spec.tables import record_key

_SIGNS = {"eq": "=", "lt": "<", "le": "<="}


def failing_rows_sql(rule_expr: x.Expr, table: str) -> str:
    """A query for the keys of the rows of a table for which the expression is false."""
    condition = to_sql(rule_expr, "r", None, table)
    return f"SELECT r.* FROM {name(table)} AS r WHERE NOT ({condition})"


def to_sql(node: x.Expr, here: str, outside: str | None, table: str) -> str:
    """The SQL text of an expression.

    Args:
        node: The expression.
        here: Alias of the row at hand.
        outside: Alias of the row outside, within a count.
        table: Table of the row at hand.
    """

    def sub(part: x.Expr) -> str:
        return to_sql(part, here, outside, table)

    match node:
        case x.Val(value):
            return _literal(value)
        case x.Col(column):
            return f"{here}.{name(column)}"
        case x.Outer(column):
            return f"{outside}.{name(column)}"
        case x.Compare(op, left, right):
            return f"({sub(left)} {_SIGNS[op]} {sub(right)})"
        case x.In(value, among):
            return f"({sub(value)} IN ({', '.join(map(_literal, among))}))"
        case x.IsNull(value):
            return f"({sub(value)} IS NULL)"
        case x.Not(part):
            return f"(NOT {sub(part)})"
        case x.And(parts):
            return "(" + " AND ".join(map(sub, parts)) + ")"
        case x.Or(parts):
            return "(" + " OR ".join(map(sub, parts)) + ")"
        case x.DatePart(date, part, shift):
            return f"{part}({sub(date)} + INTERVAL {shift} DAY)"
        case x.PathPart(path, index):
            return f"nullif(split_part({sub(path)}, '/', {index + 1}), '')"
        case x.Text(number):
            return f"CAST({sub(number)} AS VARCHAR(20))"
        case x.Contains(text, part):
            return f"(position({_literal(part)} IN {sub(text)}) > 0)"
        case x.Count(counted, where, distinct, by):
            inner = f"{here}i"
            what = f"DISTINCT {inner}.{name(distinct)}" if distinct else "*"
            key = f"{inner}.{name(by or record_key(counted))} = {here}.{name(record_key(table))}"
            condition = to_sql(where, inner, here, counted)
            return f"(SELECT count({what}) FROM {name(counted)} AS {inner} WHERE {key} AND {condition})"
        case x.Lookup(target, key, column):
            inner = f"{here}t"
            return (
                f"(SELECT min({inner}.{name(column)}) FROM {name(target)} AS {inner} "
                f"WHERE {inner}.{name(record_key(target))} = {sub(key)})"
            )
    raise TypeError(f"no SQL for {node!r}")


def name(identifier: str) -> str:
    """A quoted identifier, in the double quotes of the SQL standard; never text from a file."""
    if not identifier.replace("_", "").isalnum():
        raise ValueError(f"not an identifier of the format: {identifier!r}")
    return f'"{identifier}"'


def _literal(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)
