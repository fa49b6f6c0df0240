"""What a dead letter is, read: its body in all its forms, what it matches, its line in a file."""
