// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_EXAMPLES_HOT_ADD_LIVE_RUN_HPP
#define ASSENT_EXAMPLES_HOT_ADD_LIVE_RUN_HPP

#include <chrono>
#include <optional>
#include <ostream>

namespace hot_add {

/// Follows this computer's hot-plug events for `length`, or until SIGINT or SIGTERM.
///
/// @param errors  gets one line if it cannot be done.
/// @return  the program's exit status: 2 if it cannot be done, 1 if a driver believes what is not true.
[[nodiscard]] int run_live(std::ostream& out, std::ostream& errors,
                           std::optional<std::chrono::duration<double>> length);

} // namespace hot_add

#endif
