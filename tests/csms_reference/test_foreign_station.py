"""Stations that are not ours: the ocpp package's ChargePoint on websockets, for 1.6, 2.0.1 and 2.1."""

import asyncio
import contextlib
import logging

import pytest
import websockets
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call as call16
from ocpp.v16 import call_result as result16
from ocpp.v21 import ChargePoint as ChargePoint21
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call as call201
from ocpp.v201 import call_result as result201

from csms_reference.server import start
from csms_reference.services.authorization import Token, put
from csms_reference.settings import Settings

AT = "2026-03-01T08:00:00Z"


class Station16(ChargePoint16):
    @on("RemoteStartTransaction")
    def on_remote_start(self, id_tag, **_):
        return result16.RemoteStartTransaction("Accepted" if id_tag == "TAG" else "Rejected")

    @on("Reset")
    def on_reset(self, type):
        return result16.Reset("Accepted" if type == "Soft" else "Rejected")

    @on("GetConfiguration")
    def on_get_configuration(self, key=None):
        return result16.GetConfiguration(unknown_key=key)


class Newer:
    """What 2.0.1 and 2.1 answer alike."""

    @on("RequestStartTransaction")
    def on_remote_start(self, id_token, remote_start_id, **_):
        return result201.RequestStartTransaction("Accepted", transaction_id=f"T{remote_start_id}")

    @on("Reset")
    def on_reset(self, type, **_):
        return result201.Reset("Accepted" if type == "OnIdle" else "Rejected")

    @on("GetVariables")
    def on_get_variables(self, get_variable_data):
        return result201.GetVariables(
            [{"attributeStatus": "Accepted", "attributeValue": "60", **asked} for asked in get_variable_data]
        )


class Station201(Newer, ChargePoint201):
    pass


class Station21(Newer, ChargePoint21):
    pass


@pytest.fixture
async def csms(tmp_path):
    logging.getLogger("ocpp").setLevel(logging.ERROR)
    served = await start(
        Settings.of({"port": 0, "api_port": 0, "database": f"sqlite:///{tmp_path}/c.sqlite", "require_passwords": True})
    )
    for identity in ("CP16", "CP201", "CP21"):
        await served.csms.register(identity, password="a password of 16")
    await served.csms.store.write(lambda database: put(database, Token("TAG", group_id="GROUP")))
    yield served
    await served.close()


@contextlib.asynccontextmanager
async def station(csms, kind, identity, subprotocol, password="a password of 16"):
    url = f"ws://{identity}:{password.replace(' ', '%20')}@127.0.0.1:{csms.ocpp_port}/{identity}"
    async with websockets.connect(url, subprotocols=[subprotocol], proxy=None) as socket:
        assert socket.subprotocol == subprotocol
        peer = kind(identity, socket)
        listening = asyncio.create_task(peer.start())
        yield peer
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening


async def test_a_foreign_16_station(csms):
    async with station(csms, Station16, "CP16", "ocpp1.6") as peer:
        booted = await peer.call(call16.BootNotification("Model", "Vendor"))
        assert (booted.status, booted.interval) == ("Accepted", 300)
        assert (await peer.call(call16.Heartbeat())).current_time
        await peer.call(call16.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
        assert (await peer.call(call16.Authorize("TAG"))).id_tag_info["parent_id_tag"] == "GROUP"
        started = await peer.call(call16.StartTransaction(connector_id=1, id_tag="TAG", meter_start=0, timestamp=AT))
        assert started.id_tag_info["status"] == "Accepted"
        sampled = [{"timestamp": AT, "sampledValue": [{"value": "5"}]}]
        await peer.call(call16.MeterValues(connector_id=1, transaction_id=started.transaction_id, meter_value=sampled))
        await peer.call(call16.StopTransaction(meter_stop=90, timestamp=AT, transaction_id=started.transaction_id))
        assert (await peer.call(call16.DataTransfer("acme"))).status == "UnknownVendorId"
        command = csms.csms.command
        assert (await command("CP16", "remote_start", id_token="TAG", evse=1)).status == "Accepted"
        assert (await command("CP16", "reset", kind="OnIdle")).status == "Accepted"
        assert (await command("CP16", "get_variables", names=["X"])).answer == {"unknownKey": ["X"]}
        assert (await command("CP16", "clear_cache")).status == "refused"


@pytest.mark.parametrize(
    ("peers", "identity", "subprotocol"), [(Station201, "CP201", "ocpp2.0.1"), (Station21, "CP21", "ocpp2.1")]
)
async def test_a_foreign_station_of_a_newer_version(csms, peers, identity, subprotocol):
    async with station(csms, peers, identity, subprotocol) as peer:
        booted = await peer.call(call201.BootNotification({"vendorName": "V", "model": "M"}, "PowerUp"))
        assert booted.status == "Accepted"
        await peer.call(
            call201.StatusNotification(timestamp=AT, connector_status="Occupied", evse_id=1, connector_id=1)
        )
        token = {"idToken": "TAG", "type": "ISO14443"}
        assert (await peer.call(call201.Authorize(token))).id_token_info["status"] == "Accepted"
        for number, kind in enumerate(["Started", "Updated", "Ended"]):
            answer = await peer.call(
                call201.TransactionEvent(
                    event_type=kind,
                    timestamp=AT,
                    trigger_reason="Authorized" if kind == "Started" else "MeterValuePeriodic",
                    seq_no=number,
                    transaction_info={"transactionId": "T1"},
                    id_token=token if kind == "Started" else None,
                    evse={"id": 1, "connectorId": 1},
                    meter_value=[{"timestamp": AT, "sampledValue": [{"value": number * 10}]}],
                )
            )
            assert (answer.id_token_info is not None) == (kind == "Started")
        await peer.call(call201.NotifyReport(request_id=1, generated_at=AT, seq_no=0))
        command = csms.csms.command
        assert (await command(identity, "remote_start", id_token="TAG")).answer["transactionId"].startswith("T")
        assert (await command(identity, "reset", kind="Soft")).status == "Accepted"
        assert (await command(identity, "get_variables", names=["A.B"])).status == "Accepted"
        if peers is Station201:  # that peer does not answer what it does not know of 2.1
            assert (await command(identity, "clear_cache")).status == "refused"
    record = await csms.csms.store.read(
        lambda database: database.exec_driver_sql("select complete, energy_wh from transactions").one()
    )
    assert tuple(record) == (1, 20.0)


async def test_a_wrong_password_is_refused_before_the_upgrade(csms):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with station(csms, Station16, "CP16", "ocpp1.6", password="wrong"):
            pass
    assert refused.value.response.status_code == 401
