"""The errors that every room raises."""


class UserError(ValueError):
    """A mistake that the user can mend.

    The command line prints the message alone, without a traceback, and exits with status 2. From Python it is a
    `ValueError`. It carries its three parts, for code and tests that want them apart.

    Args:
        message: the whole message, where the three parts are not given.
        expected: what was expected.
        received: what was received instead.
        remedy: a sentence that says what to do.
    """

    def __init__(self, message: str | None = None, *, expected: str = "", received: str = "", remedy: str = ""):
        self.expected, self.received, self.remedy = expected, received, remedy
        super().__init__(f"expected {expected}; received {received}. {remedy}" if message is None else message)


class Diverged(UserError):
    """A loss, a term or a weight became NaN or infinite in training."""


class Interrupted(Exception):
    """The user asked the training to stop; its state is saved, if there was any to save."""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or the name of its class where it has no message.

    TensorFlow's messages go on with a dozen lines on the graph, which tell a user nothing.
    """
    message = getattr(error, "message", None) or str(error)
    return (message.strip() or type(error).__name__).splitlines()[0]
