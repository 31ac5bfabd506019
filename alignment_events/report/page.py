"""Pages that stand alone: one HTML file, nothing loaded, every text escaped."""

import base64
import hashlib
from typing import Any

from alignment_events.findings import AlignmentEventsError, Level
from alignment_events.report.listing import Listing, unlisted_in_words
from alignment_events.report.visible import visible


class MissingJinja(AlignmentEventsError, ImportError):  # noqa: N818 - named for what it is about
    """Jinja is not installed, which only the extras bring."""


def report_page(told: Listing) -> str:
    """The report as a page: counts, a filter, every finding with its line, what the rules ask."""
    from alignment_events.compile.rules_json import entry_json
    from alignment_events.report.text import verdict

    used = {entry.found.code for entry in (*told.entries, *told.accepted)}
    return render_page(
        "report.html.j2",
        script="report.js",
        title="Report of a validation",
        verdict=verdict(told.report),
        told=told,
        unlisted=unlisted_in_words(told.report),
        levels=tuple(Level),
        groups=list(told.groups()),
        rules={code: entry_json(code) for code in sorted(used)},
    )


def render_page(template: str, *, script: str | None = None, **values: Any) -> str:
    """A page from a template that extends `base.html.j2`.

    Args:
        template: Name of the template.
        script: Name of the script that goes into the page, if it has one.
        values: What the template shows; any text may be hostile.

    Raises:
        MissingJinja: If Jinja is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError as error:
        raise MissingJinja("jinja2 is not installed: pip install alignment-events[html]") from error
    from alignment_events import __version__

    def shown(value: Any) -> Any:
        # All that a template prints passes here, so no text can be forgotten.
        if isinstance(value, str) and not isinstance(value, Markup) and not value.isprintable():
            return "\n".join(visible(line) for line in value.split("\n"))
        return value

    environment = Environment(
        loader=PackageLoader("alignment_events.report", "templates"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    assert environment.loader is not None
    style = environment.loader.get_source(environment, "page.css")[0].strip()
    code = environment.loader.get_source(environment, script)[0].strip() if script else ""
    policy = [
        "default-src 'none'",
        f"style-src 'sha256-{_hash(style)}'",
        *([f"script-src 'sha256-{_hash(code)}'"] if code else []),
        "base-uri 'none'",
        "form-action 'none'",
    ]
    # Both are files of this package, and the policy names them by their hash.
    trusted = {"style": Markup(style), "script": Markup(code)}
    page = environment.get_template(template)
    return page.render(policy="; ".join(policy), version=__version__, **trusted, **values) + "\n"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
