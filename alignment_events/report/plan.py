"""The plan of a release as text, Markdown and JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from alignment_events.compile.codebook import markdown_table
from alignment_events.report.changes import verdict_text
from alignment_events.report.text import verdict

if TYPE_CHECKING:
    from alignment_events.release.plan import Plan


def plan_text(plan: "Plan") -> str:
    """The plan for a terminal."""
    return "\n\n".join([*([str(plan.changes)] if plan.changes else []), *_conclusion(plan)])


def plan_markdown(plan: "Plan") -> str:
    """The plan as Markdown."""
    conclusion = "\n\n".join(_conclusion(plan))
    changes = f"{plan.changes.to_markdown()}\n" if plan.changes else ""
    return f"{changes}```text\n{conclusion}\n```"


def plan_json(plan: "Plan") -> dict[str, Any]:
    """The plan in plain JSON types."""
    return {
        "dataset": plan.info.name,
        "declared": plan.declared,
        "previous": plan.previous.version if plan.previous else None,
        "lowest": plan.lowest,
        "bump": plan.verdict.bump.word if plan.verdict else None,
        "reasons": [
            {**asdict(reason), "bump": reason.bump.word}
            for reason in (plan.verdict.reasons if plan.verdict else ())
        ],
        "digest": plan.now.digest,
        "changes": plan.changes.as_dict() if plan.changes else None,
    }


def _conclusion(plan: "Plan") -> list[str]:
    lines = [f"Built from {verdict(plan.report)}\nContent digest {plan.now.digest}."]
    if plan.verdict is None or plan.previous is None:
        lines.append(f"{plan.info.name}: nothing was released yet; {plan.declared} is the first.")
        return lines
    lines.append(verdict_text(plan.verdict, plan.previous.version))
    from alignment_events.release.versions import numbers

    if plan.verdict.reasons and numbers(plan.declared) < numbers(plan.lowest):
        lines.append(
            f"dataset.yaml says version: {plan.declared}. Write version: {plan.lowest} or higher."
        )
    return lines


def rules_markdown() -> str:
    """The rules by which versions rise, as a table for the README."""
    from alignment_events.release.versions import RULES, Bump, bumped

    rows = [
        (
            bump.word,
            "; ".join(sentence for level, sentence in RULES if level is bump),
            bumped("1.4.2", bump),
            bumped("0.4.2", bump),
        )
        for bump in sorted(Bump, reverse=True)
        if bump is not Bump.NONE
    ]
    return markdown_table(("Bump", "When", "After 1.4.2", "After 0.4.2"), rows)
