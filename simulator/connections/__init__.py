"""Connections, which accounts, Foundry projects and machine-learning workspaces hold alike: one table, one set of rules."""
