"""What a case may want done to a system under test: the table that every rig is measured by.

A case yields an operation by name; a rig finds hands for it (``conformance.rigs``). ``says`` is what a person is asked
to do, with the fields in braces; ``fields`` tells what each is, with its unit, and ``gives`` what has to come back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conformance.vocabulary import CSMS, STATION, Role


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that hands can do. A field whose meaning ends in ``(optional)`` may be missing."""

    name: str
    role: Role
    says: str
    fields: Mapping[str, str] = field(default_factory=dict)
    gives: str = ""


OPERATIONS: dict[tuple[Role, str], Operation] = {}
"""Every operation, by role and name."""


def operation(role: Role, name: str, says: str, gives: str = "", /, **meanings: str) -> None:
    """Enter an operation; ``meanings`` are its fields. Raises ValueError for a repeated name."""
    if (role, name) in OPERATIONS:
        raise ValueError(f"two operations of a {role} are called {name}")
    OPERATIONS[role, name] = Operation(name, role, says, meanings, gives)


EVSE = "EVSE, counted from 1"
CONNECTOR = "connector of that EVSE, counted from 1"

# -- at a station ----------------------------------------------------------------------------------------------------

operation(STATION, "ready", "See that the station is switched on and connected.", "whether it boots now")
operation(STATION, "power_on", "Switch the station on; one with a battery when that no longer carries it.")
operation(STATION, "power_off", "Cut the station's power.")
operation(
    STATION,
    "plug",
    "Connect an EV that wants energy to connector {connector} of EVSE {evse}.",
    evse=EVSE,
    connector=CONNECTOR,
)
operation(STATION, "unplug", "Disconnect the EV from EVSE {evse}, and take the cable out.", evse=EVSE)
operation(
    STATION,
    "present",
    "Present the token {token} ({type}) at EVSE {evse}.",
    token="identification",
    type="IdTokenEnumType of 2.0.1",
    evse=EVSE,
)
operation(
    STATION,
    "plug_contract",
    "Connect an EV with the contract {emaid} (Plug & Charge) to connector {connector} of EVSE {evse}.",
    evse=EVSE,
    connector=CONNECTOR,
    emaid="commonName of its contract certificate",
    chain="that certificate and those below its root, PEM",
    key="private key of the contract, PKCS#8 in PEM",
)
operation(
    STATION,
    "plug_asking",
    "Connect an EV to connector {connector} of EVSE {evse} that asks for a contract certificate ({action}), and give "
    "the answer that it would take: one with the contract {emaid}.",
    "exiResponse, base64",
    evse=EVSE,
    connector=CONNECTOR,
    action="Install: it has none yet; Update: it has one that is about to end",
    emaid="commonName of its new contract certificate",
    chain="that certificate and those below its root, PEM",
    key="private key of the new contract, PKCS#8 in PEM",
    old_chain="for Update the certificate that the EV has, PEM (optional)",
    old_key="and its private key, PKCS#8 in PEM (optional)",
)
operation(
    STATION,
    "stop_all",
    "Present the master pass {token} ({type}), and choose to stop all transactions, if the station asks.",
    token="identification",
    type="IdTokenEnumType of 2.0.1",
)
operation(
    STATION,
    "stop_one",
    "Present the master pass {token} ({type}), and choose to stop the transaction at EVSE {evse}, if the station asks.",
    token="identification",
    type="IdTokenEnumType of 2.0.1",
    evse=EVSE,
)
operation(STATION, "suspend", "Have the EV at EVSE {evse} stop taking energy, still plugged in.", evse=EVSE)
operation(STATION, "resume", "Have the EV at EVSE {evse} take energy again.", evse=EVSE)
operation(
    STATION,
    "plug_idle",
    "Connect an EV that takes no energy yet to connector {connector} of EVSE {evse}.",
    evse=EVSE,
    connector=CONNECTOR,
)
operation(
    STATION,
    "unplug_at_ev",
    "Disconnect the cable of EVSE {evse} from the EV, and leave its other end in the station as it is.",
    evse=EVSE,
)
operation(STATION, "replug_at_ev", "Connect the cable of EVSE {evse} to the EV again, which wants energy.", evse=EVSE)
operation(
    STATION,
    "take_cable",
    "Take the cable, whose other end hangs free, out of the socket of EVSE {evse}; leave an attached one where it is.",
    evse=EVSE,
)
operation(
    STATION,
    "stop_at_car",
    "End the charging session at the EV of EVSE {evse}, over ISO 15118 (SessionStop).",
    evse=EVSE,
)
operation(
    STATION,
    "plug_negotiating",
    "Connect an EV that wants a schedule over ISO 15118 to connector {connector} of EVSE {evse}.",
    evse=EVSE,
    connector=CONNECTOR,
)
operation(STATION, "renegotiate", "Have the EV at EVSE {evse} ask for another schedule over ISO 15118.", evse=EVSE)
operation(
    STATION,
    "limit_from_outside",
    "Have an energy management system, not the CSMS, limit EVSE {evse} to {amps} A.",
    evse=f"{EVSE}; 0: the whole station",
    amps="A per phase",
)
operation(
    STATION,
    "lift_limit",
    "Have the energy management system limit EVSE {evse} no longer.",
    evse=f"{EVSE}; 0: the whole station",
)
operation(STATION, "drive_in", "Drive an EV into the bay of EVSE {evse}, and leave it unplugged.", evse=EVSE)
operation(STATION, "drive_out", "Drive the EV, which is unplugged, out of the bay of EVSE {evse}.", evse=EVSE)
operation(
    STATION,
    "fault",
    "Cause the fault {name} at connector {connector} of EVSE {evse}.",
    name="fault of docs/faults.md",
    evse=EVSE,
    connector=CONNECTOR,
)
operation(
    STATION,
    "mend",
    "Remove the fault {name} at connector {connector} of EVSE {evse}.",
    name="fault of docs/faults.md",
    evse=EVSE,
    connector=CONNECTOR,
)
operation(STATION, "refuse_reservations", "Set the station up so that it takes no reservations, by means of its own.")
operation(
    STATION,
    "shows",
    "What does the display show? Wait for a whole round, if several texts take turns.",
    "the texts that are shown, as a list or one after the other (- for none)",
)

