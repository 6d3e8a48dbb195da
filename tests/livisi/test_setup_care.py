"""Discovery, reconfiguration, options, repairs and device triggers."""

from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType, async_get_device_automations
from homeassistant.config_entries import SOURCE_DHCP, ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.pushwire.const import DOMAIN
from custom_components.pushwire.vendors.livisi import repairs
from simulators import ElementSimulator, LivisiSimulator
from tests.common import set_up, start_reconfigure, wait_reconnected, wait_until

pytestmark = pytest.mark.usefixtures("quick_hub")
BOTH = pytest.mark.parametrize("version", ["v1", "v2"])
FLOW = "custom_components.pushwire.vendors.livisi.config_flow"
MACS = {"v1": ["020000001001"], "v2": ["020000002001", "020000002002"]}


def issues(hass: HomeAssistant) -> set[str]:
    """Return the translation keys of the current issues."""
    return {str(issue.translation_key) for (domain, _), issue in ir.async_get(hass).issues.items() if domain == DOMAIN}


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Let addresses of the private network lead to simulators, by address."""
    targets: dict[str, str] = {}
    module = __import__(FLOW, fromlist=["hub_address"])
    real = module.hub_address
    monkeypatch.setattr(module, "hub_address", lambda text: real(targets.get(text, text)))
    coordinator = "custom_components.pushwire.vendors.livisi.coordinator.hub_address"
    monkeypatch.setattr(coordinator, lambda text: real(targets.get(text, text)))
    return targets


async def announce(hass: HomeAssistant, ip: str, mac: str, hostname: str = "smarthome01") -> Any:
    """Return the result of a flow that a DHCP announcement starts."""
    return await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip=ip, hostname=hostname, macaddress=mac),
    )


# Discovery


@BOTH
async def test_a_discovered_hub(hass: HomeAssistant, sim: LivisiSimulator, announced: dict[str, str]) -> None:
    announced["192.168.1.20"] = sim.user_input["host"]
    form = await announce(hass, "192.168.1.20", "020000009999", "SMARTHOME01")
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "livisi")
    assert sim.logins == 0, "nothing but a request without a token"
    progress = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert progress[0]["context"]["title_placeholders"] == {"name": "LIVISI SmartHome (192.168.1.20)"}
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"host": "192.168.1.20", "password": sim.password}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert done["result"].unique_id == f"livisi:{sim.serial_number}"
    again = await announce(hass, "192.168.1.20", MACS[sim.version][0])
    assert again["reason"] == "already_configured"
    await hass.config_entries.async_unload(done["result"].entry_id)


@pytest.mark.parametrize(
    "ip,hostname", [("127.0.0.1", "smarthome01"), ("8.8.8.8", "smarthome01"), ("192.168.1.20", "printer")]
)
async def test_announcements_that_are_not_followed(
    hass: HomeAssistant, sim: LivisiSimulator, announced: dict[str, str], ip: str, hostname: str
) -> None:
    announced[ip] = sim.user_input["host"]
    result = await announce(hass, ip, "020000009999", hostname)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_this_vendor")
    assert not sim.requests


async def test_another_system_is_not_offered(hass: HomeAssistant, announced: dict[str, str]) -> None:
    async with ElementSimulator() as other:
        announced["192.168.1.20"] = f"{other.host}:{other.port}"
        result = await announce(hass, "192.168.1.20", "020000009999")
        assert result["reason"] == "not_this_vendor"
        assert [request.path for request in other.requests] == ["/status"]


@BOTH
async def test_a_hub_with_a_new_address(
    hass: HomeAssistant, announced: dict[str, str], version: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with LivisiSimulator(version=version) as sim:
        entry = await set_up(hass, sim)
        announced["192.168.1.21"] = sim.user_input["host"]
        for mac in MACS[version]:
            result = await announce(hass, "192.168.1.21", mac, "anything")
            assert result["reason"] == "already_configured"
        assert entry.data["host"] == sim.user_input["host"], "the previous address still answers"
        port = sim.port
        await sim.close()
        await wait_until(hass, lambda: entry.runtime_data.seconds_lost > 0)
        async with LivisiSimulator(version=version) as moved:
            announced["192.168.1.21:" + str(port)] = moved.user_input["host"]
            await announce(hass, "192.168.1.21", MACS[version][0])
            assert entry.data["host"] == sim.user_input["host"], "the previous address was not silent for long"
            monkeypatch.setattr(f"{FLOW}.SILENCE", 0.0)
            moved.refuse(404, times=1, body="another system")
            await announce(hass, "192.168.1.21", MACS[version][0])
            assert entry.data["host"] == sim.user_input["host"], "another system answers"
            await announce(hass, "192.168.1.21", MACS[version][0])
            await hass.async_block_till_done()
            assert entry.data["host"] == f"192.168.1.21:{port}"
            assert entry.state is ConfigEntryState.LOADED
            await hass.config_entries.async_unload(entry.entry_id)


async def test_a_hub_beside_other_entries(hass: HomeAssistant, sim: LivisiSimulator, announced: dict[str, str]) -> None:
    for vendor in ("deconz", "livisi"):
        MockConfigEntry(domain=DOMAIN, data={"vendor": vendor, "host": "192.168.1.9"}, unique_id=vendor).add_to_hass(
            hass
        )
    announced["192.168.1.20"] = sim.user_input["host"]
    form = await announce(hass, "192.168.1.20", "020000009999", "SMARTHOME01")
    assert (form["type"], form["step_id"]) == (FlowResultType.FORM, "livisi")


# Reconfiguration and options


@BOTH
async def test_a_new_address_and_a_new_password_together(hass: HomeAssistant, version: Any) -> None:
    async with LivisiSimulator(version=version) as sim:
        entry = await set_up(hass, sim)
        await hass.config_entries.async_unload(entry.entry_id)
    async with LivisiSimulator(version=version, password="another one") as moved:
        form = await start_reconfigure(hass, entry)
        host = moved.user_input["host"]
        empty = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": host, "password": ""})
        assert empty["errors"] == {"password": "invalid_auth"}
        wrong = await hass.config_entries.flow.async_configure(form["flow_id"], {"host": host})
        assert wrong["errors"] == {"password": "invalid_auth"}
        done = await hass.config_entries.flow.async_configure(
            form["flow_id"], {"host": host, "password": "another one"}
        )
        assert done["reason"] == "reconfigure_successful"
        await hass.async_block_till_done()
        assert (entry.data["host"], entry.data["password"]) == (host, "another one")
        assert entry.state is ConfigEntryState.LOADED
        await hass.config_entries.async_unload(entry.entry_id)


@BOTH
async def test_the_form_of_the_options(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    form = await hass.config_entries.options.async_init(entry.entry_id)
    offered = {
        str(key): {option["label"] for option in value.config["options"]}
        for key, value in form["data_schema"].schema.items()
        if hasattr(value, "config") and "options" in value.config
    }
    assert offered["inverted_shutters"] == {"Rollladen (Wohnzimmer)"}
    assert "Kaffeemaschine (Küche)" in offered["as_light"]
    plug = sim.resolve("coffee.SwitchActuator")
    done = await hass.config_entries.options.async_configure(
        form["flow_id"], {"as_light": [plug], "motion_hold": 10, "thermostat_climates": True, "estimated_lux": True}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    chosen = ("light.kuche_kaffeemaschine", "climate.bad_heizkorper_bad")
    assert all(hass.states.get(entity_id) is not None for entity_id in chosen)
    assert hass.states.get("sensor.flur_bewegung_flur_estimated_illuminance") is not None
    assert hass.states.get("switch.kuche_kaffeemaschine") is None
    hass.config_entries.async_update_entry(entry, options={})
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert not [entity_id for entity_id in chosen if hass.states.get(entity_id) is not None]
    assert hass.states.get("sensor.flur_bewegung_flur_estimated_illuminance") is None


# Repairs


@BOTH
@pytest.mark.parametrize("code,key", [(5003, "terms_not_accepted"), (2011, "right_missing")])
async def test_what_only_a_person_can_change(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], code: int, key: str
) -> None:
    sim.refuse(403, path="/status", body={"errorcode": code, "description": "no", "messages": []})
    await sim.drop()
    await wait_until(hass, lambda: key in issues(hass))
    sim.allow()
    await wait_reconnected(hass, entry)
    assert not issues(hass)


async def test_a_right_that_is_missing_once_is_no_issue(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    sim.refuse(403, times=2, path="/status", body={"errorcode": 2011, "description": "no", "messages": []})
    await sim.drop()
    await wait_reconnected(hass, entry)
    assert not issues(hass)


@BOTH
async def test_a_hub_that_restarts_often(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000.0
    monkeypatch.setattr(repairs, "time", lambda: now)
    for number in range(1, 5):
        assert not issues(hass)
        now += 3600
        with sim.lose_frames():
            sim.set_state("hub", lastReboot=f"2026-11-0{number}T03:00:00Z")
        await sim.reboot()
        await wait_reconnected(hass, entry, number)
    assert issues(hass) == {"hub_restarts"}
    await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert issues(hass) == {"hub_restarts"}, "the restarts are kept"
    now += 80_000
    entry.runtime_data._resync_regularly(None)
    assert not issues(hass)


@pytest.mark.parametrize("version", ["v1"])
async def test_a_hub_without_free_memory(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(repairs, "time", lambda: now)
    sim.set_hub_load(10, 95)
    for seconds, expected in ((0, set()), (3599, set()), (3601, {"hub_memory"})):
        now = seconds
        await entry.runtime_data._read_hub_load()
        assert issues(hass) == expected
    sim.set_hub_load(10, 80)
    await entry.runtime_data._read_hub_load()
    assert not issues(hass)


# Device triggers


@BOTH
async def test_device_triggers_of_motion_and_messages(
    hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]
) -> None:
    registry = dr.async_get(hass)
    chosen = (("hall_motion", "motion", "detector"), ("hub", "created", "message"))
    triggers = []
    for key, kind, subtype in chosen:
        device = registry.async_get_device_by_identifier((DOMAIN, sim.resolve(key)), entry.entry_id)
        assert device is not None
        automations = await async_get_device_automations(hass, DeviceAutomationType.TRIGGER, [device.id])
        offered = {(item["type"], item["subtype"]) for item in automations[device.id] if item["domain"] == DOMAIN}
        assert (kind, subtype) in offered
        triggers.append(
            {"platform": "device", "domain": DOMAIN, "device_id": device.id, "type": kind, "subtype": subtype}
        )
    run: list[Any] = []
    hass.services.async_register("test", "run", run.append)
    automation = {"triggers": triggers, "actions": [{"action": "test.run"}], "mode": "queued"}
    assert await async_setup_component(hass, "automation", {"automation": automation})
    await hass.async_block_till_done()
    sim.detect_motion("hall_motion.MotionDetectionSensor")
    sim.create_message("RuleExecutionFailed")
    await wait_until(hass, lambda: len(run) == 2)


@BOTH
async def test_the_page_of_the_hub(hass: HomeAssistant, sim: LivisiSimulator, entry: ConfigEntry[Any]) -> None:
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, sim.resolve("hub")), entry.entry_id)
    assert device is not None
    assert device.configuration_url == f"http://{sim.host}"
    assert {mac.replace(":", "") for kind, mac in device.connections if kind == "mac"} == set(MACS[sim.version])
