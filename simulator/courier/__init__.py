"""Files between stations and servers over real HTTP, HTTPS, FTP and FTPS, in simulated time."""

from simulator.courier.courier import Courier, courier
from simulator.courier.parcel import Parcel, Undelivered

__all__ = ["Courier", "Parcel", "Undelivered", "courier"]
