"""Whether a field must be filled: always, never, or where a rule asks for it."""

from collections.abc import Iterator

from alignment_events.check.store import Store
from alignment_events.compile.predicate import objection
from alignment_events.model import expr as x
from alignment_events.model.rules import RULES, Rule
from alignment_events.spec.cells import INVALID
from alignment_events.spec.ir import FieldSpec
from alignment_events.spec.project import main_table
from alignment_events.spec.records import record_specs
from alignment_events.spec.tables import table_specs


def needed(kind: str, path: str, spec: FieldSpec) -> tuple[str, tuple[Rule, ...]]:
    """`required`, `conditional` or `optional`, and the rules that a conditional field depends on."""
    if spec.items is not None:
        most = f"{spec.items.least} to {spec.items.most}" if spec.items.least else ""
        word = f"required, {most}" if most else f"optional, up to {spec.items.most}"
        return word, () if most else tuple(_asking(kind, path))
    holder = record_specs()[kind].field(path.partition("/")[0])
    if spec.required:
        whole = holder is spec or holder is None or holder.required
        return ("required" if whole else f"required in a {holder.name}" if holder else ""), ()
    rules = tuple(_asking(kind, path))
    return ("conditional" if rules else "optional"), rules


def _asking(kind: str, path: str) -> Iterator[Rule]:
    """The rules by which the field may not be empty in some records of the kind."""
    table = main_table(kind)
    spec = table_specs()[table]
    columns = [column.name for column in spec.columns if column.path == path]
    for rule in RULES:
        if table not in rule.on or not any(_asks_for(rule.expr, name) for name in columns):
            continue
        # Of nothing but the kind is known; what then cannot be broken does not concern it.
        row = {**dict.fromkeys(spec.names, INVALID), "kind": kind, **dict.fromkeys(columns)}
        if objection(rule.expr)(row, Store()) is not False:
            yield rule


def _asks_for(expr: x.Expr, column: str) -> bool:
    """True if the expression is kept where the column is given, as the end of an implication is."""
    match expr:
        case x.Not(x.IsNull(x.Col(name))):
            return name == column
        case x.Or(parts) | x.And(parts):
            return any(_asks_for(part, column) for part in parts)
        case x.Not(x.And(parts)):
            return any(_asks_for(x.Not(part), column) for part in parts)
        case _:
            return False
