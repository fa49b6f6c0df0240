"""Dead letters in queues: checked out, read, copied to where they are to go."""
