"""Mends what is certain in files of records and tables, and nothing else."""

from alignment_events.fix.files import FileFix, apply, plan

__all__ = ["FileFix", "apply", "plan"]
