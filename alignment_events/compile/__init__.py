"""Specification to artefact: pure functions, one artefact a module."""
