"""The screen: streamed batches, numpy kernels from the same rules, suspect records for the examination."""
