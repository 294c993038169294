"""The metrics that analytics ask a device's recording for."""

from typing import Final

__all__ = ["INPUTS", "PUMP_METRICS"]

#: whatever else a device tells is not read from the store for a report
INPUTS: Final = frozenset(
    {
        "additional_heat_power",
        "additional_heat_status",
        "additional_heat_step",
        "additional_heat_temperature",
        "alarm_active",
        "brine_in_temperature",
        "brine_out_temperature",
        "brine_pump_speed",
        "calculated_supply_temperature",
        "compressor_blocked",
        "compressor_frequency",
        "compressor_power",
        "compressor_run_time",
        "compressor_run_time_heating",
        "compressor_run_time_hot_water",
        "compressor_starts",
        "compressor_status",
        "condenser_return_temperature",
        "condenser_supply_temperature",
        "cooling_produced",
        "defrosting_active",
        "degree_minutes",
        "discharge_temperature",
        "electric_power",
        "electricity_used",
        "electricity_used_additional_heating",
        "electricity_used_additional_hot_water",
        "electricity_used_compressor",
        "electricity_used_compressor_hot_water",
        "electricity_used_heating",
        "electricity_used_hot_water",
        "evaporator_temperature",
        "exhaust_air_temperature",
        "external_return_temperature",
        "external_supply_temperature",
        "heat_power",
        "heat_produced",
        "heat_produced_heating",
        "heat_produced_heating_compressor",
        "heat_produced_hot_water",
        "heat_produced_hot_water_compressor",
        "heat_produced_pool",
        "heat_produced_pool_2",
        "heating_medium_flow",
        "heating_medium_pump_speed",
        "hot_water_boost",
        "hot_water_charging_temperature",
        "hot_water_start_sensor_temperature",
        "hot_water_top_temperature",
        "intake_air_temperature",
        "liquid_line_temperature",
        "outdoor_temperature",
        "outdoor_temperature_average",
        "outdoor_unit_temperature",
        "phase_1_current",
        "phase_2_current",
        "phase_3_current",
        "priority",
        "radiator_return_temperature",
        "radiator_supply_temperature",
        "return_temperature",
        "room_temperature",
        "suction_gas_temperature",
        "supply_temperature",
    }
)

#: who tells one of these is a heat pump, or measures one as a whole; temperatures are also told by
#: a sensor in a room, on a tank or on a pipe
PUMP_METRICS: Final = frozenset(
    metric
    for metric in INPUTS
    if not metric.endswith(("_temperature", "_temperature_average", "_current"))
)
