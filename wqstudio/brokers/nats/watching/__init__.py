"""What is seen of streams and consumers from poll to poll, in the words of the port."""
