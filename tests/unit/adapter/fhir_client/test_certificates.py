"""The certificate of a server is verified, by its name, whatever address it has."""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapter.fhir_client.guarded import guarded_session
from tests.fhir_stub import FhirStub


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of `ehr.example`, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ehr.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("ehr.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "ehr.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls_stub(certificate: Path) -> Iterator[FhirStub]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with FhirStub(tls=context) as server:
        yield server


def test_the_name_is_verified_though_the_address_is_connected_to(
    tls_stub: FhirStub, certificate: Path, resolving: Any
):
    resolving(iter([["127.0.0.1"]] * 2))
    with guarded_session(allow_private=True, ca_file=certificate) as session:
        answer = session.get(f"https://ehr.example:{tls_stub.port}/fhir/Patient", timeout=2)
        assert answer.status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            session.get(f"https://other.example:{tls_stub.port}/fhir/Patient", timeout=2)
    assert len(tls_stub.seen) == 1


def test_a_certificate_of_nobody_is_refused_whatever_a_call_asks_for(
    tls_stub: FhirStub, certificate: Path, resolving: Any
):
    resolving(iter([["127.0.0.1"]] * 2))
    with guarded_session(allow_private=True) as session:
        for verify in (True, False):
            with pytest.raises(requests.exceptions.SSLError):
                session.get(
                    f"https://ehr.example:{tls_stub.port}/fhir/Patient", timeout=2, verify=verify
                )
    assert tls_stub.seen == []
