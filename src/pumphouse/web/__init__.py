"""The web app: pages, API and live stream over an open installation."""
