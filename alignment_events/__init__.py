"""Coded events of alignment between states: the format, its validator, the data.

    import alignment_events as ae

    ds = ae.load("china-russia-dprk")
    ds.filter(kind="agreement", actors=["RUS", "PRK"]).to_polars()

Nothing heavy is imported until it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alignment_events import schemas as schemas
    from alignment_events.dataset import Dataset as Dataset
    from alignment_events.dataset import Withdrawn as Withdrawn
    from alignment_events.findings import AlignmentEventsError as AlignmentEventsError
    from alignment_events.findings import Finding as Finding
    from alignment_events.findings import InvalidData as InvalidData
    from alignment_events.findings import NotFound as NotFound
    from alignment_events.findings import Report as Report
    from alignment_events.findings import YankedRelease as YankedRelease
    from alignment_events.loading import load as load
    from alignment_events.model.codes import vocabularies as vocabularies
    from alignment_events.model.events import Agreement as Agreement
    from alignment_events.model.events import Deed as Deed
    from alignment_events.model.events import Gap as Gap
    from alignment_events.model.events import Meeting as Meeting
    from alignment_events.model.events import Statement as Statement
    from alignment_events.release.build import build as build
    from alignment_events.store.find import available as available
    from alignment_events.store.find import releases as releases
    from alignment_events.validation import validate as validate

_WHERE = {
    "Agreement": "model.events",
    "AlignmentEventsError": "findings",
    "Dataset": "dataset",
    "Deed": "model.events",
    "Finding": "findings",
    "Gap": "model.events",
    "InvalidData": "findings",
    "Meeting": "model.events",
    "NotFound": "findings",
    "Report": "findings",
    "Statement": "model.events",
    "Withdrawn": "dataset",
    "YankedRelease": "findings",
    "available": "store.find",
    "build": "release.build",
    "load": "loading",
    "releases": "store.find",
    "validate": "validation",
    "vocabularies": "model.codes",
}

__all__ = [*sorted(_WHERE), "schemas"]


def __getattr__(name: str) -> Any:
    if name == "schemas":
        return import_module("alignment_events.schemas")
    if name == "__version__":
        from importlib.metadata import version

        # Looked up once: it is read from a file of the installation.
        globals()[name] = version("alignment-events")
        return globals()[name]
    if name not in _WHERE:
        raise AttributeError(f"module 'alignment_events' has no attribute {name!r}")
    # The function takes the place of the module of the same name, so that it can be called.
    found = getattr(import_module(f"alignment_events.{_WHERE[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
