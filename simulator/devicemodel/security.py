"""The variables of SecurityCtrlr (2.0.1 part 2 §2.2), which every station has."""

from __future__ import annotations

from simulator.devicemodel.variable import DataType, Mutability, Variable

_INT, _BOOL, _RO = DataType.INTEGER, DataType.BOOLEAN, Mutability.READ_ONLY

PASSWORD_FORM = "[a-zA-Z0-9*_=:+|@.-]*"
"""passwordString (part 2 §2.1.4)."""

MOST_CERTIFICATES = 30
"""How many CA certificates a station has room for (CertificateEntries.maxLimit)."""

LONGEST_CHAIN = 10_000
"""Characters of a chain that a station takes (MaxCertificateChainSize); no schema allows more."""

KEY_TYPES = ("EC", "RSA")
"""What the station's keys are: on the curve P-256, or RSA of 2048 bits (A00.FR.501–.503)."""

SECURITY: tuple[Variable, ...] = (
    Variable("SecurityCtrlr", "SecurityProfile", "0", _INT, _RO, low=0, high=3, live=True),
    Variable(
        "SecurityCtrlr", "BasicAuthPassword", "", DataType.STRING, Mutability.WRITE_ONLY, low=16, high=40,
        form=PASSWORD_FORM,
    ),
    Variable("SecurityCtrlr", "OrganizationName", "Chargebench", low=1, high=64),
    Variable("SecurityCtrlr", "Identity", "", mutability=_RO, high=48, live=True, constant=True),
    Variable("SecurityCtrlr", "CertificateEntries", "0", _INT, _RO, low=0, high=MOST_CERTIFICATES, live=True),
    Variable("SecurityCtrlr", "AdditionalRootCertificateCheck", "false", _BOOL, _RO, constant=True),
    Variable("SecurityCtrlr", "MaxCertificateChainSize", str(LONGEST_CHAIN), _INT, _RO, high=LONGEST_CHAIN,
             constant=True),
    Variable("SecurityCtrlr", "CertSigningWaitMinimum", "60", _INT, low=1, unit="s"),
    Variable("SecurityCtrlr", "CertSigningRepeatTimes", "3", _INT, low=0),
    Variable("SecurityCtrlr", "AllowSecurityProfileDowngrade", "false", _BOOL),
    Variable("SecurityCtrlr", "AllowCSMSTLSWildcards", "false", _BOOL),
    Variable("SecurityCtrlr", "KeyType", "EC", DataType.OPTION_LIST, options=KEY_TYPES),
)  # fmt: skip
"""KeyType is this maker's own: which kind of key pair the station makes next (A00.FR.421, note)."""
