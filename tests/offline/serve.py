# SPDX-License-Identifier: GPL-2.0-or-later
"""Two files by build-id, as debuginfod's servers hand them out.

usage: serve.py BUILD-ID PROGRAM DEBUG ADDRESS-FILE
ADDRESS-FILE gets the address, once there is one. What was asked goes to stdout.
"""
import http.server
import sys

ID, PROGRAM, DEBUG, ADDRESS = sys.argv[1:]
FILES = {f"/buildid/{ID}/executable": PROGRAM, f"/buildid/{ID}/debuginfo": DEBUG}


class Server(http.server.BaseHTTPRequestHandler):
    """GET of the two; all else isn't found."""

    def do_GET(self):  # pylint: disable=invalid-name
        print(self.path, flush=True)
        if self.path not in FILES:
            self.send_error(404)
            return
        with open(FILES[self.path], "rb") as file:
            data = file.read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        """Nothing else is said."""


server = http.server.HTTPServer(("127.0.0.1", 0), Server)
with open(ADDRESS, "w", encoding="ascii") as out:
    out.write(f"http://127.0.0.1:{server.server_port}/\n")
server.serve_forever()
