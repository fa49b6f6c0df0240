"""What is seen of a broker from poll to poll, in the words of the port."""
