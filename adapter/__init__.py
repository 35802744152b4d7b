"""The running service: command line, settings, clock and the web application."""
