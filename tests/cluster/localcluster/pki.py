"""The cluster's certificates, made with openssl: one authority for servers, the administrator and the front proxy."""

import base64
import pathlib
import subprocess
import tempfile

_EC = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]

_KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: local
contexts:
- {{name: local, context: {{cluster: local, user: admin}}}}
clusters:
- name: local
  cluster: {{server: "{server}", certificate-authority-data: {ca}}}
users:
- name: admin
  user: {{client-certificate-data: {certificate}, client-key-data: {key}}}
"""


def _openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def _issue(folder, name, subject, extensions):
    """Signs a new key pair with the authority: folder/name.key and folder/name.crt."""
    request, key = folder / f"{name}.csr", folder / f"{name}.key"
    _openssl("req", *_EC, "-keyout", key, "-out", request, "-subj", subject)
    with tempfile.NamedTemporaryFile("w", suffix=".ext") as extension_file:
        extension_file.write(extensions)
        extension_file.flush()
        _openssl("x509", "-req", "-in", request, "-CA", folder / "ca.crt", "-CAkey", folder / "ca.key", "-CAcreateserial",
                 "-out", folder / f"{name}.crt", "-days", "365", "-extfile", extension_file.name)
    request.unlink()


def issue_server(folder, name):
    """A certificate for a server of that DNS name, by the cluster's authority: (certificate file, key file)."""
    folder = pathlib.Path(folder)
    _issue(folder, name, f"/CN={name[:64]}", f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\n")
    return folder / f"{name}.crt", folder / f"{name}.key"


def create(folder):
    """Makes every key and certificate that is missing. Does nothing on a second call."""
    folder = pathlib.Path(folder)
    if (folder / "complete").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    _openssl("req", "-x509", *_EC, "-keyout", folder / "ca.key", "-out", folder / "ca.crt", "-subj", "/CN=spillway-test-ca",
             "-days", "365", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / "sa.key")
    _openssl("ec", "-in", folder / "sa.key", "-pubout", "-out", folder / "sa.pub")
    _issue(folder, "admin", "/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth\n")
    _issue(folder, "front-proxy", "/CN=front-proxy", "extendedKeyUsage=clientAuth\n")
    _issue(folder, "apiserver", "/CN=kube-apiserver",
           "subjectAltName=IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes.default.svc\nextendedKeyUsage=serverAuth\n")
    _issue(folder, "bridge", "/CN=external-metrics", "subjectAltName=DNS:localhost,DNS:external-metrics.kube-system.svc\n"
           "extendedKeyUsage=serverAuth\n")
    (folder / "complete").touch()


def encoded(path):
    """A file as base64, as Kubernetes objects embed it."""
    return base64.b64encode(pathlib.Path(path).read_bytes()).decode()


def write_kubeconfig(folder, server, path):
    """Writes an administrator's kubeconfig with everything embedded."""
    folder, path = pathlib.Path(folder), pathlib.Path(path)
    path.write_text(_KUBECONFIG.format(server=server, ca=encoded(folder / "ca.crt"), certificate=encoded(folder / "admin.crt"),
                                       key=encoded(folder / "admin.key")))
    path.chmod(0o600)
