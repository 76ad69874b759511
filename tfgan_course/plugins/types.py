"""Check the values that a user writes against type hints, and read texts as values of these types."""

import re
from collections.abc import Mapping, Sequence
from functools import cache, reduce
from operator import or_
from pathlib import PurePath
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import DocInfo, Ge, Gt, Interval

if TYPE_CHECKING:
    from pydantic import TypeAdapter

PositiveInt = Annotated[int, Ge(1)]
NonNegativeInt = Annotated[int, Ge(0)]
PositiveFloat = Annotated[float, Gt(0)]
NonNegativeFloat = Annotated[float, Ge(0)]
OpenUnitInterval = Annotated[float, Interval(gt=0, lt=1)]


class Loader(yaml.SafeLoader):
    """Reads YAML, with 1e-3 as a number; YAML 1.1 reads it as a text, because it has no point.

    A key that a mapping has twice is an error; PyYAML would take the last one. So is a value that contains itself, and
    nesting beyond Python's stack.
    """

    def get_single_node(self) -> yaml.Node | None:
        try:
            return super().get_single_node()
        except RecursionError as error:
            raise yaml.YAMLError("brackets or mappings are nested too deeply") from error

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            node = self.anchors.get(event.anchor)
            # A mapping or list gets its end when all of it was read.
            if isinstance(node, yaml.CollectionNode) and node.end_mark is None:
                line = event.start_mark.line + 1
                raise yaml.YAMLError(f"line {line} has *{event.anchor} inside of &{event.anchor}")
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in lines:
                    first = lines[key.value]
                    raise yaml.YAMLError(f"line {line} has the key {key.value}, which line {first} has already")
                lines[key.value] = line
        return node


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+"), [*"-+0123456789"]
)


def alternatives(hint: object) -> list:
    """Return the types that a type hint allows: the parts of a union, or the hint alone."""
    if get_origin(hint) in (Union, UnionType):
        return [kind for part in get_args(hint) for kind in alternatives(part)]
    return [NoneType if hint is None else hint]


def read_yaml(value: object) -> object:
    """Return the value of a YAML text; a text that is not YAML, and a value that is not a text, stay as they are."""
    if not isinstance(value, str):
        return value
    try:
        return yaml.load(value, Loader) if value.strip() else value
    except yaml.YAMLError:
        return value


def plain(value: object) -> object:
    """Return a NumPy number as a Python number, a path as text, and any other value unchanged."""
    if isinstance(value, PurePath):
        return str(value)
    return value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value


def fitted(hint: object, value: object) -> object:
    """Return a value as a type hint demands: a text is read as YAML, unless the hint allows only texts.

    Raises:
        ValueError: if the hint does not allow the value.
    """
    kinds = alternatives(hint)
    if isinstance(value, str) and str in kinds:  # any text fits str, so the other types are tried first
        others = [kind for kind in kinds if kind not in (str, Any)]
        try:
            return fitted(reduce(or_, others), value) if others else value
        except ValueError:
            return value
    value = plain(read_yaml(value))
    if Any in kinds:
        return value
    # Otherwise Literal[1] would accept true, and a type that pydantic does not know would accept null.
    if isinstance(value, bool | None) and type(value) not in kinds:
        raise ValueError(value)
    return _validated(hint, value)


def _validated(hint: object, value: object) -> object:
    from pydantic import PydanticSchemaGenerationError, ValidationError
    from pydantic_core import to_json

    try:
        adapter = _adapter(hint)
    except PydanticSchemaGenerationError:  # a type that only the class with this argument can check
        return value
    # As JSON, a tuple and a list are the same, and NumPy's numbers are Python's.
    content = to_json(value, fallback=plain, inf_nan_mode="constants")
    try:
        return adapter.validate_json(content, strict=True)
    except ValidationError:
        if not _takes_text(hint):
            raise
        return adapter.validate_json(content, strict=False)  # numbers are text as well


@cache
def _adapter(hint: Any) -> "TypeAdapter":
    from pydantic import ConfigDict, TypeAdapter  # 0.1 s, which --help does not need

    return TypeAdapter(hint, config=ConfigDict(coerce_numbers_to_str=True))


def _takes_text(hint: object) -> bool:
    return hint is str or any(map(_takes_text, get_args(hint)))


def in_words(hint: object) -> str:
    """Return in words, for an error, what a type hint allows."""
    kinds = alternatives(hint)
    if bool in kinds:  # bool together with a Literal gives one list of choices
        kinds = [Literal["true", "false"], *(kind for kind in kinds if kind is not bool)]
    choices = [str(choice) for kind in kinds if get_origin(kind) is Literal for choice in get_args(kind)]
    words = ["one of " + ", ".join(choices)] if choices else []
    for kind in kinds:
        origin, args = get_origin(kind), get_args(kind)
        if origin is Annotated and (meant := [part.documentation for part in args[1:] if isinstance(part, DocInfo)]):
            words += meant
        elif origin is Annotated:
            bounds = [(text, getattr(bound, name, None)) for bound in args[1:] for name, text in BOUNDS.items()]
            allowed = " and ".join(f"{text} {number}" for text, number in bounds if number is not None)
            words.append(f"{in_words(args[0])} {allowed}")
        elif origin in (list, Sequence, tuple) or kind is list:
            words.append(f"a list of {len(args)} values" if origin is tuple and ... not in args else "a list")
        elif kind in NAMES:
            words.append(NAMES[kind])
        elif origin in (dict, Mapping):
            words.append(NAMES[dict])
        elif origin is not Literal:
            words.append(getattr(kind, "__name__", str(kind)))
    return " or ".join(dict.fromkeys(words))


NAMES = {int: "a whole number", float: "a number", str: "text", dict: "a mapping", NoneType: "null", Any: "an object"}
BOUNDS = {"ge": "of at least", "le": "of at most", "gt": "above", "lt": "below"}
