#!/usr/bin/env python3
"""The daemon under one user, the journal's key under another: each has its own, and neither the other's.

usage: test_two_users.py LEEWARD. As root alone, which acts as the service manager: it listens, and starts a
signer for each connection (examples/systemd); skipped (77) otherwise."""
import atexit
import base64
import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from daemon import Daemon  # noqa: E402
from traffic import Traffic, zones  # noqa: E402

DAEMON, SIGNER, STRANGER = 64001, 64002, 64003  # no account needs to have them


class Manager:
    """Listens where only the daemon's user may connect; one signer at a time."""

    def __init__(self, program, path, folder):
        self.program, self.folder = program, folder
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.listener.bind(str(path))
        os.chown(path, DAEMON, DAEMON)
        os.chmod(path, 0o600)
        self.listener.listen(8)
        self.signers = []
        # The thread that starts a signer stays: the signer goes with it.
        threading.Thread(target=self.work, daemon=True).start()

    def work(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            if self.signers and self.signers[-1].poll() is None:
                connection.close()
                continue
            fd = connection.fileno()
            self.signers.append(subprocess.Popen(
                ["bash", "-c", f'exec 3<&{fd} {fd}<&-; exec "$0" signer "$1"', self.program, str(self.folder)],
                pass_fds=[fd], user=SIGNER, group=SIGNER, extra_groups=[], env={}, stdin=subprocess.DEVNULL))
            connection.close()


def metric(daemon, name):
    return int(re.search(rf"^{name} (\d+)$", daemon.get("/metrics").decode(), re.M)[1])


def wait_signed(daemon):
    end = metric(daemon, "leeward_journal_records")
    assert daemon.wait_for(lambda d: metric(d, "leeward_journal_signed_records") >= end), daemon.log


def try_as(user, *command):
    """Whether it succeeds, and what it says."""
    done = subprocess.run(command, user=user, group=user, extra_groups=[], capture_output=True, text=True)
    return done.returncode == 0, done.stdout + done.stderr


def connects_as(user, manager):
    """0, or the errno of why not."""
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as ours:
            os._exit(ours.connect_ex(manager.listener.getsockname()))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def users_of(pid):
    status = Path(f"/proc/{pid}/status").read_text()
    return {*re.search(r"^Uid:\s+(.*)$", status, re.M)[1].split(), *re.search(r"^Gid:\s+(.*)$", status, re.M)[1].split()}


def check_apart(manager, daemon, journal, keys):
    signer = manager.signers[-1].pid
    assert users_of(daemon.process.pid) == {str(DAEMON)} and users_of(signer) == {str(SIGNER)}
    seed = base64.b64decode((keys / "journal.key").read_text().strip().split("+", 4)[4])[1:]
    assert len(seed) == 32
    # The daemon's user: neither the file, nor its folder, nor the memory of who holds it; nor is it among its own files.
    for command in (["cat", keys / "journal.key"], ["ls", keys], ["cat", f"/proc/{signer}/mem"], ["touch", keys / "x"],
                    ["rm", keys / "last_head"], ["kill", "-9", str(signer)]):
        done, said = try_as(DAEMON, *map(str, command))
        assert not done and re.search("ermitted|denied", said), (command, said)
    for path in filter(Path.is_file, journal.parent.rglob("*")):
        data = path.read_bytes()
        assert seed not in data and base64.b64encode(seed)[:40] not in data, path
    assert not (journal / "keys/journal.key").exists() and (journal / "keys/journal.vkey").exists()
    # The signer's user: nothing of the journal, to read or to write.
    for command in (["ls", journal], ["cat", journal / "checkpoint"], ["touch", journal / "x"],
                    ["sh", "-c", f"echo >> {journal}/checkpoint"], ["rm", journal / "checkpoint"],
                    ["cat", f"/proc/{daemon.process.pid}/mem"]):
        done, said = try_as(SIGNER, *map(str, command))
        assert not done and re.search("ermitted|denied", said), (command, said)
    # The same commands of who may: they do what they say.
    assert try_as(SIGNER, "cat", str(keys / "journal.key"))[0] and try_as(DAEMON, "cat", str(journal / "checkpoint"))[0]
    # And nobody else is answered.
    assert connects_as(STRANGER, manager) == errno.EACCES and connects_as(SIGNER, manager) == errno.EACCES
    assert connects_as(DAEMON, manager) == 0


def check_goes_on(manager, daemon):
    """A signer that is killed is connected to anew; without a manager the watch goes on and the gap is told."""
    count = len(manager.signers)
    os.kill(manager.signers[-1].pid, signal.SIGKILL)
    assert daemon.wait_for(lambda d: len(manager.signers) > count), daemon.log
    wait_signed(daemon)
    os.kill(manager.signers[-1].pid, signal.SIGSTOP)
    records = metric(daemon, "leeward_journal_records")
    told = daemon.wait_for(lambda d: d.get_json("/api/v1/status")["journal"].get("unsigned_since_us"), 60)
    assert told and metric(daemon, "leeward_journal_records") > records, daemon.log
    assert daemon.get_json("/api/v1/status")["journal"]["state"] == "durable"
    os.kill(manager.signers[-1].pid, signal.SIGCONT)  # it sees that nobody asks any more, and ends
    assert daemon.wait_for(lambda d: "unsigned_since_us" not in d.get_json("/api/v1/status")["journal"], 90), daemon.log
    wait_signed(daemon)


def main(program):
    if os.geteuid() != 0:
        print("skipped: only root can act for two users")
        return 77
    folder = Path(tempfile.mkdtemp(prefix="leeward-users-"))
    atexit.register(shutil.rmtree, folder, True)
    folder.chmod(0o755)
    copy = folder / "leeward"  # where both may run it
    shutil.copy(program, copy)
    copy.chmod(0o755)
    for name, user in (("daemon", DAEMON), ("signer", SIGNER)):
        (folder / name).mkdir(mode=0o700)
        os.chown(folder / name, user, user)
    traffic = Traffic(100, 2, speed_deg_s=0.01)
    (folder / "zones.geojson").write_text(json.dumps(zones(100)))
    (folder / "zones.geojson").chmod(0o644)
    manager = Manager(str(copy), folder / "socket", folder / "signer")
    config = {"zones": [str(folder / "zones.geojson")], "signer": str(folder / "socket"),
              "feeds": [f"tcp://127.0.0.1:{traffic.port}?format=report_jsonl"]}
    (folder / "config.json").write_text(json.dumps(config))
    data, keys = folder / "daemon/data", folder / "signer/keys"
    daemon = Daemon(str(copy), folder, arguments=["--config", str(folder / "config.json"), "--data", str(data)],
                    user=DAEMON)
    atexit.register(lambda: daemon.process.kill())
    wait_signed(daemon)
    check_apart(manager, daemon, data / "journal", keys)
    check_goes_on(manager, daemon)
    daemon.stop()
    shutil.copytree(data, folder / "older")
    daemon.start()
    wait_signed(daemon)
    assert daemon.stop() == 0, daemon.log
    said = subprocess.run([program, "verify", str(data / "journal")], capture_output=True, text=True)
    assert said.returncode == 0 and "not sealed" not in said.stdout, said
    # A whole folder put back to an older copy is noticed: what was signed last is not in it.
    shutil.rmtree(data)
    shutil.copytree(folder / "older", data)
    subprocess.run(["chown", "-R", f"{DAEMON}:{DAEMON}", str(data)], check=True)
    try:
        daemon.start()
        raise AssertionError("an older copy is taken for the journal")
    except RuntimeError as error:
        assert "an older copy was restored" in str(error), error
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
