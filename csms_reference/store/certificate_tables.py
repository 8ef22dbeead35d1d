"""The tables of blocks A and M: certificate authorities, what they issued, what stations hold, security events."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from csms_reference.sealing.columns import Blind, Sealed
from csms_reference.store.tables import Identity, Serial, Token, metadata

authorities = Table(
    "authorities",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("parent", String(32)),  # None: a root
    Column("certificate", Text, nullable=False),  # PEM
    Column(
        "private_key", Sealed("authorities.private_key"), nullable=False
    ),  # PKCS#8 in PEM; nothing outside of csms_reference.pki reads it
    Column("created_ms", BigInteger, nullable=False),
)

certificates = Table(
    "certificates",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("authority", String(32), nullable=False),
    Column("serial", String(40), nullable=False),  # lower-case hexadecimal, no leading zeros
    Column("kind", String(16), nullable=False),
    Column("station", Identity),
    Column("subject", Sealed("certificates.subject"), nullable=False),  # of a contract's it names the driver's token
    Column("common_name", Sealed("certificates.common_name"), nullable=False),
    Column("name_key", Blind("name"), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # SHA-256 over the DER
    Column("certificate", Sealed("certificates.certificate"), nullable=False),  # PEM
    Column("not_before_ms", BigInteger, nullable=False),
    Column("not_after_ms", BigInteger, nullable=False),
    Column("issued_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("reason", String(32)),  # of RFC 5280 §5.3.1
    UniqueConstraint("authority", "serial"),
    UniqueConstraint("fingerprint"),
    Index(None, "station", "id"),
    Index(None, "name_key"),
    Index(None, "not_after_ms"),
)

signing_requests = Table(
    "signing_requests",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("type", String(32), nullable=False),
    Column("request_id", Integer),  # 2.1
    Column("digest", String(64), nullable=False),  # SHA-256 over the CSR: a station may send it again
    Column("state", String(16), nullable=False),  # Rejected here, Issued, Sent, Installed, Refused there
    Column("why", String(255)),
    Column("certificate_id", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)

installed = Table(
    "installed_certificates",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("type", String(32), nullable=False),
    Column("hash_algorithm", String(8), nullable=False),
    Column("issuer_name_hash", String(128), nullable=False),
    Column("issuer_key_hash", String(128), nullable=False),
    Column("serial", String(40), nullable=False),
    Column("under", String(40)),  # the serial of the leaf of whose chain it is a part
    Column("noted_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)

contracts = Table(
    "contracts",
    metadata,
    Column("contract_key", Token, primary_key=True),
    Column("emaid", Sealed("contracts.emaid"), nullable=False),
    Column("pcid", String(64), nullable=False),  # the EV, by its provisioning certificate
    Column("created_ms", BigInteger, nullable=False),
    Index(None, "pcid"),
)

security_events = Table(
    "security_events",
    metadata,
    Column("id", Serial, primary_key=True),
    Column("station", Identity, nullable=False),
    Column("type", String(50), nullable=False),
    Column("tech_info", Text),
    Column("from_station", Boolean, nullable=False),  # False: the CSMS noticed it itself
    Column("timestamp_ms", BigInteger),
    Column("received_ms", BigInteger, nullable=False),
    Index(None, "station", "id"),
)
