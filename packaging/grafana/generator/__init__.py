"""The Grafana dashboards: what they show, how each database is asked, how Grafana draws it."""
