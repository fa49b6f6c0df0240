"""Text that any reader of XML takes, whatever names and messages hold."""

import re

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML may hold, however it is written: whoever reads it would refuse all of it."""


def readable(xml: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", xml)
