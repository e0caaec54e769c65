/**
 * \file    abi/abi.h
 * \brief   libabi: amortized Bayesian inference, the whole core in one include
 *
 * The road through the headers, in the order a host walks it:
 *
 *   base.h         a context: allocator, threads, log, errors
 *   simulator.h    prior and likelihood as callbacks, chained by name (random.h for their random numbers, data.h for named arrays)
 *   adapter.h      from the simulator's variables to what networks read, and back
 *   summary.h      a summary network: data set → vector
 *   flow.h         a normalizing flow: vector → posterior
 *   workflow.h     training
 *   posterior.h    sampling, densities, save and load
 *   diagnostics.h  whether to believe it
 *   predictive.h   whether the model could have made the data
 *   checks.h       samples against samples: two-sample tests, and whether a data set is like the training data
 */

#ifndef ABI_ABI_H
#define ABI_ABI_H

#include <abi/adapter.h>
#include <abi/base.h>
#include <abi/checks.h>
#include <abi/data.h>
#include <abi/diagnostics.h>
#include <abi/flow.h>
#include <abi/pivot.h>
#include <abi/posterior.h>
#include <abi/predictive.h>
#include <abi/random.h>
#include <abi/simulator.h>
#include <abi/summary.h>
#include <abi/workflow.h>

#endif
