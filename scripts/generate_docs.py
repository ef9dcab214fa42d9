"""Writes the documents that are generated from code."""

import json
from pathlib import Path

from shared.road.policy import json_schema

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Writes docs/policy.schema.json."""
    (DOCS / "policy.schema.json").write_text(json.dumps(json_schema(), indent=2) + "\n")


if __name__ == "__main__":
    main()
