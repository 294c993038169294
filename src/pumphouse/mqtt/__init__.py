"""MQTT: how brokers are reached, for whoever listens to one or publishes to it."""
