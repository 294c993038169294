"""The charts of History: any points over any time, as the page, JSON and tables show them."""
