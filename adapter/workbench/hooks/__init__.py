"""The CDS playground: call a CDS service as an EHR would, and see what comes of it."""
