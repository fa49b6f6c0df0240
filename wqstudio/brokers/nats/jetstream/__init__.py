"""JetStream's API and advisories, asked and decoded."""
