# SPDX-License-Identifier: GPL-2.0-or-later
"""A headless Chromium with its network off, by the protocol that its driver speaks."""
import base64
import json
import re
import subprocess
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Browser:
    def __init__(self, profile, width=1280, height=900):
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], text=True,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        port = None
        for line in self.driver.stdout:
            port = re.search(r"successfully on port (\d+)", line)
            if port:
                break
        if not port:
            raise RuntimeError("chromedriver doesn't start")
        self.base = "http://127.0.0.1:%s" % port.group(1)
        arguments = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--no-first-run", "--disable-background-networking",
                     "--disable-component-update", "--disable-sync", "--disable-quic",
                     "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--user-data-dir=" + profile,
                     "--window-size=%d,%d" % (width, height)]
        made = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": arguments}}}})
        self.session = "/session/" + made["sessionId"]
        self.cdp("Network.enable")
        self.cdp("Network.emulateNetworkConditions", offline=True, latency=0,
                 downloadThroughput=0, uploadThroughput=0)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)["value"]["message"]) from None

    def cdp(self, command, **parameters):
        return self.ask("POST", self.session + "/goog/cdp/execute",
                        {"cmd": command, "params": parameters})

    def open(self, path):
        """A page, ready; the milliseconds that took since it was asked for."""
        self.requests()
        self.ask("POST", self.session + "/url", {"url": "file://" + path})
        return int(self.until("return document.body.dataset.ready || null"))

    def visit(self, url):
        """Any page, loaded."""
        self.ask("POST", self.session + "/url", {"url": url})

    def run(self, script, *arguments):
        return self.ask("POST", self.session + "/execute/sync",
                        {"script": script, "args": list(arguments)})

    def until(self, script, *arguments, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = self.run(script, *arguments)
            if value is not None and value is not False:
                return value
            time.sleep(0.02)
        raise RuntimeError("never: " + script)

    def keys(self, text):
        """Typed where the focus is, as a person would."""
        actions = []
        for key in text:
            actions += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.actions({"type": "key", "id": "keys", "actions": actions})

    def held(self, modifier, key):
        self.actions({"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": modifier}, {"type": "keyDown", "value": key},
            {"type": "keyUp", "value": key}, {"type": "keyUp", "value": modifier}]})

    def drag(self, path):
        """The mouse along points of the window, its button pressed at the first."""
        moves = [{"type": "pointerMove", "duration": 20, "x": round(x), "y": round(y)}
                 for x, y in path]
        self.actions({"type": "pointer", "id": "mouse", "actions":
                      moves[:1] + [{"type": "pointerDown", "button": 0}] + moves[1:] +
                      [{"type": "pointerUp", "button": 0}]})

    def click(self, x, y):
        self.drag([(x, y)])

    def hover(self, x, y):
        self.actions({"type": "pointer", "id": "mouse", "actions": [
            {"type": "pointerMove", "duration": 20, "x": round(x), "y": round(y)}]})

    def actions(self, *sources):
        self.ask("POST", self.session + "/actions", {"actions": list(sources)})
        self.ask("DELETE", self.session + "/actions")

    def complaints(self):
        """What the console said since the last time."""
        return [entry["message"] for entry in
                self.ask("POST", self.session + "/se/log", {"type": "browser"})]

    def requests(self):
        """Addresses that were asked for, but for the page itself."""
        found = []
        for entry in self.ask("POST", self.session + "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.append(message["params"]["request"]["url"])
        return [url for url in found if not url.startswith(("file:", "chrome:"))]

    def picture(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.ask("GET", self.session + "/screenshot")))

    def close(self):
        try:
            self.ask("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait()
