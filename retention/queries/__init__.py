"""What retention asks of the catalog."""
