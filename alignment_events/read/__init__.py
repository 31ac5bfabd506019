"""Readers: files in, values with their places out; hostile until checked."""
