"""The newest readings as families: `heatpump_outdoor_temperature_celsius{device="…"}`.

Labels are `device` (the vendor's id) and `source` (the configured name), because two sources may
know a device by the same id. Points without a metric are left out: nobody could name their unit.
"""

from collections.abc import Callable, Mapping
from typing import Final

from pumphouse.catalogue.catalogue import Catalogue, Metric
from pumphouse.core.model import Device, Point, Reading
from pumphouse.core.ports import News
from pumphouse.sinks.prometheus.families import Families
from pumphouse.sinks.prometheus.naming import Shape, family_of, state_of

__all__ = ["Fresh", "add_readings"]

Fresh = Callable[[str, str], bool]
"""Whether what is known of a source's device (source, device id) still holds."""

_SWITCH: Final = {"Yes": True, "On": True, "No": False, "Off": False}


def add_readings(families: Families, news: News, catalogue: Catalogue, fresh: Fresh) -> None:
    """Add what is known of every device; values only of those that are `fresh`."""
    for source, answers in news.answering.items():
        families.gauge(
            "heatpump_source_up",
            "Whether the source answers (1) or not (0).",
            {"source": source},
            float(answers),
        )
    for device in news.devices:
        _add_device(families, device)
    _add_sample_times(families, news)
    for key, reading in news.latest.items():
        point = news.points.get(key)
        if point is None or point.metric is None or not fresh(key.source, key.device):
            continue
        metric = catalogue.metric(point.metric)
        if metric is not None and reading.value is not None:
            _add_value(families, point, metric, reading.value)


def _add_device(families: Families, device: Device) -> None:
    labels = {"device": device.id, "source": device.source}
    known = {
        "name": device.name,
        "manufacturer": device.manufacturer,
        "model": device.model,
        "firmware": device.firmware,
    }
    said = {name: value for name, value in known.items() if value}
    families.gauge("heatpump_info", "What a device is; always 1.", {**labels, **said}, 1.0)
    if device.connected is not None:
        families.gauge(
            "heatpump_device_connected",
            "Whether the vendor's cloud has contact with the device (1) or not (0).",
            labels,
            float(device.connected),
        )


def _add_sample_times(families: Families, news: News) -> None:
    """The age of a device's data, also when its values have disappeared."""
    newest: dict[tuple[str, str], Reading] = {}
    for key, reading in news.latest.items():
        known = newest.get((key.source, key.device))
        if known is None or reading.time > known.time:
            newest[key.source, key.device] = reading
    for (source, device), reading in newest.items():
        families.gauge(
            "heatpump_last_sample_timestamp_seconds",
            "Time of the newest reading of a device, which is the device's own.",
            {"device": device, "source": source},
            reading.time.timestamp(),
        )


def _add_value(families: Families, point: Point, metric: Metric, value: float) -> None:
    family = family_of(metric, str(point.metric), point.unit, point.options)
    labels = {"device": point.key.device, "source": point.key.source}
    match family.shape:
        case Shape.GAUGE:
            families.gauge(family.name, metric.description, labels, family.unit.of(value))
        case Shape.COUNTER:
            families.counter(family.name, metric.description, labels, family.unit.of(value))
        case Shape.SWITCH:
            # a vendor's word in another language still comes with a code
            holds = _SWITCH.get(_label(point, metric, value) or "", value != 0)
            families.gauge(family.name, metric.description, labels, float(holds))
        case Shape.STATES:
            states = _states(point, metric, value)
            families.states(family.name, metric.description, labels, states)


def _label(point: Point, metric: Metric, value: float) -> str | None:
    """The word for a code; the vendor's options decide where there are any."""
    options = point.options or metric.options
    return next((option.label for option in options if option.value == value), None)


def _states(point: Point, metric: Metric, value: float) -> Mapping[str, bool]:
    """Every state a point can be in; several codes may mean one state, an unknown code none."""
    labels = (option.label for option in point.options or metric.options)
    states = dict.fromkeys((state_of(label) for label in labels), False)
    label = _label(point, metric, value)
    if label is not None:
        states[state_of(label)] = True
    return states
