"""What things mean: data files, and the one place that reads them."""
