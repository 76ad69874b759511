"""The errors that every room raises, and the checks that raise them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

MOST = 2000
"""The most characters that a message shows of what was received."""


class UserError(ValueError):
    """A mistake that the user can correct.

    The command line prints the message alone, without a traceback, and exits with status 2. From Python it is a
    `ValueError`. The attributes `expected`, `received` and `remedy` have the three parts of the message.

    Args:
        message: the whole message, if it does not have three parts.
        expected: what was expected.
        received: what was received instead.
        remedy: a sentence that says what to do.
    """

    def __init__(self, message: str | None = None, *, expected: str = "", received: str = "", remedy: str = ""):
        self.expected, self.received, self.remedy = expected, received, remedy
        received = received if len(received) <= MOST else f"{received[:MOST]} ..."
        super().__init__(f"expected {expected}; received {received}. {remedy}" if message is None else message)


class Diverged(UserError):
    """A loss, a term or a weight became NaN or infinite in training."""


class Interrupted(Exception):
    """The user asked the training to stop; `saved` is the run directory with its state, None if nothing was saved."""

    def __init__(self, saved: object = None):
        super().__init__(saved)
        self.saved = saved


def require(condition: object, expected: str, received: object, remedy: str) -> None:
    """Raise a `UserError` with these three parts unless the condition holds."""
    if not condition:
        raise UserError(expected=expected, received=str(received), remedy=remedy)


def require_at_least(least: float, **numbers: float | None) -> None:
    """Raise a `UserError` that names the first of the numbers below `least`. None passes, NaN does not."""
    for name, number in numbers.items():
        valid = number is None or number >= least
        require(valid, f"{name} of at least {least}", number, f"Set {name} to {least} or more")


@contextmanager
def extra(name: str, otherwise: str = "") -> Iterator[None]:
    """Turn an import that fails in the block into the error that names the extra of this package, and how to get it.

    Args:
        name: the extra in setup.cfg that has the imported packages.
        otherwise: how the user can do without, to continue the sentence that says how to install it.
    """
    try:
        yield
    except ImportError as error:
        raise UserError(
            expected=f"the packages of the extra `{name}`",
            received=str(error),
            remedy=f"Install them: pip install '.[{name}]' in the checkout{otherwise}",
        ) from error


def whole_number(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Return the argument `name` of a user as an int; raise `UserError` unless it is whole and in its range."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    allowed = f"of {least} or more" if most is None else f"from {least} to {most}"
    valid = whole and value >= least and (most is None or value <= most)
    require(valid, f"for {name} a whole number {allowed}", repr(value), f"Correct {name}")
    return int(value)


def raised_inside(error: BaseException) -> UserError | None:
    """Return the `UserError` that Python code in a TensorFlow graph raised, such as the reading of streamed images.

    TensorFlow raises an error of its own in place of it, whose message has the message of the `UserError`.
    """
    found = re.search(r"\bUserError: (.+)", str(error))
    return UserError(found[1]) if found else None


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its class if it has no message.

    TensorFlow's messages continue with a dozen lines about the graph, which do not help a user.
    """
    message = getattr(error, "message", None) or str(error)
    message = re.sub(r"^\{\{function_node .*?\}\} ", "", message)  # where in the graph it was raised
    return (message.strip() or type(error).__name__).splitlines()[0]
