// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_EXPLORATION_HPP
#define ASSENT_DISPATCH_EXPLORATION_HPP

#include <assent/config.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// What is made to go wrong at one point of a scenario.
enum class failure : unsigned char { none, refusal, exception, failed_action };

/// One run of the scenario.
struct explored_point {
    std::string what;                      ///< "nothing fails", "refusal by 'cache'", ...
    std::vector<std::string> violations{}; ///< what was wrong, in words
};

/// What explore_failures() found.
struct exploration {
    std::vector<explored_point> points;

    std::size_t violations() const {
        std::size_t sum = 0;
        for (const explored_point& p : points) sum += p.violations.size();
        return sum;
    }
    /// Nothing was wrong at any point, and there was a point to look at.
    explicit operator bool() const { return points.size() > 1 && violations() == 0; }
    /// A line for each point, and under it one for each violation.
    std::string text() const {
        std::string all;
        for (const explored_point& p : points) {
            all += p.what + (p.violations.empty() ? ": ok\n" : ":\n");
            for (const std::string& v : p.violations) all += "    " + v + "\n";
        }
        return all;
    }
};

/// A value of S that refuses, for the statuses known out of the box.
template <class S> S default_refusal() {
    if constexpr (std::same_as<S, bool>) {
        return false;
    } else if constexpr (std::signed_integral<S>) {
        return -1;
    } else {
        static_assert(std::same_as<S, std::error_code>,
                      "assent: failure explorer [refusal]: which value of the status "
                      "refuses is not known; pass one to explore_failures()");
        return std::make_error_code(std::errc::operation_canceled);
    }
}

} // namespace assent::inline ASSENT_ABI

#endif
