"""What the operating system means when it refuses to write."""

import errno
from typing import Final

__all__ = ["FORBIDDEN", "NO_ROOM"]

#: what passes when somebody makes room: the disk, a quota, a limit of sizes
NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: what passes when somebody gives a permission
FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
