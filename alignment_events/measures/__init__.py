"""What researchers compute from a dataset."""
