"""The variables of messages on the display (2.0.1 part 2 §2.12, 2.1 §2.14)."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

_CTRLR = "DisplayMessageCtrlr"
_RO = Mutability.READ_ONLY

FORMATS = ("ASCII", "HTML", "QRCODE", "URI", "UTF8")
"""MessageFormatEnumType; QRCODE is 2.1's."""

PRIORITIES = ("AlwaysFront", "InFront", "NormalCycle")
STATES_201 = ("Charging", "Faulted", "Idle", "Unavailable")
STATES = (*STATES_201, "Suspended", "Discharging")
"""MessageStateEnumType; the last two are 2.1's."""

LANGUAGES = ("en", "en-US", "de", "fr", "nl")
MOST_MESSAGES = 20

DISPLAY = (
    Variable(_CTRLR, "Available", "true", DataType.BOOLEAN, _RO, constant=True, live=True),
    Variable(_CTRLR, "Enabled", "true", DataType.BOOLEAN, live=True),
    Variable(_CTRLR, "DisplayMessages", "0", DataType.INTEGER, _RO, low=0, high=MOST_MESSAGES, live=True),
    Variable(_CTRLR, "SupportedFormats", "ASCII,HTML,UTF8", DataType.MEMBER_LIST, _RO, options=FORMATS, constant=True),
    Variable(
        _CTRLR,
        "SupportedPriorities",
        ",".join(PRIORITIES),
        DataType.MEMBER_LIST,
        _RO,
        options=PRIORITIES,
        constant=True,
    ),
    Variable(
        _CTRLR, "SupportedStates", ",".join(STATES), DataType.MEMBER_LIST, _RO, options=STATES, constant=True, live=True
    ),
    Variable(_CTRLR, "Language", "en", DataType.OPTION_LIST, options=LANGUAGES),
)
"""Available only where there is a display. A profile may say that there is less."""
