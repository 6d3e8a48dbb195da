"""Helpers of the deCONZ tests."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address
from pathlib import Path
import ssl
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from simulators import DeconzSimulator
from tests.common import wait_until


def certificate(folder: Path) -> tuple[ssl.SSLContext, bytes]:
    """Return a server's TLS context with a self-signed certificate, and the certificate's fingerprint."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "gateway")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "gateway.pem"
    pem.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, sha256(signed.public_bytes(serialization.Encoding.DER)).digest()


async def wait_described(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Wait until the descriptions of all models have been requested."""
    await wait_until(hass, lambda: entry.runtime_data.descriptions.pending == 0)
    await hass.async_block_till_done()


async def call(hass: HomeAssistant, domain: str, action: str, entity_id: str, **data: Any) -> None:
    """Call an action as an automation would."""
    await hass.services.async_call(domain, action, {"entity_id": entity_id, **data}, blocking=True)


def writes(sim: DeconzSimulator) -> list[tuple[str, Any]]:
    """Return path below the key and body of everything written."""
    return [
        (request.path.removeprefix(f"/api/{sim.api_key}"), request.body)
        for request in sim.requests
        if request.method == "PUT"
    ]
