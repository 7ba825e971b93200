# SPDX-License-Identifier: GPL-3.0-or-later
"""A webhook on loopback: hook.py PORT-FILE BODIES. Refuses the first call; appends the body of each other one as a line."""
import http.server
import os
import sys

port_file, bodies = sys.argv[1:]
refused = False


class Hook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global refused
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if refused:
            with open(bodies, "ab") as out:
                out.write(body + b"\n")
        self.send_response(200 if refused else 503)
        self.end_headers()
        refused = True

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
with open(port_file + ".part", "w") as out:
    out.write(str(server.server_port))
os.rename(port_file + ".part", port_file)
server.serve_forever()
