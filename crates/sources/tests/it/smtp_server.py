"""An SMTP server with STARTTLS on loopback: port, certificate, key."""

import asyncio
import ssl
import sys

from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])


async def main():
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Sink(), tls_context=context, hostname="lab"), "127.0.0.1", int(sys.argv[1])
    )
    await server.serve_forever()


asyncio.run(main())
