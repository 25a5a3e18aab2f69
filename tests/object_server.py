"""An S3 server on the loopback: moto's, with a bucket, and what can be wrong with one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import S3Store

BUCKET = "kept"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "id",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "false",
}


@dataclass
class ObjectServer:
    """The server, and a client of ours to look behind its back."""

    server: ThreadedMotoServer
    endpoint: str
    objects: S3Store

    def names(self, prefix: str) -> list[str]:
        """Return the names of the objects under *prefix*, without it."""
        found = [one["path"] for page in obstore.list(self.objects, prefix) for one in page]
        return sorted(name.removeprefix(f"{prefix}/") for name in found)

    def read(self, name: str) -> bytes:
        """Return an object."""
        return bytes(obstore.get(self.objects, name).bytes())

    def write(self, name: str, data: bytes) -> None:
        """Write an object."""
        obstore.put(self.objects, name, data)


@contextmanager
def serving() -> Iterator[ObjectServer]:
    """Yield a server with an empty bucket; the environment names it while it runs."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # not each request
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (ENVIRONMENT | {"AWS_ENDPOINT_URL": endpoint}).items():
            patch.setenv(name, value)
        try:
            _make_bucket(endpoint)
            yield ObjectServer(server, endpoint, S3Store(BUCKET, client_options={"allow_http": True}))
        finally:
            server.stop()


def _make_bucket(endpoint: str) -> None:
    import urllib.request

    request = urllib.request.Request(f"{endpoint}/{BUCKET}", method="PUT")  # noqa: S310 (the loopback)
    request.add_header("Authorization", "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request")
    urllib.request.urlopen(request).close()  # noqa: S310
