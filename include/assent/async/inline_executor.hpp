// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_INLINE_EXECUTOR_HPP
#define ASSENT_ASYNC_INLINE_EXECUTOR_HPP

#include <assent/config.hpp>
#include <assent/async/shutdown.hpp>
#include <assent/async/submission.hpp>
#include <assent/async/task.hpp>

namespace assent::inline ASSENT_ABI {

/// Runs every task at once, on the thread that brings it.
struct inline_executor {
    /// Errors  what the task throws passes through.
    submission
    execute(task&& t) { // NOLINT(cppcoreguidelines-rvalue-reference-param-not-moved): run() empties it
        t.run();
        return submission::accepted;
    }
    drain_result drain() noexcept { return drain_result::done; }
};

} // namespace assent::inline ASSENT_ABI

#endif
