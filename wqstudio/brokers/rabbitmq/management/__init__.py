"""The management API: found, asked, decoded, and what its listings come to."""
