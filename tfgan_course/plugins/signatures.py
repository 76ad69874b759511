"""Read the types, defaults and meanings of a constructor's arguments from its type hints and docstrings."""

import ast
import inspect
import sys
from collections.abc import Callable
from dataclasses import MISSING, dataclass, is_dataclass
from functools import cache
from typing import Any

from docstring_parser import Docstring, ParseError, google

from tfgan_course.plugins.types import alternatives

REQUIRED = object()
"""This object stands for the default of an argument that has no default."""


@dataclass(frozen=True)
class Parameter:
    """An argument of a class, or an option.

    Args:
        hint: its type; a text if the type was not resolved, see `parameters`.
        make_default: a function that returns the default, or `REQUIRED`.
        meaning: the explanation of the argument, one sentence or more.
    """

    hint: Any
    make_default: Callable[[], object]
    meaning: str = ""

    @property
    def kinds(self) -> list:
        """The types that the hint allows."""
        return alternatives(self.hint)


def group_of(hint: object) -> type | None:
    """Return the dataclass whose fields are the parts of an option; None if the option has no parts.

    An abstract dataclass is not a group: it stands for its subclasses.
    """
    kinds = [kind for kind in alternatives(hint) if isinstance(kind, type) and is_dataclass(kind)]
    return next((kind for kind in kinds if not inspect.isabstract(kind)), None)


@cache
def parameters(owner: type, complete: bool = True) -> dict[str, Parameter]:
    """Return the arguments of a class by their names.

    Args:
        owner: the class. If its constructor passes `**kwargs` on, the arguments of its base classes are included.
        complete: also resolve the types that are only imported for type checkers. Without it these types stay texts and
            nothing is imported, because many of them need TensorFlow.
    """
    found, meant = {}, meanings(owner)
    declaring = {name: cls for cls in reversed(owner.__mro__) for name in vars(cls).get("__annotations__", ())}
    for cls in owner.__mro__:
        if not inspect.isfunction(init := vars(cls).get("__init__")):
            continue
        declared = [*inspect.signature(init).parameters.values()][1:]
        options = vars(cls).get("__dataclass_fields__", {})
        for argument in declared:
            if argument.kind in (argument.VAR_POSITIONAL, argument.VAR_KEYWORD) or argument.name in found:
                continue
            module = (declaring[argument.name] if argument.name in options else cls).__module__
            hint = Any if argument.annotation is argument.empty else resolved(argument.annotation, module, complete)
            default = REQUIRED if argument.default is argument.empty else argument.default
            factory = options[argument.name].default_factory if argument.name in options else MISSING
            make = (lambda default=default: default) if factory is MISSING else factory
            found[argument.name] = Parameter(hint, make, meant.get(argument.name, ""))
        if not any(argument.kind is argument.VAR_KEYWORD for argument in declared):
            break
    return found


def resolved(annotation: object, module: str, complete: bool) -> object:
    """Return the type that an annotation names. If it is not found: Any if `complete`, else the annotation itself."""
    if not isinstance(annotation, str):
        return annotation
    names = vars(sys.modules[module])
    try:
        return eval(annotation, names)
    except NameError:
        if not complete:
            return annotation
    try:
        return eval(annotation, {**names, **imported_for_type_checkers(module)})
    except NameError:
        return Any


@cache
def imported_for_type_checkers(module: str) -> dict[str, object]:
    """Return what a module imports under `if TYPE_CHECKING:`."""
    names: dict[str, object] = {}
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError):  # a notebook's classes have no source file
        return names
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            exec(compile(ast.Module(node.body, []), module, "exec"), names)
    return names


def about(owner: object) -> str:
    """Return the docstring of a class or a function up to its arguments."""
    return (documentation(owner).description or "").strip()


def meanings(owner: object) -> dict[str, str]:
    """Return the explanation of each argument, from the docstring of a function or of a class and its base classes."""
    classes = reversed(owner.__mro__) if isinstance(owner, type) else [owner]
    found = [argument for cls in classes for argument in documentation(cls).params]
    # Those of the section `Attributes` are among them.
    return {one.arg_name: " ".join(one.description.split()) for one in found if one.args[0] == "param"}


@cache
def documentation(owner: object) -> Docstring:
    """Return the parts of a docstring, or only its first line if it cannot be parsed."""
    text = inspect.getdoc(owner)
    try:
        return google.parse(text)
    except ParseError:
        found = Docstring()
        found.short_description = text.partition("\n")[0]
        return found
