"""The vendor clouds as real HTTP servers, and a house with heat pumps behind them.

An independent reading of the vendors' documents: nothing here is shared with the sources, so a
misreading on one side shows as a failing test instead of as agreement.
"""
