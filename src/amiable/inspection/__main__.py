"""The inspection process: one question, one answer. Its other side is session.py.

python -m amiable.inspection DESCRIPTOR EMPTY_FOLDER
"""

import json
import socket
import sys

from amiable.inspection import sandbox
from amiable.inspection.channel import ANSWER, HEADER, LENGTH, MOST_ANSWER, READY, RemoteDisk, receive
from amiable.inspection.questions import QUESTIONS


def main() -> None:
    """Read the question, give up all power, answer."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    channel.setblocking(True)  # the other side's time-out does not matter here
    (length,) = LENGTH.unpack(receive(channel, LENGTH.size))
    request = json.loads(receive(channel, length))
    sandbox.enter(sys.argv[2], request["uid"], request["cpu_seconds"])
    channel.sendall(HEADER.pack(READY, 0, 0, 0))
    disks = [RemoteDisk(channel, number, size) for number, size in enumerate(request["sizes"])]
    answer = json.dumps(QUESTIONS[request["ask"]](disks, request["with"])).encode()
    if len(answer) > MOST_ANSWER:
        raise SystemExit("The answer is too large.")
    channel.sendall(HEADER.pack(ANSWER, 0, 0, len(answer)) + answer)


if __name__ == "__main__":
    main()
