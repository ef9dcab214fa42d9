"""Where the traffic of this run is kept: in the folder that TRAFFIC_DIR names, or in one that goes with the run.

Every simulator of the run writes there, be it in this process or in one that inherits the variable, and
tests/e2e/test_conformance.py and tests/infra/test_usage.py read it all at the end.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_VARIABLE = "TRAFFIC_DIR"
FOUND_ENVIRONMENT = dict(os.environ)  # before this run points it at itself


def _folder() -> Path:
    if named := os.environ.get(_VARIABLE):
        return Path(named).resolve()
    made = tempfile.mkdtemp(prefix="unkeyed-traffic-")
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


FOLDER = _folder()
os.environ[_VARIABLE] = str(FOLDER)
_RAN = FOLDER / "ran"


def note_that_it_ran(test_file: str) -> None:
    """Remembers beside the traffic that a test file has run, for what is checked over the whole run."""
    _RAN.mkdir(parents=True, exist_ok=True)
    (_RAN / test_file).touch()


def files_that_ran() -> set[str]:
    """The names of the test files that have run so far, in whichever process."""
    return {each.name for each in _RAN.glob("*.py")}
