"""Why a query cannot be run."""


class QuerySyntax(Exception):
    """The text is no query: `token` at `line` and `position`, both from 1, is out of place."""

    def __init__(self, token: str, line: int, position: int) -> None:
        super().__init__(f"Query could not be parsed at '{token}' on line [{line},{position}]")
        self.token, self.line, self.position = token, line, position


class QuerySemantics(Exception):
    """The text is a query that means nothing for this table; `code` is the language's own."""

    def __init__(self, message: str, code: str = "SEM0100") -> None:
        super().__init__(message)
        self.code = code


class NotUnderstood(Exception):
    """It may be a good query for Azure, and says something that is not implemented here."""

    def __init__(self, what: str) -> None:
        super().__init__(f"The simulator does not implement {what} in queries.")
