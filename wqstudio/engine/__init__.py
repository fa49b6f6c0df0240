"""What connects a broker with those who watch it and change it. No Qt here."""
