"""Options of the command line that several commands share: how the pages are served encrypted, and the person's own
folder. The only place, with `live.__main__`, that looks at the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter, validators

from live.certificates import CertificateFiles, check_files
from live.errors import BadInput
from live.https import DEFAULT_HTTPS_PORT, HttpsSettings, Surroundings

Port = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65535))]


def option(env_var: str, help: str) -> Parameter:
    return Parameter(env_var=env_var, help=help)


@Parameter(name="*")
@dataclass(frozen=True)
class HttpsOptions:
    https_port: Annotated[
        Port, option("HOUSELIGHTS_HTTPS_PORT", "Where phones connect encrypted; the next free port if it is in use.")
    ] = DEFAULT_HTTPS_PORT
    certificate: Annotated[
        Path | None, option("HOUSELIGHTS_CERTIFICATE", "The certificate of your own domain: fullchain.pem.")
    ] = None
    certificate_key: Annotated[Path | None, option("HOUSELIGHTS_CERTIFICATE_KEY", "Its key: privkey.pem.")] = None
    name: Annotated[
        str | None, option("HOUSELIGHTS_NAME", "Its name, which phones open and which leads to this machine.")
    ] = None
    home: Annotated[
        Path | None, option("HOUSELIGHTS_HOME", "Where this machine keeps its own certificate authority.")
    ] = None

    def folder(self) -> Path:
        return self.home or own_folder()

    def files(self) -> CertificateFiles | None:
        """Return the files of one's own domain, None where none were named. Raises BadInput for half of them."""
        if self.certificate is None and self.certificate_key is None and self.name is None:
            return None
        if self.certificate is None or self.certificate_key is None or self.name is None:
            raise BadInput(
                "expected --certificate, --certificate-key and --name together, got only some of them; name all three, "
                "or none to use this machine's own authority"
            )
        return CertificateFiles(self.certificate.absolute(), self.certificate_key.absolute(), self.name.lower())

    def settings(self) -> HttpsSettings:
        return HttpsSettings(port=self.https_port, certificate=self.files(), authority=self.folder() / "authority")

    def command_line(self, port: int) -> list[str]:
        """Return the same as options of `houselights hub`, which listens at `port`."""
        said = ["--https-port", str(port), "--home", str(self.folder().absolute())]
        files = self.files()
        if files is not None:
            said += ["--certificate", str(files.chain), "--certificate-key", str(files.key), "--name", files.name]
        return said

    def check(self, warn: Callable[[str], object]) -> None:
        """Look at the certificate before a show; tell lesser flaws. Raises BadInput where no phone could open it."""
        files = self.files()
        if files is None:
            return
        around = Surroundings()
        flaws = check_files(files, around.now(), around.trust()).flaws
        for flaw in flaws:
            if flaw.is_fatal:
                raise BadInput(flaw.sentence)
            warn(flaw.sentence)


PLAIN = HttpsOptions()
"""Nothing said: the usual port, this machine's own authority."""


def own_folder() -> Path:
    """Return where this person's programs keep what belongs to the machine rather than to a show."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Houselights"
    base = os.environ.get("XDG_DATA_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".local" / "share") / "houselights"
