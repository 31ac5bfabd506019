"""What a contributor does: templates to fill, questions to answer, record files to write."""
