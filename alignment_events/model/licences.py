"""Licences that datasets are published under: name in words, and where the text is."""

LICENCES = {
    "CC-BY-4.0": (
        "Creative Commons Attribution 4.0 International",
        "https://creativecommons.org/licenses/by/4.0/legalcode",
    ),
    "CC-BY-SA-4.0": (
        "Creative Commons Attribution Share Alike 4.0 International",
        "https://creativecommons.org/licenses/by-sa/4.0/legalcode",
    ),
    "CC0-1.0": (
        "Creative Commons Zero v1.0 Universal",
        "https://creativecommons.org/publicdomain/zero/1.0/legalcode",
    ),
    "ODbL-1.0": (
        "Open Data Commons Open Database License v1.0",
        "https://opendatacommons.org/licenses/odbl/1-0/",
    ),
}
"""SPDX identifier to name and address of the licences that open data mostly has."""


def licence_name(identifier: str) -> str:
    """The name of a licence, or its identifier if it is none of the usual ones."""
    return LICENCES[identifier][0] if identifier in LICENCES else identifier


def licence_url(identifier: str) -> str:
    """Address of the text; by default where SPDX keeps it."""
    if identifier in LICENCES:
        return LICENCES[identifier][1]
    return f"https://spdx.org/licenses/{identifier}.html"
