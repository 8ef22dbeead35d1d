"""The variables of AuthCtrlr, AuthCacheCtrlr and LocalAuthListCtrlr (2.0.1 part 2 §2.3–2.5)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from simulator.devicemodel.variable import DataType, Mutability, Variable, written
from simulator.tokens import POLICIES, LocalList

_INT, _BOOL, _RO = DataType.INTEGER, DataType.BOOLEAN, Mutability.READ_ONLY

CACHE_BYTES = 262_144
LIST_BYTES = 4_194_304
"""The storage of stations whose profile says nothing of it."""

ADDITIONAL = 10
"""How many additionalInfo items a station sends along with a token (§2.3.2)."""


def _flag(component: str, name: str, default: bool) -> Variable:
    return Variable(component, name, written(default), _BOOL)


def _fixed(component: str, name: str, value: object, kind: DataType) -> Variable:
    return Variable(component, name, written(value), kind, _RO, constant=True)


_storage = partial(
    Variable, name="Storage", default="0", type=_INT, mutability=_RO, unit="B", low=0, persistent=False, live=True
)

AUTHORIZATION: tuple[Variable, ...] = (
    _flag("AuthCtrlr", "Enabled", True),
    _flag("AuthCtrlr", "AuthorizeRemoteStart", False),
    _flag("AuthCtrlr", "LocalAuthorizeOffline", True),
    _flag("AuthCtrlr", "LocalPreAuthorize", False),
    _flag("AuthCtrlr", "OfflineTxForUnknownIdEnabled", False),
    _flag("AuthCtrlr", "DisableRemoteAuthorization", False),
    _fixed("AuthCtrlr", "AdditionalInfoItemsPerMessage", ADDITIONAL, _INT),
    Variable("AuthCtrlr", "MasterPassGroupId", "", high=36),
    Variable("AuthCtrlr", "AnonymousIdTag", "NoAuthorization", low=1, high=20),
    _fixed("AuthCacheCtrlr", "Available", True, _BOOL),
    _flag("AuthCacheCtrlr", "Enabled", True),
    Variable("AuthCacheCtrlr", "LifeTime", "0", _INT, low=0, unit="s"),
    Variable("AuthCacheCtrlr", "Policy", POLICIES[0], DataType.OPTION_LIST, options=POLICIES),
    _storage("AuthCacheCtrlr", high=CACHE_BYTES),
    _flag("AuthCacheCtrlr", "DisablePostAuthorize", False),
    _fixed("LocalAuthListCtrlr", "Available", True, _BOOL),
    _flag("LocalAuthListCtrlr", "Enabled", True),
    Variable("LocalAuthListCtrlr", "Entries", "0", _INT, _RO, low=0, high=LocalList.size, live=True),
    _fixed("LocalAuthListCtrlr", "ItemsPerMessage", 1000, _INT),
    _fixed("LocalAuthListCtrlr", "BytesPerMessage", 500_000, _INT),
    _storage("LocalAuthListCtrlr", high=LIST_BYTES),
    _flag("LocalAuthListCtrlr", "DisablePostAuthorize", False),
    _fixed("LocalAuthListCtrlr", "SupportsExpiryDateTime", True, _BOOL),
)
"""AnonymousIdTag is this maker's own: what a 1.6 station says where nobody has identified himself."""

TX_POINTS = ("ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer", "DataSigned")
"""The start and stop points (TxStartStopPointValues, §2.6.6)."""

_points = partial(Variable, "TxCtrlr", type=DataType.MEMBER_LIST)
_tx_number = partial(Variable, "TxCtrlr", type=_INT)

TRANSACTIONS: tuple[Variable, ...] = (
    _points("TxStartPoint", "PowerPathClosed", options=TX_POINTS),
    _points("TxStopPoint", "PowerPathClosed", options=tuple(point for point in TX_POINTS if point != "DataSigned")),
    _tx_number("EVConnectionTimeOut", "120", low=1, unit="s"),
    _flag("TxCtrlr", "StopTxOnEVSideDisconnect", True),
    _flag("TxCtrlr", "StopTxOnInvalidId", True),
    _flag("TxCtrlr", "TxBeforeAcceptedEnabled", False),
    _tx_number("MaxEnergyOnInvalidId", "0", low=0, unit="Wh"),
    _tx_number("ResumptionTimeout", "0", low=0, unit="s"),
    _flag("TxCtrlr", "AllowEnergyTransferResumption", True),
    _tx_number("EnergyTransferResumptionRandomRange", "0", low=0, unit="s"),
    replace(_tx_number("ChargingTime", "0", live=True), type=DataType.DECIMAL, mutability=_RO, unit="s"),
)
"""A signature that is received stays so: DataSigned is no stop point (errata 2025-02 of E06.FR.05)."""
