"""What six numbers learned from simulations find of a prior, and what one Newton step with them is worth.

Data sets of the full model (mu ~ N(0, 1), sd ~ Exp(1), correlations LKJ(1)) without the library: python prior_step.py [ROWS_LO ROWS_HI [SETS]]
prints the coefficients of lib/data/pivot_prior.h (units of 1) beside those of the true score, and for both the gain over independent normal residuals in nats per
data set, on as many fresh ones.
"""

import sys

import numpy as np

D = 12
TRUTH = np.array([-D, -1, 0, -1, 2 * D, -1], dtype=float)


def lkj_factor(rng):
    factor = np.zeros((D, D))
    factor[0, 0] = 1
    for i in range(1, D):
        square = rng.beta(i / 2, 1 + (D - 1 - i) / 2)
        direction = rng.standard_normal(i)
        factor[i, :i] = np.sqrt(square) * direction / np.linalg.norm(direction)
        factor[i, i] = np.sqrt(1 - square)
    return factor


def simulate(rng, low, high):
    """Mean, factor of the covariance and rows of a data set; residuals of the parameters it came from."""
    n = rng.integers(low, high + 1)
    lower, mu = rng.exponential(size=(D, 1)) * lkj_factor(rng), rng.standard_normal(D)
    y = mu + rng.standard_normal((n, D)) @ lower.T
    mean, sample = y.mean(0), np.linalg.cholesky(np.cov(y.T))
    ratio = np.linalg.solve(lower, sample)
    r = -np.sqrt(n) * np.tril(ratio, -1) - np.diag(np.sqrt(2 * n) * np.log(np.diag(ratio)))
    return n, mean, sample, np.sqrt(n) * np.linalg.solve(lower, mu - mean), r


def terms(n, mean, sample):
    """Units of residuals, standard deviations and directions of the rows of L_s, and the six parts of the pull on mu and on the triangle."""
    unit = np.tril(np.full((D, D), 1 / np.sqrt(n))) - np.eye(D) * (1 - np.sqrt(0.5)) / np.sqrt(n)
    sd = np.sqrt((sample**2).sum(1))
    direction = sample / sd[:, None]
    on_mu, on_triangle = np.zeros((6, D)), np.zeros((6, D, D))
    on_triangle[0] = direction.T @ direction * unit
    on_triangle[1] = (direction.T * sd) @ direction * unit
    on_mu[2] = sample.sum(0) / np.sqrt(n)
    on_mu[3] = sample.T @ mean / np.sqrt(n)
    on_triangle[4] = np.eye(D) * unit
    on_triangle[5] = np.diag(np.arange(D)) * unit
    return unit, sd, direction, on_mu, on_triangle


def equations(data):
    matrix, right = np.zeros((6, 6)), np.zeros(6)
    for n, mean, sample, r_mu, r in data:
        unit, sd, direction, on_mu, on_triangle = terms(n, mean, sample)
        answer_mu, answer = on_mu.copy(), on_triangle.copy()
        answer[0] += np.tril(direction.T @ direction @ (unit * r)) * unit
        answer[1] += np.tril((direction.T * sd) @ direction @ (unit * r)) * unit
        answer_mu[3] += sample.T @ (sample @ r_mu) / n
        pulls = np.c_[on_mu, on_triangle.reshape(6, -1)]
        matrix += pulls @ np.c_[answer_mu, answer.reshape(6, -1)].T
        right += pulls @ np.r_[r_mu, r.ravel()]
    return np.linalg.solve(matrix, right)


def log_density(r, pull, precision):
    residual = r - np.linalg.solve(precision, pull)
    return (np.linalg.slogdet(precision)[1] - residual @ precision @ residual) / 2


def gain(data, a):
    total = 0
    for n, mean, sample, r_mu, r in data:
        unit, sd, direction, on_mu, on_triangle = terms(n, mean, sample)
        curvature = (direction.T * np.maximum(0, -a[0] - a[1] * sd)) @ direction
        pull = np.tensordot(a, on_triangle, 1)
        total += log_density(r_mu, a @ on_mu, np.eye(D) + max(0, -a[3]) * sample.T @ sample / n) + (r_mu @ r_mu + (r**2).sum()) / 2
        for b in range(D):
            scale = unit[b:, b]
            total += log_density(r[b:, b], pull[b:, b], np.eye(D - b) + curvature[b:, b:] * np.outer(scale, scale))
    return total / len(data)


def main():
    low, high, sets = (int(x) for x in (sys.argv[1:4] + ["100", "500", "1000"][len(sys.argv) - 1:]))
    rng = np.random.default_rng(0)
    sample, fresh = ([simulate(rng, low, high) for _ in range(sets)] for _ in range(2))
    found = equations(sample)
    print("score      log sd, sd; mu, slope; log X_ii, slope        gain")
    for name, a in (("learned", found), ("true", TRUTH)):
        print(f"{name:8s}  {' '.join(f'{x:7.2f}' for x in a)}    {gain(fresh, a):.3f}")


main()
