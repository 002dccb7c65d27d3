"""What the tests of writing manifests share: the schema, a reader of YAML that knows muster's booleans, a language server."""

import glob
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))

import support  # noqa: E402
import yaml  # noqa: E402
from jsonschema import Draft202012Validator  # noqa: E402

MODULES = os.path.join(os.environ.get("NODE") or os.path.join(ROOT, "build", "node"), "node_modules")
CONTRACT = sorted(glob.glob(os.path.join(HERE, "contract", "*.yml")))
EXAMPLES = sorted(glob.glob(os.path.join(ROOT, "examples", "*", "*.yml")))
CASES = sorted(glob.glob(os.path.join(ROOT, "tests", "cli", "*", "*.yaml")))


def said(*arguments, code=0, **options):
    finished = subprocess.run([support.MUSTER, *arguments], capture_output=True, text=True, timeout=60, **options)
    support.expect(finished.returncode == code, f"{arguments}: exit status {finished.returncode}\n{finished.stdout}{finished.stderr}")
    return finished.stdout


def load_schema():
    return json.loads(said("schema"))


class Loader(yaml.SafeLoader):
    """YAML 1.2's core schema, which editors read by and muster too: yes and on are texts, dates are texts."""

    yaml_implicit_resolvers = {}


for tag, pattern, first in (("bool", r"true|false", "tf"), ("int", r"-?[0-9]+", "-0123456789"),
                            ("float", r"-?[0-9]+\.[0-9]+", "-0123456789"), ("null", r"~|null|", ["~", "n", ""]), ("merge", "<<", "<")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(first))


def read_yaml(text):
    return yaml.load(text, Loader)


def read(path):
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


class LanguageServer:
    """yaml-language-server, spoken to as an editor does (Language Server Protocol 3.17) by its standard input and output."""

    def __init__(self, folder):
        self.schema = support.write(folder, "schema.json", said("schema"))
        self.folder = folder
        self.number = 0
        self.diagnostics = {}
        self.settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False},
                                  "schemas": {"file://" + self.schema: ["*.yml"]}}}
        program = os.path.join(MODULES, "yaml-language-server", "bin", "yaml-language-server")
        self.process = subprocess.Popen(["node", program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL)
        self.ask("initialize", {"processId": os.getpid(), "rootUri": None, "capabilities": {
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}},
                             "hover": {"contentFormat": ["markdown"]}, "publishDiagnostics": {}},
            "workspace": {"configuration": True}}})
        self.tell("initialized", {})
        self.tell("workspace/didChangeConfiguration", {"settings": self.settings})

    def close(self):
        self.process.kill()
        self.process.wait()

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def tell(self, method, parameters):
        self.send({"method": method, "params": parameters})

    def receive(self):
        length = None
        while line := self.process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        support.expect(length is not None, "the language server has ended")
        return json.loads(self.process.stdout.read(length))

    def take(self, message):
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        elif method and "id" in message:
            answer = None
            if method == "workspace/configuration":
                answer = [self.settings.get(item.get("section")) for item in message["params"]["items"]]
            self.send({"id": message["id"], "result": answer})

    def ask(self, method, parameters):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": parameters})
        while True:
            message = self.receive()
            if message.get("id") == self.number and "method" not in message:
                support.expect("error" not in message, message)
                return message["result"]
            self.take(message)

    def open(self, text, name=None):
        """Gives the document's address, once the server has said what is wrong with it (self.diagnostics)."""
        self.number += 1
        address = f"file://{self.folder}/{name or f'{self.number}.yml'}"
        self.tell("textDocument/didOpen", {"textDocument": {"uri": address, "languageId": "yaml", "version": 1, "text": text}})
        while address not in self.diagnostics:
            self.take(self.receive())
        return address

    def at(self, method, text):
        """Asks at the place where a bar stands in the text."""
        before, after = text.split("|", 1)
        position = {"line": before.count("\n"), "character": len(before) - before.rfind("\n") - 1}
        return self.ask("textDocument/" + method, {"textDocument": {"uri": self.open(before + after)}, "position": position})

    def completions(self, text):
        """What is offered: {label: (what is inserted, what is said about it)}."""
        answer = self.at("completion", text) or {"items": []}
        return {item["label"]: (item.get("insertText") or "", str(item.get("documentation") or "")) for item in answer["items"]}

    def hover(self, text):
        answer = self.at("hover", text)
        return answer["contents"]["value"] if answer else ""

    def problems(self, text, name=None):
        return [item["message"] for item in self.diagnostics[self.open(text, name)]]
