"""The errors whose meaning is known where they are raised and that a person is told about."""


class PutlerError(Exception):
    """Something a user or an operator can act on; its text is a whole sentence that names no secret and no person."""
