# SPDX-License-Identifier: GPL-2.0-or-later
"""Small logs that are large in memory: in report, over UDP, and in the index."""
import os
import socket
import time

import forge
from board import Board, acknowledged, folded, whole
from collector import Collector, MEMORY, measured

REPORT_MORE = 128 << 20  # bytes of a report above that of an honest log
REPORT_SECONDS = 10
INDEX_SECONDS = 10  # of --reindex
DEFINITIONS = 30000  # whose hashes are alike
LEAST, TIMES = 0.5, 10  # seconds of their report: the larger one of that, and of that of others
BOMB_CHUNKS = 68  # about 12 KB
BOMB_BYTES = PACKED_BYTES = 100000
ACKNOWLEDGED = 3  # seconds until another board's acknowledgement


def bomb_report(attack, case):
    """report of a 12 KB log, alone and beside an honest one."""
    folder = attack.folder(case)
    honest = Board(None, "honest")
    with open(f"{folder}/honest.ember", "wb") as log:
        log.write(b"".join(honest.sent.values()))
    with open(f"{folder}/bomb.ember", "wb") as log:
        log.write(b"".join(forge.bomb(5, BOMB_CHUNKS)))
    command = [attack.tool, "report", "--format", "folded", "-o", f"{folder}/out"]
    _, least, _ = measured([*command, f"{folder}/honest.ember"], REPORT_SECONDS)
    for what, logs in (("of it", ["bomb"]), ("of it and an honest log", ["honest", "bomb"])):
        status, peak, took = measured([*command, *(f"{folder}/{log}.ember" for log in logs)], 6 * REPORT_SECONDS)
        attack.check(peak - least < REPORT_MORE and took < REPORT_SECONDS and status is not None and status >= 0,
                     f"{case}: a report {what} takes at most {REPORT_MORE >> 20} MiB more and {REPORT_SECONDS} s",
                     f"{(peak - least) >> 20} MiB more, {took:.1f} s, exit status {status}, "
                     f"{os.path.getsize(folder + '/bomb.ember')} bytes")
    alone = folded(attack.tool, f"{folder}/a", [f"{folder}/honest.ember"])
    both = folded(attack.tool, f"{folder}/b", [f"{folder}/honest.ember", f"{folder}/bomb.ember"])
    attack.check(isinstance(both, list) and set(alone) <= set(both), f"{case}: the honest log's part is whole", both)


def send_bombs(collector):
    """BOMB_BYTES by UDP, in two streams."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for stream in (1001, 1002):
            for n, packet in enumerate(forge.bomb(stream, BOMB_BYTES // 2 // 156, board=f"bomb-{stream}")):
                s.sendto(packet, ("127.0.0.1", collector.udp))
                if n % 20 == 19:
                    time.sleep(0.01)


def bomb_udp(attack, case):
    """BOMB_BYTES by UDP: memory, and the others' acknowledgements."""
    with Collector(attack, case) as collector:
        before = Board(collector, "before")
        acknowledged([before], 5)
        send_bombs(collector)
        before.add_samples()
        after = Board(collector, "after")
        took = acknowledged([before, after], 20)
        attack.check(took is not None and took < ACKNOWLEDGED,
                     f"{case}: other boards are acknowledged within {ACKNOWLEDGED} s", f"{took} s")
        collector.settle(30)
    bad = "; ".join(filter(None, (whole(before), whole(after))))
    attack.check(not bad, f"{case}: other boards' logs are whole", bad)


def bomb_index(attack, case):
    """The index made again, with bombs among the logs."""
    with Collector(attack, case) as collector:
        board = Board(collector, "beside")
        acknowledged([board], 5)
        send_bombs(collector)
        acknowledged([Board(collector, "after")], 20)
        collector.stop()
        status, peak, took = measured([attack.tool, "collect", "-o", collector.dir, "--reindex"], 6 * INDEX_SECONDS)
        attack.check(status == 0 and peak < MEMORY and took < INDEX_SECONDS,
                     f"{case}: --reindex takes at most {MEMORY >> 20} MiB and {INDEX_SECONDS} s",
                     f"exit status {status}, {peak >> 20} MiB, {took:.1f} s")
        collector.start()
    attack.check(not whole(board), f"{case}: the other board's log is whole", whole(board))


def bomb_hashes(attack, case):
    """Definitions whose hashes are alike cost no more than others, in report and in the index."""
    folder = attack.folder(case)
    for what, make in (("files", forge.colliding_files), ("extents", forge.colliding_extents)):
        seconds = []
        for apart in (True, False):
            with open(f"{folder}/{what}.ember", "wb") as log:
                log.write(b"".join(forge.defining(6, make(DEFINITIONS, apart))))
            command = [attack.tool, "report", "--format", "folded", "-o", f"{folder}/out", f"{folder}/{what}.ember"]
            seconds.append(measured(command, 60)[2])
        attack.check(seconds[1] <= max(LEAST, TIMES * seconds[0]), f"{case}: a report of {DEFINITIONS} {what} with hashes "
                     f"alike takes at most {LEAST} s, or {TIMES} times that of others", seconds)
        with Collector(attack, f"{case}/{what}") as collector:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                for packet in forge.defining(7, make(DEFINITIONS)):
                    s.sendto(packet, ("127.0.0.1", collector.udp))
                    time.sleep(0.02)
            board = Board(collector, "beside")
            took = acknowledged([board], ACKNOWLEDGED)
            attack.check(took is not None, f"{case}: a board is acknowledged within {ACKNOWLEDGED} s beside such {what}")
        attack.check(not whole(board), f"{case}: the log beside such {what} is whole", whole(board))


def bomb_kinds(attack, case):
    """100 KB of payloads that define or count as much as 128 KiB can, each of a kind."""
    folder = attack.folder(case)
    for kind in forge.PACKED:
        with open(f"{folder}/{kind}.ember", "wb") as log:
            log.write(forge.packed_log(8, kind, PACKED_BYTES))
        for form in ("folded", "html") if kind in ("samples", "stacks") else ("folded",):
            command = [attack.tool, "report", "--format", form, "-o", f"{folder}/out", f"{folder}/{kind}.ember"]
            status, peak, took = measured(command, 6 * REPORT_SECONDS)
            attack.check(status == 0 and peak < REPORT_MORE and took < REPORT_SECONDS,
                         f"{case}: report --format {form} of many {kind} takes at most {REPORT_MORE >> 20} MiB and "
                         f"{REPORT_SECONDS} s", f"exit status {status}, {peak >> 20} MiB, {took:.1f} s")
