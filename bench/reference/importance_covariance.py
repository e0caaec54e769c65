"""The posterior of mcmc_covariance.py once more, without a Markov chain: importance sampling from a normal-inverse-Wishart law.

    importance_covariance.py DATA.csv SUMMARY.csv      prints how far a summary written by `mcmc_covariance.py sample` is from it

The proposal is the likelihood times |Σ|^(-d/2), as a density of (mu, Σ) with d columns. In the same variables the prior is N(mu; 0, 1) · Π exp(-sd) sd^-d,
by the Jacobian of (sd, R) to Σ, so the weights are that times |Σ|^(d/2). No code is shared with the sampler's density: a wrong Jacobian or term there would
show here. With 12 columns the weights are even enough from about 200 rows on; look at the effective size printed.
"""

import argparse
import json
import math
import os

import numpy as np

import mcmc_covariance

BLOCK = 50_000


def block(y, count, random):
    """mu [count, d], Cholesky factors of Σ [count, d, d] and log weights [count]; factors by Bartlett's decomposition of the precision."""
    rows, size = y.shape
    mean = y.mean(axis=0)
    scatter_factor = np.linalg.cholesky((y - mean).T @ (y - mean))
    half = size / 2
    freedom = rows + 2 * half - size - 2  # makes the proposal's density of (mu, Σ) the likelihood times |Σ|^-half
    bartlett = np.zeros((count, size, size))
    i, j = np.tril_indices(size, -1)
    bartlett[:, i, j] = random.standard_normal((count, len(i)))
    for k in range(size):
        bartlett[:, k, k] = np.sqrt(random.chisquare(freedom - k, count))
    root = scatter_factor @ np.swapaxes(np.linalg.inv(bartlett), 1, 2)
    covariance = root @ np.swapaxes(root, 1, 2)
    mu = mean + (root @ random.standard_normal((count, size, 1)))[..., 0] / math.sqrt(rows)
    factor = np.linalg.cholesky(covariance)
    log_sd = 0.5 * np.log(np.diagonal(covariance, axis1=1, axis2=2))
    log_det = 2 * np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    log_weight = -0.5 * (mu**2).sum(axis=1) - np.exp(log_sd).sum(axis=1) - size * log_sd.sum(axis=1) + half * log_det
    return mu, np.exp(log_sd), factor, log_weight


def moments(y, draws, seed):
    """The summary's form with mean, sd and ess (the same for every parameter: that of the weights)."""
    random = np.random.default_rng(seed)
    first = second = total = squares = 0.0
    shift = top = None
    for _ in range(math.ceil(draws / BLOCK)):
        mu, sd, factor, log_weight = block(y, BLOCK, random)
        values = dict(mcmc_covariance.named(mu, sd, factor / sd[:, :, None]))
        x = np.stack(list(values.values()), axis=1)
        if shift is None:
            shift, top = x.mean(axis=0), log_weight.max()
        weight = np.exp(log_weight - top)
        first, second = first + weight @ (x - shift), second + weight @ (x - shift) ** 2
        total, squares = total + weight.sum(), squares + (weight**2).sum()
    mean = first / total
    sd = np.sqrt(second / total - mean**2)
    ess = total**2 / squares
    return {name: {"mean": m, "sd": s, "ess": ess} for name, m, s in zip(values, mean + shift, sd)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("summary")
    parser.add_argument("--draws", type=int, default=4_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    exact = moments(np.loadtxt(options.data, delimiter=",", skiprows=1), options.draws, options.seed)
    found = {"summary": os.path.basename(options.summary), "draws": options.draws, "effective": round(exact["mu[0]"]["ess"])}
    found |= {key: round(value, 4) for key, value in mcmc_covariance.difference(mcmc_covariance.read(options.summary), exact).items()}
    print(json.dumps(found))


if __name__ == "__main__":
    main()
