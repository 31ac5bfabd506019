"""The commands of `alignment-events`, a module for each sort of work."""
