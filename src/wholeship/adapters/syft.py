"""syft: what an image contains, as an SPDX document; it reads the image from its registry by itself."""

from __future__ import annotations

from wholeship.adapters.process import (
    CREDENTIALS,
    PLAIN,
    PROXIES,
    allowed_environment,
    ask_program,
    program_path,
)
from wholeship.core.reference import Pinned
from wholeship.core.values import dataclass

SECONDS = 900.0
ADVICE = "install it (https://github.com/anchore/syft), or leave the SBOM out: attest: {sbom: none}"


@dataclass(frozen=True, slots=True)
class Syft:
    """See :class:`wholeship.release.ports.SbomScanner`. ``insecure`` hosts are spoken to without TLS."""

    insecure: frozenset[str] = frozenset()

    def check(self) -> None:
        program_path("syft", advice=ADVICE)

    def scan(self, image: Pinned) -> bytes:
        plain = "true" if image.repository.host in self.insecure else "false"
        environment = allowed_environment(
            PLAIN | PROXIES | CREDENTIALS,
            SYFT_REGISTRY_INSECURE_USE_HTTP=plain,
            SYFT_CHECK_FOR_APP_UPDATE="false",
        )
        command = [program_path("syft", advice=ADVICE), "scan", f"registry:{image}", "-q", "-o", "spdx-json"]
        return ask_program(command, environment=environment, timeout=SECONDS).encode()
