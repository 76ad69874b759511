class UserError(ValueError):
    """A mistake the user can mend: what was wrong, what was received, what to write instead.

    The command line prints the message alone, without a traceback, and exits with status 2. From Python it is a
    `ValueError`.
    """
