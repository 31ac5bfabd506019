"""Citations of a release, and of single records of it, in the forms that people paste or import.

Everything comes from the package's own descriptor. What it does not say is left out: without a DOI
or homepage there, there is none here; the content digest identifies the data in any case.
"""

from alignment_events.cite.forms import FORMATS, cite
from alignment_events.cite.work import Part, Work, work_of

__all__ = ["FORMATS", "Part", "Work", "cite", "work_of"]
