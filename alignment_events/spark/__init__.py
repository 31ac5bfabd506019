"""The checks of tables on a Spark cluster: the same rules, run on buckets of whole records."""