operation(
    STATION,
    "offer_firmware",
    "Put a firmware, {image}, where the station can fetch it.",
    "location, signature and signingCertificate, as FirmwareType has them",
    image="sound, forged (signature), untrusted (certificate), broken (file) or missing (file)",
)
operation(
    STATION,
    "open_upload",
    "Have a place to which the station can upload files; it exists: {exists}.",
    "its URL",
    exists="true or false",
)
operation(
    STATION,
    "uploaded",
    "See what files came to {location}.",
    "list of their sizes in bytes",
    location="URL of the place",
)
operation(
    STATION,
    "know_customer",
    "Store something about the customer {customer} in the station, as only its manufacturer can.",
    customer="customerIdentifier",
)

# -- at a CSMS: what it has to know ------------------------------------------------------------------------------------

operation(
    CSMS,
    "provision.station",
    "Enter for the station: registration {registration}, password {password}, security profile {security_profile}.",
    registration="Accepted, Pending or Rejected (optional)",
    password="HTTP Basic password (optional)",
    security_profile="0 to 3; who came with a higher one may come with this one again (optional)",
)
operation(
    CSMS,
    "provision.token",
    "Enter the token {token} ({type}) with the status {status} and the group {group}.",
    token="identification",
    type="IdTokenEnumType of 2.0.1 (optional)",
    status="AuthorizationStatusEnumType (optional: Accepted)",
    group="groupIdToken, or 1.6's parentIdTag (optional)",
)

operation(
    CSMS,
    "provision.tariff",
    "Charge everybody {energy} {currency} for a kWh, and tell drivers what it costs.",
    energy="price of a kWh, without VAT",
    currency="ISO 4217",
)
operation(
    CSMS,
    "provision.contract_root",
    "Trust this root for contracts of EVs, and allow its OCSP responder, {responder}, to be asked.",
    certificate="PEM",
    responder="URL",
)
operation(
    CSMS,
    "open_responder",
    "Let an OCSP responder answer for the bench's certificates, with {revoked} as revoked.",
    "the URL of the responder",
    revoked="list of serial numbers in hexadecimal",
)
operation(
    CSMS,
    "asked_responder",
    "Tell what the OCSP responder was asked about since it was opened.",
    "list of serial numbers in hexadecimal",
)

operation(
    CSMS,
    "provision.contract",
    "Have a contract for an EV, and give its ISO 15118 request ({action}) in EXI and base64.",
    "exiRequest, base64",
    action="Install: of an EV without a contract certificate; Update: of one that has one",
)

# -- at a CSMS: what it has to send ------------------------------------------------------------------------------------


def _command(name: str, says: str, /, **meanings: str) -> None:
    operation(CSMS, f"command.{name}", f"Have the CSMS {says}.", **meanings)


