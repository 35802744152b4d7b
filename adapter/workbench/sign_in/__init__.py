"""Who is at the workbench where that is asked: accounts, an identity provider, sessions."""
