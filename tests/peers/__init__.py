"""Other people's CDS software, each in an environment of its own (`environments`)."""
