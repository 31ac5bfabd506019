def test_the_dataset(check_alignment_events):
    check_alignment_events("datasets/my-dataset", strict=True)
