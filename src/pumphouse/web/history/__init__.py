"""The charts of History: any points over any time, as a page, as JSON and as a table."""
