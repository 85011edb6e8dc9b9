"""A real Chromium for tests: Debian's, headless, driven through Debian's chromedriver."""

import json
import pathlib
import sys

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cluster"))
from localcluster import wait_until  # noqa: E402

AXE = pathlib.Path(__file__).resolve().parents[2] / "operator/http/dashboard/node_modules/axe-core/axe.min.js"
DESKTOP, PHONE = (1440, 900), (390, 844)
SMALL_PHONES = (360, 740), (320, 640)


class Chromium:
    """One browser with one page. What the page asks the network for and says on its console is kept."""

    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_script_timeout(60)
        self.asked = set()
        self.sent = []  # (address, body) of each request with one
        self.complaints = []
        self.view(DESKTOP)

    def quit(self):
        self.driver.quit()

    def view(self, size, scheme="light"):
        """From now on the page is that large and prefers that colour scheme."""
        width, height = size
        self.width = width
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": size != DESKTOP})  # fmt: skip
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, url):
        self.driver.get(url)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def find(self, css):
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def texts(self, css):
        """What a reader sees of each; read in one go, since the page may draw them anew at any moment."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => e.innerText)", css)

    def text(self, css="body"):
        """What a reader sees of it; empty when it is not there."""
        return "\n".join(self.texts(css))

    def attributes(self, css, name):
        """That attribute of each."""
        return self.script("return [...document.querySelectorAll(arguments[0])].map(e => e.getAttribute(arguments[1]))", css, name)

    def focus(self, css, label="", seconds=15):
        """Gives the focus to the first of them whose text begins with that label."""
        wait_until(f"{css} {label} can have the focus", lambda: self.script("""
            const wanted = [...document.querySelectorAll(arguments[0])].find(e => e.innerText.startsWith(arguments[1]));
            wanted?.focus();
            return wanted && document.activeElement === wanted""", css, label), seconds)  # fmt: skip

    def wait_text(self, css, wanted, seconds=15):
        """Waits until `wanted`, a string or a predicate, holds for the text."""
        holds = wanted if callable(wanted) else lambda text: wanted in text
        try:
            return wait_until(f"{css} says {wanted}", lambda: (text := self.text(css)) and holds(text) and text, seconds)
        except Exception as error:
            raise AssertionError(f"{css}: wanted {wanted!r}, page says:\n{self.text()[:3000]}") from error

    def wait_gone(self, css, seconds=15):
        wait_until(f"{css} is gone", lambda: not self.find(css), seconds)

    def click(self, label, within="body", seconds=15):
        """Presses the button or link with that text."""
        self._press_first(f"{within} button, {within} a, {within} summary", (label, f"{label} now"), seconds)

    def tick(self, label, seconds=15):
        """Presses the check box with that label."""
        self._press_first("label.check", (label,), seconds)

    def _press_first(self, css, labels, seconds):
        """Presses the first of them that can be pressed and whose first line is one of these."""
        def press():
            try:
                for element in self.find(css):
                    if element.is_displayed() and element.is_enabled() and element.text.split("\n")[0].strip() in labels:
                        self.script("arguments[0].scrollIntoView({block: 'center'})", element)
                        element.click()
                        return True
            except StaleElementReferenceException:  # drawn anew meanwhile
                pass
            return False

        wait_until(f"{labels[0]} can be pressed", press, seconds)

    def fill(self, label, value, within="body", seconds=15):
        """Types into the field with that label, as soon as it can be seen (a dialog fades in)."""
        def field():
            try:
                for element in self.find(f"{within} label"):
                    if element.text.split("\n")[0].startswith(label):
                        return element.find_element(By.CSS_SELECTOR, "input, select")
            except StaleElementReferenceException:  # drawn anew meanwhile
                pass
            return None

        element = wait_until(f"{label} can be filled in", field, seconds)
        if element.tag_name == "select":
            next(o for o in element.find_elements(By.TAG_NAME, "option") if o.text == value).click()
        else:
            element.send_keys(Keys.CONTROL, "a")
            element.send_keys(value)

    def press(self, *keys):
        """Keys, to whatever has the focus."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def accessibility_offences(self):
        """What axe-core has against the page as it stands, once a dialog that fades in has done so."""
        self.script(AXE.read_text())
        found = self.driver.execute_async_script("const done = arguments[0]; Promise.allSettled(document.getAnimations().map(a => a.finished)).then(() => axe.run(document)).then(result => done(result.violations), e => done([{id: String(e), nodes: []}]))")
        return [f"{rule['id']}: {rule.get('help')}: {[node['html'][:160] for node in rule['nodes'][:3]]}" for rule in found]

    def is_too_wide(self):
        # Not innerWidth: on a phone it grows with what overflows.
        return self.script("return document.documentElement.scrollWidth > arguments[0]", self.width)

    def read_logs(self):
        """Adds to `asked` and `sent` what the page has asked for, and to `complaints` what the console says."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                request = message["params"]["request"]
                self.asked.add(request["url"])
                if "postData" in request:
                    self.sent.append((request["url"], json.loads(request["postData"])))
        self.complaints += [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def screenshot(self, path):
        self.driver.save_screenshot(str(path))
