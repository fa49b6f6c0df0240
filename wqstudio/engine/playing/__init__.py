"""A scenario played on an open studio, and judged."""
