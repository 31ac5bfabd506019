"""Reports and summaries for people and programs."""
