"""What workers and producers need: a connection each."""
