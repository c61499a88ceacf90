"""Takes rows of the log away as a file: small ones at once, large ones made in the background."""
