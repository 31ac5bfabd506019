"""Builds and writes packages and the folder `schema/`."""
