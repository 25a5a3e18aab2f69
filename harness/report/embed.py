"""
Data inside a page: JSON that cannot end its script element, whatever names and transcripts hold.
"""

import json
from typing import Any

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def script_json(data: Any) -> str:
    """
    Return *data* as JSON for a `<script>` element or a JavaScript file.

    All that is not ASCII is escaped (so U+2028 cannot break a line), and so are the three characters by which HTML
    could leave the element. NaN is refused: it is not JSON.
    """
    return json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":")).translate(_ESCAPES)