_command(
    "cancel_reservation", "give up the reservation {reservation_id} (CancelReservation)", reservation_id="its number"
)
_command(
    "get_transaction_status",
    "ask whether messages about the transaction {transaction_id} wait (GetTransactionStatus)",
    transaction_id="as the bench told of it (optional: of any)",
)
_command(
    "reserve",
    "reserve EVSE {evse}, or a connector of the type {connector_type}, for {id_token} or the group {group_id} until "
    "{expires} (ReserveNow)",
    id_token="identification",
    expires="date and time",
    evse=f"{EVSE} (optional: any)",
    connector_type="ConnectorEnumType (optional: any)",
    token_type="IdTokenEnumType of 2.0.1 (optional)",
    group_id="groupIdToken, or 1.6's parentIdTag (optional)",
    reservation_id="number (optional: a fresh one)",
)
_command("clear_cache", "clear the station's authorization cache (ClearCache)")
_command(
    "change_availability",
    "make EVSE {evse}, connector {connector} operative: {operative} (ChangeAvailability)",
    operative="true or false",
    evse=f"{EVSE} (optional: the whole station)",
    connector=f"{CONNECTOR} (optional)",
)
_command("get_local_list_version", "ask for the version of the local list (GetLocalListVersion)")
_command(
    "send_local_list",
    "send the local list {entries} as version {version} (SendLocalList, {update})",
    version="number of the list",
    entries="id_token, status, expires, group_id, type; without a status it is removed (optional)",
    update="Full or Differential (optional: Full)",
)
_command(
    "get_variables",
    "read the variables or keys {names} (GetVariables, GetConfiguration)",
    names="Component.Variable or Component.Variable[instance], or 1.6 keys (optional: all)",
)
_command("get_base_report", "ask for the report {base} (GetBaseReport)", base="ReportBaseEnumType (optional)")
_command(
    "get_report",
    "ask for a report of {names}, of components that fulfil {criteria} (GetReport)",
    names="Component(EVSE,connector).Variable (optional)",
    criteria="list of ComponentCriterionEnumType (optional)",
)
_command(
    "set_variables",
    "set the variables or keys {values} (SetVariables, ChangeConfiguration)",
    values="Component.Variable, or 1.6 key, to value",
)
_command(
    "remote_start",
    "start a transaction at EVSE {evse} for {id_token} (RequestStartTransaction, RemoteStartTransaction)",
    id_token="identification",
    token_type="IdTokenEnumType of 2.0.1 (optional)",
    evse=f"{EVSE} (optional)",
    group_id="group of the token (optional)",
    charging_profile="ChargingProfileType of 2.0.1 (optional)",
)
_command(
    "remote_stop",
    "stop the transaction {transaction_id} (RequestStopTransaction, RemoteStopTransaction)",
    transaction_id="as the bench told of it",
)
_command(
    "reset",
    "reset the station, or EVSE {evse}: {kind} (Reset)",
    kind="Immediate or OnIdle; 1.6: Hard or Soft",
    evse=f"{EVSE} (optional)",
)
_command(
    "trigger",
    "trigger {message} for EVSE {evse}, connector {connector} (TriggerMessage, ExtendedTriggerMessage)",
    message="MessageTriggerEnumType",
    evse=f"{EVSE} (optional)",
    connector=f"{CONNECTOR} (optional)",
)
_command(
    "set_charging_profile",
    "set the charging profile {profile} at EVSE {evse} (SetChargingProfile)",
    profile="ChargingProfileType of 2.0.1; without an id the CSMS gives one",
    evse=f"{EVSE}; 0: the whole station",
)
_command(
    "clear_charging_profile",
    "clear the profile {profile_id}, or those of EVSE {evse}, purpose {purpose}, level {stack_level}"
    " (ClearChargingProfile)",
    profile_id="id of the profile (optional)",
    evse=f"{EVSE} (optional)",
    purpose="ChargingProfilePurposeEnumType (optional)",
    stack_level="stack level (optional)",
)
_command(
    "get_charging_profiles",
    "ask for the profiles {profile_ids}, or those of EVSE {evse}, purpose {purpose}, level {stack_level},"
    " set by {sources} (GetChargingProfiles)",
    profile_ids="ids of profiles (optional)",
    evse=f"{EVSE}; 0: those of the whole station (optional)",
    purpose="ChargingProfilePurposeEnumType (optional)",
    stack_level="stack level (optional)",
    sources="ChargingLimitSourceEnumType, several (optional)",
)
_command(
    "get_composite_schedule",
    "ask for the composite schedule of EVSE {evse}, over {duration} s in {unit} (GetCompositeSchedule)",
    evse=f"{EVSE}; 0: the grid connection",
    duration="s",
    unit="A or W (optional)",
)
_command(
    "unlock",
    "unlock connector {connector} of EVSE {evse} (UnlockConnector)",
    evse=EVSE,
    connector=f"{CONNECTOR} (optional)",
)
_command(
    "install_certificate",
    "install a root for {type}: {certificate} (InstallCertificate)",
    type="InstallCertificateUseEnumType",
    certificate="PEM (optional: the CSMS's own)",
)
_command(
    "get_installed_certificate_ids",
    "ask which certificates of the types {types} are installed (GetInstalledCertificateIds)",
    types="list of GetCertificateIdUseEnumType (optional: all)",
)
_command(
    "delete_certificate",
    "have the station delete this certificate: {certificate} (DeleteCertificate)",
    certificate="PEM",
)
_command(
    "set_password",
    "give the station the password {password} (SetVariables, BasicAuthPassword; ChangeConfiguration, AuthorizationKey)",
    password="HTTP Basic password; 1.6: its bytes in hexadecimal",
)
_command(
    "sign_certificate",
    "have the station ask for a new certificate of the type {type} (TriggerMessage)",
    type="ChargingStationCertificate, V2GCertificate or Combined",
)
_command(
    "set_network_profile",
    "store the address {url}, security profile {security_profile}, in slot {slot} (SetNetworkProfile)",
    slot="number of the slot",
    url="address of the CSMS, without the station's identity",
    security_profile="1, 2 or 3",
    timeout_s="seconds that a message may take (optional)",
    interface="OCPPInterfaceEnumType (optional)",
)
_command(
    "set_display_message",
    "show {content} ({format}) on the display as message {id}, {priority}, while {state}, from {start} to {end}, "
    "for the transaction {transaction_id} (SetDisplayMessage)",
    id="number of the message; a CSMS that gives them itself may take another, unless a message is replaced",
    content="text",
    priority="MessagePriorityEnumType (optional: NormalCycle)",
    format="MessageFormatEnumType (optional: UTF8)",
    state="MessageStateEnumType (optional: always)",
    start="date and time (optional: at once)",
    end="date and time (optional: for ever)",
    transaction_id="as the bench told of it (optional: of no transaction)",
)
_command(
    "get_display_messages",
    "ask which messages the display has, of the numbers {ids}, the priority {priority}, the state {state} "
    "(GetDisplayMessages)",
    ids="list of numbers (optional: any)",
    priority="MessagePriorityEnumType (optional: any)",
    state="MessageStateEnumType (optional: any)",
)
_command("clear_display_message", "remove the message {id} (ClearDisplayMessage)", id="number of the message")
_command(
    "get_monitoring_report",
    "ask which monitors there are, by {criteria} and on {names} (GetMonitoringReport)",
    criteria="list of MonitoringCriterionEnumType (optional: any)",
    names="list of Component(EVSE).Variable (optional: any)",
)
_command("set_monitoring_base", "set the monitoring base {base} (SetMonitoringBase)", base="MonitoringBaseEnumType")
_command(
    "set_monitoring_level",
    "set the monitoring level {severity} (SetMonitoringLevel)",
    severity="0 to 9; events of a higher number are told no longer",
)
_command(
    "set_variable_monitoring",
    "set the monitors {monitors} (SetVariableMonitoring)",
    monitors="list of name (Component(EVSE).Variable), type (MonitorEnumType), value and severity",
)
_command("clear_variable_monitoring", "clear the monitors {ids} (ClearVariableMonitoring)", ids="list of numbers")
_command(
    "update_firmware",
    "update the station's firmware from {location} with the signature {signature} and the signing certificate "
    "{signing_certificate}, to be retrieved at {retrieve} and installed at {install} (UpdateFirmware)",
    location="URL",
    signature="base64 (optional: 1.6 knows updates without)",
    signing_certificate="PEM (optional)",
    retrieve="date and time (optional: at once)",
    install="date and time (optional: at once)",
)
_command(
    "publish_firmware",
    "have the local controller publish the firmware at {location} with the checksum {checksum} (PublishFirmware)",
    location="URL",
    checksum="MD5 in hexadecimal digits",
)
_command(
    "unpublish_firmware",
    "have the local controller no longer publish the firmware with the checksum {checksum} (UnpublishFirmware)",
    checksum="MD5 in hexadecimal digits",
)
_command(
    "get_log",
    "have the station upload its {kind} to {location} (GetLog)",
    kind="DiagnosticsLog or SecurityLog",
    location="URL",
)
_command(
    "customer_information",
    "ask what the station knows of a customer, by {id_token} ({token_type}), {customer_identifier} or {certificate}; "
    "report: {report}, clear: {clear} (CustomerInformation)",
    report="true or false",
    clear="true or false",
    id_token="identification (optional)",
    token_type="IdTokenEnumType of 2.0.1 (optional)",
    customer_identifier="text (optional)",
    certificate="CertificateHashDataType of 2.0.1 (optional)",
)
