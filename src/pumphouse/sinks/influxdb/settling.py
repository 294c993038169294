"""Which servers confirm readings before they are on the disk, and for how long that matters.

InfluxDB has every confirmed point in its write-ahead log. VictoriaMetrics keeps what is new in
memory: two seconds until it becomes a part, five until the part is due, up to five more until its
flusher comes by, and as many again where the part is being merged just then.
"""

import re
from typing import Final

from pumphouse.core.ports import Settling
from pumphouse.http.wire import Reply

__all__ = ["STATUS_PAGE", "VICTORIA_METRICS_SECS", "settling_of"]

#: where servers show figures about themselves, in the format of Prometheus
STATUS_PAGE: Final = "/metrics"
#: how long VictoriaMetrics needs at most, with its default `-inmemoryDataFlushInterval`
VICTORIA_METRICS_SECS: Final = 20.0

_HEADER: Final = "X-Server-Hostname"  # of every answer of every program of VictoriaMetrics
_STARTED: Final = re.compile(
    rb"^(?:vm_app_start_timestamp|process_start_time_seconds) (\S+)", re.MULTILINE
)


def settling_of(page: Reply, chosen_secs: float | None) -> Settling:
    """What a server's page about itself says, whatever its status.

    Args:
        chosen_secs: the user's word, which goes before what is known of the server.
    """
    known = VICTORIA_METRICS_SECS if _HEADER in page.headers else 0.0
    started = _STARTED.search(page.body)
    return Settling(
        secs=known if chosen_secs is None else chosen_secs,
        run=started[1].decode(errors="replace") if started else "",
    )
