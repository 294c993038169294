"""Months of readings as Parquet files, which any tool can open.

One file holds a month of one device, sorted by point and time. It explains itself: the device and
its points stand in its metadata. Only these modules import pyarrow, and they are imported only
where such a file is written or read.
"""
