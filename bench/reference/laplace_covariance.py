"""How good could a posterior be that is normal in the coordinates of ABI_PIVOT_COVARIANCE?

Laplace approximation of the full model (mu ~ N(0, 1), sd ~ Exp(1), correlations LKJ(1)) at the posterior mode in these coordinates, with all of its
covariance and with its diagonal alone, against a long MCMC run: python laplace_covariance.py DATA.csv REFERENCE.csv
"""

import csv
import sys

import numpy as np

DRAWS, STEP, NEWTON_STEPS = 20000, 1e-3, 8


def read(data, reference):
    with open(data) as file:
        rows = [row for row in csv.reader(file) if row and not row[0][0].isalpha()]
    with open(reference) as file:
        moments = {row["parameter"]: (float(row["mean"]), float(row["sd"])) for row in csv.DictReader(file)}
    return np.array(rows, dtype=float), moments


class Posterior:
    """r = (z, u): z = sqrt(n) L^-1 (mu - mean), X = L^-1 L_s, u_ij = -sqrt(n) X_ij, u_ii = -sqrt(2 n) log X_ii."""

    def __init__(self, y):
        self.n, self.d = y.shape
        self.mean = y.mean(0)
        self.factor = np.linalg.cholesky(np.cov(y.T))
        self.rows, self.columns = np.tril_indices(self.d)
        self.size = self.d + len(self.rows)

    def ratio(self, r):
        x = np.zeros((len(r), self.d, self.d))
        u, diagonal = r[:, self.d:], self.rows == self.columns
        x[:, self.rows, self.columns] = -u / np.sqrt(self.n)
        x[:, np.arange(self.d), np.arange(self.d)] = np.exp(-u[:, diagonal] / np.sqrt(2 * self.n))
        return x

    def parameters(self, r):
        lower = self.factor @ np.linalg.inv(self.ratio(r))
        return self.mean + np.einsum("sij,sj->si", lower, r[:, :self.d]) / np.sqrt(self.n), lower

    def log_density(self, r):
        """Of r. Wishart likelihood by Bartlett's decomposition (against |S|^-(D+1)/2), then the prior of the covariance against the same measure."""
        x, d = self.ratio(r), self.d
        mu, lower = self.parameters(r)
        log_x = np.log(x[:, np.arange(d), np.arange(d)])
        sd = np.sqrt((lower**2).sum(2))
        log_determinant = 2 * (np.log(np.diag(self.factor)).sum() - log_x.sum(1))
        degrees = self.n - 1 - (d - np.arange(1, d + 1))
        likelihood = (degrees * log_x).sum(1) - (self.n - 1) / 2 * (x**2).sum((1, 2)) - (r[:, :d] ** 2).sum(1) / 2
        prior = (d + 1) / 2 * log_determinant - d * np.log(sd).sum(1) - sd.sum(1) - (mu**2).sum(1) / 2
        return likelihood + prior


def derivatives(f, r):
    k, step = len(r), np.eye(len(r)) * STEP
    pairs = [(a, b) for a in range(k) for b in range(a + 1)]
    values = [f(np.array([r + s * step[a] + t * step[b] for a, b in pairs])) for s, t in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    hessian = np.zeros((k, k))
    hessian[np.tril_indices(k)] = (values[0] - values[1] - values[2] + values[3]) / (4 * STEP**2)
    return (f(r + step) - f(r - step)) / (2 * STEP), hessian + np.tril(hessian, -1).T


def quantities(mu, lower):
    sd = np.sqrt((lower**2).sum(2))
    correlation = lower @ lower.transpose(0, 2, 1) / (sd[:, :, None] * sd[:, None, :])
    d = mu.shape[1]
    named = {f"mu[{j}]": mu[:, j] for j in range(d)} | {f"sd[{j}]": sd[:, j] for j in range(d)}
    return named | {f"R[{i}][{j}]": correlation[:, i, j] for i in range(d) for j in range(i)}


def main():
    y, moments = read(sys.argv[1], sys.argv[2])
    posterior = Posterior(y)
    r = np.zeros(posterior.size)
    for _ in range(NEWTON_STEPS):
        gradient, hessian = derivatives(posterior.log_density, r)
        r = r + np.linalg.solve(-hessian, gradient)
    covariance = np.linalg.inv(-derivatives(posterior.log_density, r)[1])
    random = np.random.default_rng(1)
    for name, of in (("whole covariance", covariance), ("its diagonal", np.diag(np.diag(covariance)))):
        draws = r + random.standard_normal((DRAWS, posterior.size)) @ np.linalg.cholesky(of).T
        found = quantities(*posterior.parameters(draws))
        distance = [abs(found[q].mean() - moments[q][0]) / moments[q][1] for q in found]
        ratio = [found[q].std() / moments[q][1] for q in found]
        print(f"{len(y)} rows, {name}: means off by at most {max(distance):.3f} reference sd, median {np.median(distance):.3f}; "
              f"sd ratios {min(ratio):.3f} to {max(ratio):.3f}")


main()
