"""The figures of runs, and the process that reckons them."""
