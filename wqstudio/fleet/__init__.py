"""Simulated load: workers and producers in host processes of their own."""
