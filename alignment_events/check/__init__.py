"""Checks: nested records, tables, whole datasets; each gives a report of findings."""
