"""The one kind of error that is the user's to mend."""

from __future__ import annotations


class UserError(Exception):
    """Bad usage, data, model or checkpoint; the message names the file, key or layer and says what would be right.

    Commands print it as one line and end with status 2.
    """
