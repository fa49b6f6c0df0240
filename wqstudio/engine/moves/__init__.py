"""Dead letters on their way: planned, previewed, copied, removed, undone, written to files and read from them."""
