"""Charts that are drawn here and sent as SVG: plain arithmetic, no script, a table beside each."""
