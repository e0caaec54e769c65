"""Mean and covariance of a multivariate normal by a long NUTS run, and data sets to run it on.

The model: mu[j] ~ Normal(0, 1), sd[j] ~ Exponential(1), R ~ LKJ(1), rows ~ MvNormal(mu, diag(sd) R diag(sd)). Everything in float64.

    draw DIR                     covariance_1.csv ... covariance_5.csv from the prior, and what they were drawn with in covariance_truth.csv
    sample DATA.csv OUT.csv      posterior summaries of a data set; prints one JSON object about the run
    compare A.csv B.csv          how far apart two such summaries of one data set are
"""

import argparse
import csv
import json
import math
import os
import sys
import time

CHAINS = 4
os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={CHAINS}"  # one device per chain; must be set before JAX is loaded

import numpy as np

SEED = 1
SIZES = [100, 150, 220, 330, 500]
COLUMNS = 12
LEAST_ESS = 4000.0
LARGEST_RHAT = 1.01


# --- data sets from the prior


def lkj_factor(random, size):
    """Cholesky factor of a correlation matrix, uniform over all of them: independent partial correlations (Lewandowski, Kurowicka & Joe 2009)."""
    factor = np.zeros((size, size))
    for i in range(size):
        left = 1.0
        for j in range(i):
            shape = 1 + (size - 2 - j) / 2
            partial = 2 * random.beta(shape, shape) - 1
            factor[i, j] = partial * math.sqrt(left)
            left *= 1 - partial**2
        factor[i, i] = math.sqrt(left)
    return factor


def named(mu, sd, factor):
    """(name, value) of every parameter; values keep leading axes. `factor` is that of the correlation matrix."""
    correlation = factor @ np.swapaxes(factor, -1, -2)
    covariance_factor = sd[..., :, None] * factor
    size = mu.shape[-1]
    for j in range(size):
        yield f"mu[{j}]", mu[..., j]
    for j in range(size):
        yield f"sd[{j}]", sd[..., j]
    for i in range(size):
        for j in range(i):
            yield f"R[{i}][{j}]", correlation[..., i, j]
    for i in range(size):
        for j in range(i + 1):
            yield f"C[{i}][{j}]", covariance_factor[..., i, j]


def draw(folder):
    truths = []
    for k, rows in enumerate(SIZES, start=1):
        random = np.random.default_rng([SEED, k])
        mu = random.standard_normal(COLUMNS)
        sd = random.standard_exponential(COLUMNS)
        factor = lkj_factor(random, COLUMNS)
        y = mu + random.standard_normal((rows, COLUMNS)) @ (sd[:, None] * factor).T
        header = [f"y{j + 1}" for j in range(COLUMNS)]
        write(f"{folder}/covariance_{k}.csv", header, [[f"{v:.9g}" for v in row] for row in y])
        truths.append(dict(named(mu, sd, factor)))
    header = ["parameter"] + [f"covariance_{k + 1}" for k in range(len(SIZES))]
    write(f"{folder}/covariance_truth.csv", header, [[name] + [f"{truth[name]:.9g}" for truth in truths] for name in truths[0]])


# --- the posterior


def model(rows, mean, scatter_factor):
    """The density of the rows through their mean and scatter only, so that its cost does not grow with the number of rows."""
    import jax
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    size = mean.shape[0]
    mu = numpyro.sample("mu", dist.Normal(0, 1).expand([size]).to_event(1))
    sd = numpyro.sample("sd", dist.Exponential(1).expand([size]).to_event(1))
    factor = numpyro.sample("factor", dist.LKJCholesky(size, 1.0))
    columns = jnp.concatenate([scatter_factor, math.sqrt(rows) * (mean - mu)[:, None]], axis=1)
    whitened = jax.scipy.linalg.solve_triangular(sd[:, None] * factor, columns, lower=True)
    log_det = jnp.log(sd).sum() + jnp.log(jnp.diagonal(factor)).sum()
    numpyro.factor("rows", -rows * log_det - 0.5 * (whitened**2).sum())


def nuts(y, warmup, draws, seed):
    """Draws of mu, sd and the correlation's factor with leading axes [chain, draw], and the number of divergent transitions."""
    import jax
    import numpyro

    numpyro.enable_x64()
    mean = y.mean(axis=0)
    scatter_factor = np.linalg.cholesky((y - mean).T @ (y - mean))
    # correlation matrices from the prior may be close to singular, and then mu's posterior is too: with a diagonal metric a draw takes many more steps
    kernel = numpyro.infer.NUTS(model, target_accept_prob=0.8, dense_mass=True)
    run = numpyro.infer.MCMC(kernel, num_warmup=warmup, num_samples=draws, num_chains=CHAINS, chain_method="parallel", progress_bar=False)
    run.run(jax.random.PRNGKey(seed), y.shape[0], mean, scatter_factor, extra_fields=("diverging",))
    sample = {name: np.asarray(value) for name, value in run.get_samples(group_by_chain=True).items()}
    return sample, int(np.asarray(run.get_extra_fields()["diverging"]).sum())


