"""Twelve variances in BayesFlow (JAX backend), its defaults: time per training step, time of sampling, memory.

Prints one JSON object.
"""

import argparse
import json
import os
import resource
import time

os.environ.setdefault("KERAS_BACKEND", "jax")
_before = time.perf_counter()

import keras
import numpy as np
import bayesflow as bf

IMPORT_SECONDS = time.perf_counter() - _before
DIM, ROWS = 12, 10


def prior():
    return {"variance": np.random.uniform(0, 1, DIM)}


def likelihood(variance):
    return {"y": np.random.normal(0, np.sqrt(variance), (ROWS, DIM))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--summary", choices=["deepset", "set-transformer"], default="deepset")
    options = parser.parse_args()

    adapter = (
        bf.Adapter()
        .as_set("y")
        .constrain("variance", lower=0, upper=1)
        .convert_dtype("float64", "float32")
        .concatenate(["variance"], into="inference_variables")
        .concatenate(["y"], into="summary_variables")
    )
    summary = bf.networks.DeepSet(summary_dim=36) if options.summary == "deepset" else bf.networks.SetTransformer(summary_dim=36)
    workflow = bf.BasicWorkflow(
        simulator=bf.make_simulator([prior, likelihood]),
        adapter=adapter,
        inference_network=bf.networks.CouplingFlow(),
        summary_network=summary,
    )
    # The first epoch compiles; a second call of fit would compile again.
    ends = []
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(time.perf_counter()))
    start = time.perf_counter()
    workflow.fit_online(epochs=3, num_batches_per_epoch=options.steps, batch_size=options.batch, verbose=0, callbacks=[clock])
    epoch = min(ends[1] - ends[0], ends[2] - ends[1])
    compilation = max(0.0, ends[0] - start - epoch)

    observed = {"y": np.random.normal(0, 0.7, (1, ROWS, DIM))}
    start = time.perf_counter()
    workflow.sample(conditions=observed, num_samples=1000)
    first_draws = time.perf_counter() - start
    taken = []
    for _ in range(10):
        start = time.perf_counter()
        workflow.sample(conditions=observed, num_samples=1000)
        taken.append(time.perf_counter() - start)
    print(json.dumps({
        "peer": "bayesflow " + bf.__version__, "summary": options.summary, "batch": options.batch, "import_s": IMPORT_SECONDS,
        "ms_per_step": 1e3 * epoch / options.steps, "compile_s": compilation,
        "first_1x1000_ms": 1e3 * first_draws, "latency_1x1000_ms": 1e3 * sorted(taken)[5],
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1.024e-3,
    }))


if __name__ == "__main__":
    main()
