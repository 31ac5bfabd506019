"""The definition of the format: everything else is derived from it."""
