"""What workers and producers need: a connection and a channel each."""
