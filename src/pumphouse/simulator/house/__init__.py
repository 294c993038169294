"""A house with two heat pumps behind the simulated clouds: physics, control, meters, truth."""

from pumphouse.simulator.house.alarms import Alarm
from pumphouse.simulator.house.house import House, Truth
from pumphouse.simulator.house.pump import Pump

__all__ = ["Alarm", "House", "Pump", "Truth"]
