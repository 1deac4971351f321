// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_ASYNC_SUBMISSION_HPP
#define ASSENT_ASYNC_SUBMISSION_HPP

#include <assent/config.hpp>

namespace assent::inline ASSENT_ABI {

/// What an executor said to a task. Only an accepted one will be run or discarded.
enum class [[nodiscard("what was not accepted will not be delivered")]] submission : unsigned char{
    accepted,
    full,           ///< the queue is full, and this executor refuses then
    closed,         ///< the executor was told to close
    would_deadlock, ///< the queue is full, and waiting for room would close a cycle of waits
    no_memory,      ///< there was no memory for the task
};

/// What an executor does when its queue is full.
enum class when_full : unsigned char { wait, refuse };

} // namespace assent::inline ASSENT_ABI

#endif
