"""A real RTSP camera for tests: GStreamer's server with an H.264 test picture.

Usage: /usr/bin/python3 rtsp_server.py PORT PATTERN[/GOP]|FILE.png [USER PASSWORD basic|digest|FILE]
With FILE, a certificate and its key in PEM, it speaks TLS and wants the basic login. PORT 0 takes a free one.
GOP is in pictures, 30 by default. FILE.png, of 640x360, stands still. Prints "PORT n" once it listens. The stream is at /cam, 640x360, 15 frames a second.
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
port, credentials = sys.argv[1], sys.argv[3:]
pattern, _, gop = (sys.argv[2], "", "") if sys.argv[2].endswith(".png") else sys.argv[2].partition("/")
pictures = (
    f'filesrc location="{pattern}" ! pngdec ! videoconvert ! imagefreeze is-live=true'
    if pattern.endswith(".png")
    else f"videotestsrc is-live=true pattern={pattern}"
)

factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(
    f"( {pictures} ! video/x-raw,format=I420,width=640,height=360,framerate=15/1"
    f" ! openh264enc gop-size={gop or 30} bitrate=600000 ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)
factory.set_shared(True)

server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
server.get_mount_points().add_factory("/cam", factory)

if credentials:
    user, password, method = credentials
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth = GstRtspServer.RTSPAuth()
    if method == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        if method != "basic":
            auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(method))
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)

if not server.attach(None):
    sys.exit(f"cannot listen on port {port}")
print("PORT", server.get_bound_port(), flush=True)
GLib.MainLoop().run()
