"""The demo: what a company sees when its teams create AI accounts and unkeyed is there."""
