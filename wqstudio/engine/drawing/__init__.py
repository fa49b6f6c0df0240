"""Timelines drawn and written without Qt, as SVG and CSV."""
