"""What was done to dead letters and what is half done, on the disk; and what persons and looks have said of queues."""
