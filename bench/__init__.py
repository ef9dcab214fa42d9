"""The measurements that the papers quote, each a command: see the Makefile."""
