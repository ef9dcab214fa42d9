"""Builds the deployment package as the build of Azure Functions takes it: every committed file that .funcignore lets through.

python scripts/package.py [FILE]   (default: dist/unkeyed.zip)

The same commit gives the same bytes: files are sorted and carry no time. What is not in git is not in the package.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parent.parent
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first time that a zip file can say
MODE = 0o100644 << 16


def main() -> None:
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "dist" / "unkeyed.zip"
    target.parent.mkdir(parents=True, exist_ok=True)
    pack(target)
    report(target)


def names() -> list[str]:
    """Paths of the files that are deployed, sorted. Git itself reads .funcignore, which is written as its ignore files are."""
    return sorted(_listed() - _listed("--ignored", "--exclude-from=.funcignore"))


def _listed(*options: str) -> set[str]:
    return _git("ls-files", "--cached", *options)


def _git(command: str, *options: str) -> set[str]:
    """The paths that a git command prints."""
    done = subprocess.run(["git", command, "-z", *options], cwd=ROOT, capture_output=True, text=True, check=True)
    return {each for each in done.stdout.split("\0") if each}


def _changed() -> list[str]:
    """The files that are deployed and differ from the commit."""
    return sorted(_git("diff", "--name-only", "HEAD") & set(names()))


def pack(target: Path) -> None:
    """Writes the package."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=9) as package:
        for name in names():
            package.writestr(_entry(name), (ROOT / name).read_bytes())


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, LONG_AGO)
    entry.create_system = 3  # Unix, wherever it is built
    entry.external_attr = MODE
    entry.compress_type = ZIP_DEFLATED
    return entry


def report(target: Path) -> None:
    """Prints how large the package is, and what is in it by folder."""
    with ZipFile(target) as package:
        entries = package.infolist()
    if changed := _changed():
        print(f"not what the commit has: {', '.join(changed[:3])}{' …' if len(changed) > 3 else ''}")
    print(f"{target}: {target.stat().st_size / 1000:,.0f} kB, {len(entries)} files")
    print(f"{'files':>8}{'kB':>8}  folder")
    for folder, files, size in by_folder(entries):
        print(f"{files:>8}{size / 1000:>8,.0f}  {folder}")


def by_folder(entries: Iterable[ZipInfo]) -> list[tuple[str, int, int]]:
    """Each folder with the number and the bytes of its files before they are packed, `.` for those of no folder."""
    files: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    for entry in entries:
        folder = "/".join(entry.filename.split("/")[:-1][:2]) or "."
        files[folder] += 1
        sizes[folder] += entry.file_size
    return [(folder, files[folder], sizes[folder]) for folder in sorted(files)]


if __name__ == "__main__":
    main()
