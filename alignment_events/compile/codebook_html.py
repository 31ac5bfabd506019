"""Markdown → one HTML page that needs nothing else: the codebook for people who click."""

import html
import re

_STYLE = """\
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem 1.5rem 4rem }
h1, h2, h3 { line-height: 1.2; margin-top: 2em }
nav { border: 1px solid #8886; border-radius: .4rem; padding: .5rem 1.5rem }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { border: 1px solid #8886; padding: .25rem .5rem; text-align: left; vertical-align: top }
code { font: .9em ui-monospace, monospace }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886 }"""


def codebook_html(markdown: str, title: str) -> str:
    """A Markdown text as a page: no script, nothing fetched, raw HTML in the text escaped.

    Args:
        markdown: The text; links to `#its-headings` lead there as on GitHub.
        title: Title of the page.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(markdown)
    seen: dict[str, int] = {}
    contents = []
    for token, inline in zip(tokens, tokens[1:], strict=False):
        if token.type == "heading_open":
            anchor = _anchor(inline.content, seen)
            token.attrSet("id", anchor)
            if token.tag == "h2":
                words = html.escape(re.sub(r"[`*]", "", inline.content))
                contents.append(f'<li><a href="#{anchor}">{words}</a></li>')
    body = parser.renderer.render(tokens, parser.options, {})
    listing = f"<nav><ol>\n{chr(10).join(contents)}\n</ol></nav>\n" if contents else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
        "style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n"
        f"{listing}{body}</body>\n</html>\n"
    )


def _anchor(heading: str, seen: dict[str, int]) -> str:
    """The anchor that GitHub gives a heading."""
    text = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
    number = seen.get(text, 0)
    seen[text] = number + 1
    return f"{text}-{number}" if number else text
