"""YAML with the line of every value, so that a fault can say where it stands."""

from typing import Any

import yaml

type Path = tuple[str | int, ...]


class YamlFault(ValueError):
    """The text is not YAML, or says a word twice."""


class YamlDocument:
    """A parsed document: its `value`, and the line (from 1) where each path begins."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            self.value: Any = yaml.safe_load(text)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise YamlFault(f"line {line}: {error.problem or 'cannot be read'}") from error
        except yaml.YAMLError as error:
            raise YamlFault(f"line 1: {error}") from error
        if node is not None:
            self._walk(node, ())

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest thing above it that the document has."""
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def _walk(self, node: yaml.Node, path: Path) -> None:
        self._lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            self._walk_mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            for index, each in enumerate(node.value):
                self._walk(each, (*path, index))

    def _walk_mapping(self, node: yaml.MappingNode, path: Path) -> None:
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                raise YamlFault(f"line {key.start_mark.line + 1}: '{key.value}' is there twice")
            seen.add(key.value)
            self._lines[(*path, key.value)] = key.start_mark.line + 1
            self._walk(value, (*path, key.value))
