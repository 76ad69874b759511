"""Where a run was made: versions, machine, command. And what to say where another version cannot read it."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

PACKAGES = ("tfgan-course", "tensorflow", "keras", "tensorflow-addons", "tensorflow-datasets", "numpy", "pillow")


def environment() -> dict:
    """Return the versions, the machine, the command and the git revision of this process: environment.json."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "command": sys.argv,
        "git_revision": git_revision(),
        "packages": {name: version(name) for name in PACKAGES},
    }


def version(package: str) -> str | None:
    """Return the version of an installed package, or None where it is not installed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def git_revision() -> str | None:
    """Return the revision of the checkout this package lies in, or None outside of one.

    Behind it stands `+changes` where the checkout is not as committed.
    """
    folder = Path(__file__).parent

    def git(*args: str) -> str:
        return subprocess.run(["git", *args], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if not git("ls-files", Path(__file__).name):
            return None
        return git("rev-parse", "HEAD") + ("+changes" if git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def read_environment(run: Path) -> dict:
    """Return the environment that a run was begun in; empty where environment.json is missing or damaged."""
    try:
        found = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) and isinstance(found.get("packages"), dict) else {}


def other_keras(run: Path) -> str:
    """Return which Keras a run was trained with where this Keras cannot read its checkpoints; otherwise nothing."""
    packages = read_environment(run).get("packages", {})
    theirs, ours = packages.get("keras"), importlib.metadata.version("keras")
    if not isinstance(theirs, str) or theirs.partition(".")[0] == ours.partition(".")[0]:
        return ""
    return f"it was trained with Keras {theirs} (TensorFlow {packages.get('tensorflow')}), and this is Keras {ours}"


def other_version(run: Path) -> str:
    """Return which version of this package wrote a run, where it was not this one; otherwise nothing."""
    theirs, ours = read_environment(run), environment()
    if not theirs or written_by(theirs) == written_by(ours):
        return ""
    return f"the run was written by {written_by(theirs)}, and this is {written_by(ours)}"


def written_by(environment: dict) -> str:
    """Return the version in an environment, and its git revision where it was a checkout."""
    number, revision = environment["packages"].get("tfgan-course"), environment.get("git_revision")
    return " ".join(["tfgan-course", *([number] if number else []), *([f"of revision {revision}"] if revision else [])])
