"""Finds datasets and releases: on this machine first, then on mirrors.

`places` knows the folders of this machine, `choose` picks a version, `mirrors` asks servers and
buckets, `cache` keeps what was fetched, `find` puts them in order.
"""

from alignment_events.store.find import available, locate, releases
from alignment_events.store.places import HOME_VARIABLE

__all__ = ["HOME_VARIABLE", "available", "locate", "releases"]
