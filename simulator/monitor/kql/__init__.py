"""A part of the Kusto Query Language: parsed by its grammar, bound to a table's columns, run over its rows."""
