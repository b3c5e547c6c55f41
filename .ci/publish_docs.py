"""Put built documentation where the published pages have it: ``publish_docs.py BUILT SITE REF``.

A tag ``vX.Y.Z`` goes to ``stable/X.Y.Z``, where the theme's list of previous releases links to;
anything else is the current documentation, at the top. Nothing that was published is lost.
"""

import shutil
import sys
from pathlib import Path

KEPT = {".git", "stable"}


def publish(built: Path, site: Path, ref: str) -> None:
    """Copy the pages of one version, in the place of those that were there."""
    if ref.startswith("v"):
        folder = site / "stable" / ref.removeprefix("v")
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder = site
        for path in site.iterdir():
            if path.name not in KEPT:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(built, folder, dirs_exist_ok=True)
    (site / ".nojekyll").touch()


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
