"""Reads the figures that run collected and prints how many times as long a peer takes."""

import json
import sys

own, peers, sample = {}, [], None
with open(sys.argv[1]) as figures:
    for figure in map(json.loads, figures):
        if "peer" in figure:
            peers.append(figure)
        elif "latency_1x1000_ms" in figure:
            sample = figure
        else:
            own.setdefault(figure["batch"], []).append(figure["ms_per_step"])

for peer in peers:
    mine = sum(own[peer["batch"]]) / len(own[peer["batch"]])  # of before and after
    print(f'{peer["peer"]}, batch {peer["batch"]}: {peer["ms_per_step"]:.2f} ms per step, libabi {mine:.2f}: {peer["ms_per_step"] / mine:.1f} times')
    if sample and "latency_1x1000_ms" in peer:
        ratio = peer["latency_1x1000_ms"] / sample["latency_1x1000_ms"]
        print(f'{peer["peer"]}, 1000 draws: {peer["latency_1x1000_ms"]:.1f} ms, libabi {sample["latency_1x1000_ms"]:.2f}: {ratio:.1f} times')
