"""Coded events of alignment between states."""
