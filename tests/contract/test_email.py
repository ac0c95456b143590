"""The mail publisher under the public contract."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from expertpost.model.channel import Setting
from expertpost.publishers.email import Email
from expertpost.testing.contract import PublisherContract
from expertpost.testing.mail_twin import MailTwin
from expertpost.testing.twin import Twin


class TestEmail(PublisherContract):
    """A mail server that asks for a login."""

    publisher = Email
    against = "real server (aiosmtpd)"
    secrets: ClassVar[Mapping[str, str]] = {"password": "correct-horse:battery/staple+1"}
    files: ClassVar[Mapping[str, str]] = {"lists/suppliers.txt": "# ours\nbea@supplier.example\n"}

    def open_twin(self, folder: Path) -> MailTwin:
        """A server."""
        return MailTwin(self.secrets["password"])

    def settings(self, twin: Twin) -> Mapping[str, Setting]:
        """Its address, the sender and the list."""
        assert isinstance(twin, MailTwin)
        recipients = {"file": "lists/suppliers.txt"}
        return {"host": twin.host, "port": twin.port, "sender": "experts@acme.example", "recipients": recipients}
