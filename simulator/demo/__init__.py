"""What `make demo` shows: a company's estate walking the road, on a local Azure with the app in it."""
