"""Reference network A written by hand in JAX, the whole training loop compiled: simulation, forward, backward, Adam, averaged weights.

Prints one JSON object: milliseconds per step after compilation, and the seconds that compilation took.
"""

import argparse
import json
import math
import time

import jax
import jax.numpy as jnp

DIM, ROWS, WIDTH, SUMMARY, COUPLINGS, BOUND = 12, 10, 128, 36, 6, 3.0
HALF = DIM // 2


def dense(key, inputs, outputs, zero=False):
    scale = 0.0 if zero else 1 / math.sqrt(inputs)
    return {"w": scale * jax.random.normal(key, (inputs, outputs)), "b": jnp.zeros(outputs)}


def apply(layer, x):
    return x @ layer["w"] + layer["b"]


def residual_net(keys, inputs):
    return {"in": dense(next(keys), inputs, WIDTH), "f": dense(next(keys), WIDTH, WIDTH), "g": dense(next(keys), WIDTH, WIDTH)}


def residual_apply(net, x):
    h = jax.nn.silu(apply(net["in"], x))
    return h + apply(net["g"], jax.nn.silu(apply(net["f"], h)))


def create(seed):
    keys = iter(jax.random.split(jax.random.PRNGKey(seed), 64))
    half_net = lambda: {"a": dense(next(keys), HALF + SUMMARY, WIDTH), "b": dense(next(keys), WIDTH, WIDTH), "c": dense(next(keys), WIDTH, DIM, True)}
    return {
        "element": residual_net(keys, DIM),
        "head": residual_net(keys, 2 * WIDTH),
        "out": dense(next(keys), WIDTH, SUMMARY),
        "couplings": [[half_net(), half_net()] for _ in range(COUPLINGS)],
    }


def shift_and_scale(net, x, summary):
    h = jax.nn.silu(apply(net["a"], jnp.concatenate([x, summary], axis=1)))
    raw = apply(net["c"], jax.nn.silu(apply(net["b"], h)))
    return raw[:, :HALF], BOUND * jnp.tanh(raw[:, HALF:] / BOUND)


def loss(weights, permutations, theta, y):
    elements = residual_apply(weights["element"], y)
    pooled = jnp.concatenate([elements.mean(axis=1), jnp.sqrt(elements.var(axis=1) + 1e-6)], axis=1)
    summary = apply(weights["out"], residual_apply(weights["head"], pooled))
    z, log_det = theta, 0.0
    for nets, permutation in zip(weights["couplings"], permutations):
        z = z[:, permutation]
        front, back = z[:, :HALF], z[:, HALF:]
        shift, scale = shift_and_scale(nets[0], back, summary)
        front, log_det = front * jnp.exp(scale) + shift, log_det + scale.sum(axis=1)
        shift, scale = shift_and_scale(nets[1], front, summary)
        back, log_det = back * jnp.exp(scale) + shift, log_det + scale.sum(axis=1)
        z = jnp.concatenate([front, back], axis=1)
    return -(jax.scipy.stats.norm.logpdf(z).sum(axis=1) + log_det).mean()


def simulate(key, batch):
    prior, noise = jax.random.split(key)
    variance = jax.random.uniform(prior, (batch, DIM), minval=1e-6, maxval=1 - 1e-6)
    y = jnp.sqrt(variance)[:, None, :] * jax.random.normal(noise, (batch, ROWS, DIM))
    theta = jnp.log(variance) - jnp.log1p(-variance)
    return theta / 1.814, y / 0.7071  # the scales that standardization would find


def step(state, key, permutations, batch):
    weights, first, second, average, t = state
    theta, y = simulate(key, batch)
    value, gradient = jax.value_and_grad(loss)(weights, permutations, theta, y)
    clip = lambda g: g * jnp.minimum(1.0, 1.5 / (jnp.sqrt((g * g).sum()) + 1e-12))
    gradient = jax.tree.map(clip, gradient)
    t = t + 1
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)
    update = lambda w, m, v: w - 1e-3 * (m / (1 - 0.9**t)) / (jnp.sqrt(v / (1 - 0.999**t)) + 1e-8)
    weights = jax.tree.map(update, weights, first, second)
    average = jax.tree.map(lambda a, w: 0.999 * a + 0.001 * w, average, weights)
    return (weights, first, second, average, t), value


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()

    weights = create(1)
    count = sum(leaf.size for leaf in jax.tree.leaves(weights))
    zeros = jax.tree.map(jnp.zeros_like, weights)
    permutations = [jax.random.permutation(jax.random.PRNGKey(100 + i), DIM) for i in range(COUPLINGS)]
    state = (weights, zeros, zeros, weights, 0.0)
    loop = jax.jit(lambda state, keys: jax.lax.scan(lambda s, k: step(s, k, permutations, options.batch), state, keys))
    keys = lambda i: jax.random.split(jax.random.PRNGKey(1000 + i), options.steps)

    start = time.perf_counter()
    state, losses = jax.block_until_ready(loop(state, keys(0)))
    first = time.perf_counter() - start
    taken = []
    for i in range(options.repeats):
        start = time.perf_counter()
        state, losses = jax.block_until_ready(loop(state, keys(i + 1)))
        taken.append(time.perf_counter() - start)
    median = sorted(taken)[len(taken) // 2]
    print(json.dumps({
        "peer": "jax", "batch": options.batch, "weights": count, "ms_per_step": 1e3 * median / options.steps,
        "compile_s": max(0.0, first - median), "loss": float(losses[-50:].mean()),
    }))


if __name__ == "__main__":
    main()
