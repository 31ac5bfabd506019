"""The outcome of a verification as text and JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alignment_events.release.verify import Verified


def verified_text(verified: "Verified") -> str:
    """The outcome for a terminal: each step, what it found, and what that means."""
    lines = [f"{verified.label}: {verified.name or 'not a release'}"]
    for step in verified.steps:
        word = "skipped" if step.skipped else "ok" if step.ok else "FAILED"
        lines.append(f"  {word:7}  {step.title}{f' ({step.skipped})' if step.skipped else ''}")
        lines += [f"           {found.place}: {found.message}" for found in step.findings]
    if verified.explained:
        lines += ["", "What this means:", *(f"  {line}" for line in verified.explained)]
    lines.append("")
    if verified.ok:
        lines.append(f"Sound. Content digest {verified.digest}.")
    else:
        lines.append("Refused: this is not the release that it says it is, or not all of it.")
    return "\n".join(lines)


def verified_json(verified: "Verified") -> dict[str, Any]:
    """The outcome in plain JSON types."""
    return {
        "target": verified.label,
        "release": verified.name,
        "ok": verified.ok,
        "content_digest": verified.digest,
        "steps": [
            {
                "title": step.title,
                "ok": step.ok,
                "skipped": step.skipped,
                "findings": [asdict(found) for found in step.findings],
            }
            for step in verified.steps
        ],
        "explained": list(verified.explained),
    }
