"""What came of runs, as one HTML page."""
