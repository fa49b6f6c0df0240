"""The nouns of work queues: frozen data, no I/O, standard library and numpy only."""
