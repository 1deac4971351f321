// SPDX-License-Identifier: BSL-1.0
#ifndef BENCHMARKS_SCENARIOS_HPP
#define BENCHMARKS_SCENARIOS_HPP

#include "report.hpp"

#include <vector>

namespace bench {

// Each appends its rows. Quick: does all of it with as little repetition as possible.
void notify(std::vector<row>& to, bool quick);
void registering(std::vector<row>& to, bool quick); ///< register, unregister, pair
void churn(std::vector<row>& to, bool quick);
void threads(std::vector<row>& to, bool quick);
void keyed(std::vector<row>& to, bool quick);
void transact(std::vector<row>& to, bool quick);
void race(std::vector<row>& to, bool quick);

} // namespace bench

#endif
