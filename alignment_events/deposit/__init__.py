"""Brings releases to where others find them: folders, buckets, web servers, Zenodo."""
