"""Writes the documents that are generated from code."""

import json
import re
from pathlib import Path

from shared.road.diagnose.causes import table
from shared.road.policy import json_schema

DOCS = Path(__file__).parent.parent / "docs"


def main() -> None:
    """Writes docs/policy.schema.json, and the table of causes in docs/diagnose.md."""
    (DOCS / "policy.schema.json").write_text(json.dumps(json_schema(), indent=2) + "\n")
    diagnose = DOCS / "diagnose.md"
    causes = table().replace("\\", "\\\\")
    diagnose.write_text(re.sub(r"(?m)^\| code \|.*\n(\|.*\n)*", causes + "\n", diagnose.read_text()))


if __name__ == "__main__":
    main()
