"""The CSMS's memory: an SQL database that is migrated on opening and written in grouped commits."""

from csms_reference.store.errors import StoreError
from csms_reference.store.store import Store

__all__ = ["Store", "StoreError"]
