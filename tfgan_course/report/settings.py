"""The options of runs as text, and where they differ."""

from collections.abc import Sequence

NONE = "none"


def flat(tree: object, name: str = "") -> dict[str, str]:
    """Return options by their dotted names, as the command line writes them: `critic` for the class, `critic.width`."""
    if not isinstance(tree, dict):
        return {name: text(tree)}
    found = {}
    if "class_path" in tree:
        found[name] = short(tree["class_path"])
        tree = tree.get("init_args") or {}
    for key, value in tree.items():
        found |= flat(value, f"{name}.{key}" if name else str(key))
    return found


def text(value: object) -> str:
    """Return an option's value in a line: `GradientPenalty(weight=10)` for an object."""
    if isinstance(value, dict) and "class_path" in value:
        inner = ", ".join(f"{key}={text(item)}" for key, item in (value.get("init_args") or {}).items())
        return f"{short(value['class_path'])}({inner})" if inner else short(value["class_path"])
    if isinstance(value, dict):
        return ", ".join(f"{key}={text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(text, value)) or NONE
    if value is None or isinstance(value, bool):
        return {None: NONE, True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def short(class_path: object) -> str:
    """Return the name of a class without its modules."""
    return str(class_path).rpartition(".")[2]


def differing(settings: Sequence[dict[str, str]]) -> list[str]:
    """Return the names of options that are not the same in all runs, in the order of the first that has them.

    An option that is not written down is none.
    """
    names = dict.fromkeys(name for run in settings for name in run)
    return [name for name in names if len({run.get(name, NONE) for run in settings}) > 1]
