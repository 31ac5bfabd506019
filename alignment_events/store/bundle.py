"""What goes into the wheel: the registry, and the newest release of each dataset."""

import shutil
from pathlib import Path

from alignment_events.registry import REGISTRY_NAME, Registry, read_registry
from alignment_events.store.verify import require_intact


def bundle(datasets: Path, out: Path) -> list[Path]:
    """Copy the newest release of every dataset and the registry; build a dataset without any.

    Args:
        datasets: The folder of datasets.
        out: The folder that becomes `alignment_events/_data`.

    Returns:
        The packages, as they lie in `out`.

    Raises:
        InvalidData: If a release is not what the registry lists.
    """
    path = datasets / REGISTRY_NAME
    registry = read_registry(path) if path.is_file() else Registry()
    out.mkdir(parents=True, exist_ok=True)
    packages = []
    for description in sorted(datasets.glob("*/dataset.yaml")):
        name = description.parent.name
        newest = registry.current(name)
        if newest is None:
            from alignment_events.release.build import build

            build(description.parent, out / name)
        else:
            source = description.parent / "releases" / newest.version
            require_intact(source, newest, str(path))
            shutil.copytree(source, out / name)
        packages.append(out / name)
    if path.is_file():
        shutil.copyfile(path, out / REGISTRY_NAME)
    return packages
