"""Prometheus: the newest readings and the house's own figures, rendered when they are asked for."""

from pumphouse.sinks.prometheus.exposition import PrometheusExposition
from pumphouse.sinks.prometheus.figures import HouseFigures
from pumphouse.sinks.prometheus.server import routes, serving

__all__ = ["HouseFigures", "PrometheusExposition", "routes", "serving"]
