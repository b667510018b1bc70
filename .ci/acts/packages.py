"""A package index on loopback, in a few lines. Never keeps anything."""

import hashlib
import http.server
import io
import threading
import zipfile

UPLOADED = "2024-01-20T02:10:33Z"


class PackageIndex:
    """Pure wheels of one module each, as PEP 503 has it, on loopback."""

    def __init__(self, packages):
        self.files, self.downloads = dict(self.wheel(*words) for words in packages), []
        handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {"do_GET": lambda request: self.answer(request), "log_message": lambda *_: None})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    @staticmethod
    def wheel(name, version, source):
        entries = {f"{name}.py": source, f"{name}-{version}.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"}
        bytes_ = io.BytesIO()
        with zipfile.ZipFile(bytes_, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, text in entries.items():
                archive.writestr(zipfile.ZipInfo(path), text)
        return f"{name}-{version}-py3-none-any.whl", bytes_.getvalue()

    def answer(self, request):
        last = request.path.rstrip("/").rsplit("/", 1)[-1]
        digest = lambda name: hashlib.sha256(self.files[name]).hexdigest()
        of = [name for name in self.files if name.split("-")[0] == last]
        page = "".join(f'<a href="/files/{name}#sha256={digest(name)}" data-upload-time="{UPLOADED}">{name}</a>' for name in of).encode()
        if last in self.files:
            self.downloads.append(last)
        body, kind = (self.files[last], "application/octet-stream") if last in self.files else (page, "text/html")
        request.send_response(200 if body else 404)
        for header in [("content-type", kind), ("content-length", str(len(body)))]:
            request.send_header(*header)
        request.end_headers()
        request.wfile.write(body)
