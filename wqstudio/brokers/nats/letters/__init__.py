"""Dead letters in streams: found, read, copied to where they are to go."""
