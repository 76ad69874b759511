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
