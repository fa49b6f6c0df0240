"""``wqstudio dlq``: dead letters from the command line, with the engine that the window has."""