def summary(name, value):
    """One line of the table. R-hat and effective sizes are those of Vehtari et al. (2021): rank-normalized, on split chains. `ess` is the smaller of bulk and
    tail; `ess_sd` is that of the squared deviations, which antithetic chains leave far below the bulk's: the standard error of sd hangs on it."""
    from arviz_stats.base import array_stats

    ess = lambda method, prob=None: float(array_stats.ess(value, chain_axis=0, draw_axis=1, method=method, prob=prob))
    line = {"parameter": name, "mean": value.mean(), "sd": value.std(ddof=1)}
    line["q05"], line["q50"], line["q95"] = np.quantile(value, [0.05, 0.5, 0.95])
    line["bulk"], line["tail"], line["ess_sd"] = ess("bulk"), ess("tail", (0.05, 0.95)), ess("sd")
    line["ess"] = min(line["bulk"], line["tail"])
    line["rhat"] = float(array_stats.rhat(value, chain_axis=0, draw_axis=1))
    return line


def sample(data, out, warmup, draws, seed):
    y = np.loadtxt(data, delimiter=",", skiprows=1)
    for attempt in range(3):
        start = time.perf_counter()
        values, divergent = nuts(y, warmup, draws, seed)
        seconds = time.perf_counter() - start
        table = [summary(name, value) for name, value in named(values["mu"], values["sd"], values["factor"])]
        least = {key: min(line[key] for line in table) for key in ("bulk", "tail", "ess_sd")}
        rhat = max(line["rhat"] for line in table)
        kept = min(least.values()) >= LEAST_ESS and rhat <= LARGEST_RHAT and divergent == 0
        print(json.dumps({
            "data": os.path.basename(data), "rows": len(y), "chains": CHAINS, "warmup": warmup, "draws": draws, "seed": seed, "seconds": round(seconds, 1),
            "least_ess_bulk": round(least["bulk"]), "least_ess_tail": round(least["tail"]), "least_ess_sd": round(least["ess_sd"]),
            "largest_rhat": round(rhat, 5), "divergent": divergent, "kept": kept,
        }), flush=True)
        if kept:
            break
        warmup, draws = 2 * warmup, 2 * draws
    else:
        sys.exit(f"{data}: no run met the criteria; nothing written")
    decimals = {"ess": 0, "rhat": 4}
    header = ["parameter", "mean", "sd", "q05", "q50", "q95", "ess", "rhat"]
    cell = lambda line, key: line[key] if key == "parameter" else f"{line[key]:.{decimals.get(key, 6)}f}"
    write(out, header, [[cell(line, key) for key in header] for line in table])


# --- two summaries of one data set


def difference(first, second):
    """Differences of means in posterior standard deviations, their size in Monte Carlo standard errors, and ratios of sd, over all parameters."""
    shifts = np.array([(first[name]["mean"] - second[name]["mean"]) / second[name]["sd"] for name in second])
    errors = np.array([math.sqrt(1 / first[name]["ess"] + 1 / second[name]["ess"]) for name in second])
    ratios = np.array([first[name]["sd"] / second[name]["sd"] for name in second])
    rms = lambda values: float(np.sqrt((values**2).mean()))
    return {
        "parameters": len(shifts), "worst_dmean": float(abs(shifts).max()), "rms_dmean": rms(shifts),
        "worst_dmean_se": float(abs(shifts / errors).max()), "rms_dmean_se": rms(shifts / errors),
        "worst_sd_ratio_low": float(ratios.min()), "worst_sd_ratio_high": float(ratios.max()), "rms_log_sd_ratio": rms(np.log(ratios)),
    }


def compare(first, second):
    a, b = read(first), read(second)
    if list(a) != list(b):
        sys.exit("the two files do not have the same parameters")
    print(json.dumps({key: round(value, 4) for key, value in difference(a, b).items()}))


def read(path):
    with open(path, newline="") as file:
        return {line["parameter"]: {key: float(value) for key, value in line.items() if key != "parameter"} for line in csv.DictReader(file)}


def write(path, header, lines):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("draw").add_argument("folder")
    run = commands.add_parser("sample")
    run.add_argument("data")
    run.add_argument("out")
    run.add_argument("--warmup", type=int, default=1500)
    run.add_argument("--draws", type=int, default=20000, help="of each of four chains; doubled until the criteria are met")
    run.add_argument("--seed", type=int, default=1)
    pair = commands.add_parser("compare")
    pair.add_argument("first")
    pair.add_argument("second")
    options = parser.parse_args()
    if options.command == "draw":
        draw(options.folder)
    elif options.command == "sample":
        sample(options.data, options.out, options.warmup, options.draws, options.seed)
    else:
        compare(options.first, options.second)


if __name__ == "__main__":
    main()
